//! The one reader of the terminal: a thread that sleeps until there is input, and can be told to keep its hands off.
//!
//! It reads for itself: crossterm's reader spins for ever on a terminal that is gone, and waits within half a sequence.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::mpsc::UnboundedSender;

use super::deadline;
use super::keys::{Keys, Typed};
use super::term::GONE;

/// How long the reader may take to let go of the terminal. It takes none, but where the system is stuck.
const LETS_GO: Duration = Duration::from_secs(1);

/// What the reader tells.
#[derive(Debug)]
pub(crate) enum Input {
    /// A key, a paste.
    Typed(Typed),
    /// The terminal is gone.
    Gone,
}

/// The thread, and the line on which it is told to pause. It lives as long as the process.
pub(crate) struct Reader {
    control: PipeWriter,
    paused: Receiver<()>,
    is_paused: bool,
}

impl Reader {
    /// Starts reading.
    pub(crate) fn start(to: UnboundedSender<Input>) -> io::Result<Self> {
        let (line, control) = io::pipe()?;
        let (acknowledge, paused) = channel();
        std::thread::Builder::new()
            .name("tty-in".to_owned())
            .spawn(move || {
                let end = read(line, &acknowledge, &to);
                if end.is_err() {
                    deadline::set(GONE);
                    let _ = to.send(Input::Gone);
                }
            })?;
        Ok(Self {
            control,
            paused,
            is_paused: false,
        })
    }

    /// Returns when the reader no longer touches the terminal: the next byte belongs to somebody else.
    pub(crate) fn pause(&mut self) {
        // a reader that has ended drops its sender, which also ends this
        if !self.is_paused && self.control.write_all(b"p").is_ok() {
            let _ = self.paused.recv_timeout(LETS_GO);
            self.is_paused = true;
        }
    }

    /// Reads again.
    pub(crate) fn resume(&mut self) {
        if self.is_paused {
            let _ = self.control.write_all(b"r");
            self.is_paused = false;
        }
    }
}

fn read(
    mut line: PipeReader,
    acknowledge: &Sender<()>,
    to: &UnboundedSender<Input>,
) -> io::Result<()> {
    let stdin = io::stdin();
    let mut keys = Keys::default();
    let mut byte = [0];
    let mut bytes = [0; 4096];
    loop {
        let mut ends = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(&line, PollFlags::IN),
        ];
        let patience = keys.patience();
        let patience = patience.and_then(|patience| Timespec::try_from(patience).ok());
        let ready = match poll(&mut ends, patience.as_ref()) {
            Err(Errno::INTR) => continue,
            other => other?,
        };
        let (terminal, control) = (ends[0].revents(), ends[1].revents());
        if terminal.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let is_paused = control.intersects(PollFlags::IN | PollFlags::HUP);
        if !is_paused && terminal.contains(PollFlags::IN) {
            match rustix::io::read(&stdin, &mut bytes) {
                // the end of input: there will never be more
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => keys.feed(&bytes[..count]),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // dropping nothing
        while let Some(typed) = keys.next(is_paused || ready == 0) {
            if to.send(Input::Typed(typed)).is_err() {
                return Ok(());
            }
        }
        if is_paused {
            line.read_exact(&mut byte)?;
            let _ = acknowledge.send(());
            line.read_exact(&mut byte)?;
        }
    }
}
