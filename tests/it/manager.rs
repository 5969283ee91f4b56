//! What a service manager is told by `NOTIFY_SOCKET`.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gatepost_tests::Program;

use crate::key_rotation::hang_up;

/// The socket of a service manager.
pub(crate) struct Manager {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Manager {
    pub(crate) fn new(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_mins(1)))
            .unwrap();
        Self {
            socket,
            path: path.to_owned(),
        }
    }

    /// The variable that names it.
    pub(crate) fn variable(&self) -> (&str, &str) {
        ("NOTIFY_SOCKET", self.path.to_str().unwrap())
    }

    /// The lines of the next message.
    fn next(&self) -> Vec<String> {
        let mut message = [0; 1000];
        let length = self.socket.recv(&mut message).unwrap();
        let text = String::from_utf8_lossy(&message[..length]);
        text.lines().map(str::to_owned).collect()
    }

    /// The next message, whose first line is this one.
    #[track_caller]
    pub(crate) fn expect(&self, first: &str) -> Vec<String> {
        let lines = self.next();
        assert_eq!(lines.first().map(String::as_str), Some(first), "{lines:?}");
        lines
    }
}

#[test]
fn it_is_told_when_the_server_is_ready_reads_again_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::new(&folder.path().join("manager"));
    let mut command = Program::command(folder.path(), &[]);
    let program = Program::serve(command.envs([manager.variable()]));
    manager.expect("READY=1");
    let mut before = 0;
    for _ in 0..2 {
        hang_up(&program);
        let reloading = manager.expect("RELOADING=1");
        let mut lines = reloading.iter();
        let clock = lines.find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
        let now: u64 = clock.unwrap().parse().unwrap();
        assert!(now > before);
        before = now;
        manager.expect("READY=1");
    }
    assert_eq!(program.terminate(), Some(0));
    manager.expect("STOPPING=1");
}

#[test]
fn one_that_is_gone_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone").display().to_string();
    let mut command = Program::command(folder.path(), &[]);
    let program = Program::serve(command.env("NOTIFY_SOCKET", gone));
    let log = program.log();
    assert!(
        log.contains("the service manager can't be told") && log.contains("stopped"),
        "{log}"
    );
}
