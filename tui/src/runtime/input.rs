//! The one reader of the terminal: a thread that sleeps until there is input, and can be told to keep its hands off.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crossterm::event::{self, Event};
use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc::UnboundedSender;

/// What the reader tells.
#[derive(Debug)]
pub(crate) enum Input {
    /// A key, a paste, a size.
    Event(Event),
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
            let _ = self.paused.recv();
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
    let mut byte = [0];
    loop {
        let mut ends = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(&line, PollFlags::IN),
        ];
        match poll(&mut ends, None) {
            Err(rustix::io::Errno::INTR) => continue,
            other => other?,
        };
        let (terminal, control) = (ends[0].revents(), ends[1].revents());
        // looked at before crossterm is asked: it spins on a terminal that is gone
        if terminal.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if control.intersects(PollFlags::IN | PollFlags::HUP) {
            line.read_exact(&mut byte)?;
            let _ = acknowledge.send(());
            line.read_exact(&mut byte)?;
            continue;
        }
        // all that is there, dropping nothing
        while event::poll(Duration::ZERO)? {
            if to.send(Input::Event(event::read()?)).is_err() {
                return Ok(());
            }
        }
    }
}
