//! Output that waits for nobody: a queue before stdout or stderr, and a thread that writes.
//!
//! A pipe that nobody reads fills up, and whoever writes to it then waits for ever. Here only the thread does: what
//! the queue can't hold is dropped and counted.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How many bytes may wait.
const MOST: usize = 1 << 20;
/// How long to wait before a pipe that was set to block nobody is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// Where lines are put; cheap to clone.
#[derive(Clone)]
pub(super) struct Output(Arc<Queue>);

struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    emptied: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// How many lines were dropped since `waiting` was full. Until it is taken all others are, too: so they come after.
    dropped: u64,
    is_writing: bool,
}

impl Output {
    /// Starts the thread that writes to `sink`, and tells `dropped` how many lines were lost once it could write again.
    ///
    /// # Errors
    /// The thread can't be started.
    pub(super) fn to(
        sink: impl Write + Send + 'static,
        dropped: impl Fn(u64) + Send + 'static,
    ) -> io::Result<Self> {
        let queue = Arc::new(Queue {
            state: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
        });
        let ours = queue.clone();
        let thread = thread::Builder::new().name("output".to_owned());
        thread.spawn(move || ours.write(sink, dropped))?;
        Ok(Self(queue))
    }

    /// Puts a whole line, or drops it.
    pub(super) fn put(&self, line: &[u8]) {
        let mut state = self.0.lock();
        if state.dropped > 0 || state.waiting.len() + line.len() > MOST {
            state.dropped += 1;
            return;
        }
        let was_empty = state.waiting.is_empty();
        state.waiting.extend_from_slice(line);
        drop(state);
        if was_empty {
            self.0.filled.notify_one();
        }
    }

    /// Waits until all is written, but not long: there may be nobody who reads.
    pub(super) fn settle(&self) {
        let state = self.0.lock();
        let is_busy = |state: &mut State| state.is_writing || !state.waiting.is_empty();
        let patience = Duration::from_secs(1);
        drop(self.0.emptied.wait_timeout_while(state, patience, is_busy));
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what comes, for ever.
    fn write(&self, mut sink: impl Write, tell_dropped: impl Fn(u64)) {
        let (mut lines, mut dropped) = (Vec::new(), 0);
        loop {
            let mut state = self.lock();
            state.is_writing = false;
            self.emptied.notify_all();
            let is_idle = |state: &mut State| state.waiting.is_empty();
            let waited = self.filled.wait_while(state, is_idle);
            let mut state = waited.unwrap_or_else(PoisonError::into_inner);
            lines.clear();
            std::mem::swap(&mut lines, &mut state.waiting);
            dropped += std::mem::take(&mut state.dropped);
            state.is_writing = true;
            drop(state);
            let left = write_all(&mut sink, &lines);
            // such as on a full disk
            dropped += memchr::memchr_iter(b'\n', left).count() as u64;
            if dropped > 0 && left.is_empty() {
                tell_dropped(std::mem::take(&mut dropped));
            }
            // a burst gives back what it took
            lines.shrink_to(MOST / 16);
        }
    }
}

/// Writes all, and gives what could not be written.
fn write_all<'b>(sink: &mut impl Write, mut bytes: &'b [u8]) -> &'b [u8] {
    while !bytes.is_empty() {
        match sink.write(bytes) {
            Ok(0) => break,
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // this thread does nothing else, and nobody waits for it
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(AGAIN),
            Err(_) => break,
        }
    }
    bytes
}

/// A line of the log is written at once.
impl Write for &Output {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Output {
    type Writer = &'a Output;

    fn make_writer(&'a self) -> &'a Output {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A pipe whose reader comes when it is told to.
    struct Stuck {
        may_write: mpsc::Receiver<()>,
        written: mpsc::Sender<Vec<u8>>,
    }

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.may_write.recv().map_err(io::Error::other)?;
            self.written
                .send(bytes.to_vec())
                .map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_full_disk_does_not_take_is_counted_too() {
        /// Fails once.
        struct Full(bool);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                if std::mem::take(&mut self.0) {
                    return Err(ErrorKind::StorageFull.into());
                }
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (tell, dropped) = mpsc::channel();
        let output = Output::to(Full(true), move |count| tell.send(count).unwrap()).unwrap();
        output.put(b"one\ntwo\n");
        output.settle();
        assert!(dropped.try_recv().is_err());
        output.put(b"three\n");
        assert_eq!(dropped.recv().unwrap(), 2);
    }

    #[test]
    fn nobody_waits_and_what_is_dropped_is_counted() {
        let (read, may_write) = mpsc::channel();
        let (written, lines) = mpsc::channel();
        let (tell, dropped) = mpsc::channel();
        let sink = Stuck { may_write, written };
        let output = Output::to(sink, move |count| tell.send(count).unwrap()).unwrap();
        let line = vec![b'x'; MOST / 4];
        // the thread takes the first, and waits with it; four more fit
        output.put(b"first");
        while output.0.lock().waiting.len() == 5 {
            thread::yield_now();
        }
        for _ in 0..7 {
            output.put(&line);
        }
        output.put(b"small, but later");
        read.send(()).unwrap();
        assert_eq!(lines.recv().unwrap(), b"first");
        read.send(()).unwrap();
        assert_eq!(lines.recv().unwrap().len(), 4 * line.len());
        assert_eq!(dropped.recv().unwrap(), 4);
        read.send(()).unwrap();
        output.put(b"again");
        assert_eq!(lines.recv().unwrap(), b"again");
        output.settle();
        assert!(dropped.try_recv().is_err());
    }
}
