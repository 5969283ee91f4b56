//! The signals that a program in a terminal gets.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To end, by the signal of this number.
    End(u8),
    /// To end by Ctrl-C outside of our own screen.
    Interrupt,
    /// To stop.
    Stop,
    /// To go on after a stop.
    GoOn,
    /// The terminal's size has changed.
    Size,
}

/// All of them.
pub(crate) struct Signals {
    hangup: Signal,
    terminate: Signal,
    quit: Signal,
    interrupt: Signal,
    stop: Signal,
    go_on: Signal,
    size: Signal,
}

impl Signals {
    /// From now on they come here.
    pub(crate) fn new() -> io::Result<Self> {
        // by number: tokio names neither
        let named = |signal: rustix::process::Signal| SignalKind::from_raw(signal.as_raw());
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            quit: signal(SignalKind::quit())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(named(rustix::process::Signal::TSTP))?,
            go_on: signal(named(rustix::process::Signal::CONT))?,
            size: signal(SignalKind::window_change())?,
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Asked {
        let number = |kind: SignalKind| {
            Asked::End(u8::try_from(128 + kind.as_raw_value()).unwrap_or(u8::MAX))
        };
        tokio::select! {
            _ = self.hangup.recv() => number(SignalKind::hangup()),
            _ = self.terminate.recv() => number(SignalKind::terminate()),
            _ = self.quit.recv() => number(SignalKind::quit()),
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.stop.recv() => Asked::Stop,
            _ = self.go_on.recv() => Asked::GoOn,
            _ = self.size.recv() => Asked::Size,
        }
    }
}
