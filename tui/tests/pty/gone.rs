//! A terminal that is gone: the program is too, within a second, whatever it did.

use std::io::{Read, Write};
use std::process::Command;
use std::time::Instant;

use gatepost_tests::is_full;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::ends::{is_there, state_of, wait};
use super::*;

const SIZE: PtySize = PtySize {
    rows: 24,
    cols: 80,
    pixel_width: 0,
    pixel_height: 0,
};

/// The program, and the other end of its terminal.
pub(super) struct Pair {
    pub(super) child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    pub(super) reader: Box<dyn Read + Send>,
    writer: Box<dyn Write + Send>,
}

impl Pair {
    /// Started directly with these arguments.
    pub(super) fn with(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(program());
        command.args([NOBODY, "--dir"]);
        command.arg(folder);
        command.args(arguments);
        Self::run(command)
    }

    /// Started directly, or by a shell that leads the session and ignores the hang-up, so that nobody tells it.
    pub(super) fn start(folder: &Path, is_told: bool) -> Self {
        if is_told {
            return Self::with(folder, &[]);
        }
        Self::run({
            let mut command = CommandBuilder::new("sh");
            let (program, folder) = (program(), folder.display());
            let script = format!(
                "trap '' HUP; exec '{}' {NOBODY} --dir '{folder}'",
                program.display()
            );
            command.args(["-c", &script]);
            command
        })
    }

    fn run(mut command: CommandBuilder) -> Self {
        let pair = native_pty_system().openpty(SIZE).unwrap();
        command.env("TERM", "xterm-256color");
        command.env_remove("COLORTERM");
        Self {
            child: pair.slave.spawn_command(command).unwrap(),
            reader: pair.master.try_clone_reader().unwrap(),
            writer: pair.master.take_writer().unwrap(),
            master: pair.master,
        }
    }

    /// Reads until this was written; gives all that was read.
    pub(super) fn sees(&mut self, text: &str) -> String {
        let mut seen = Vec::new();
        let mut bytes = [0; 4096];
        while !String::from_utf8_lossy(&seen).contains(text) {
            let count = self.reader.read(&mut bytes).unwrap();
            assert!(count > 0, "it ended before {text:?}");
            seen.extend(&bytes[..count]);
        }
        String::from_utf8_lossy(&seen).into_owned()
    }

    pub(super) fn types(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).unwrap();
        self.writer.flush().unwrap();
    }

    /// Closes the terminal; gives how long the program took to end.
    fn hang_up(self) -> Duration {
        let Self {
            mut child,
            master,
            reader,
            writer,
        } = self;
        let start = Instant::now();
        drop((reader, writer, master));
        wait("it ends", || child.try_wait().unwrap().is_some());
        start.elapsed()
    }

    fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }
}

#[test]
fn after_a_hang_up_it_is_gone_within_a_second_whatever_it_did() {
    let count = if is_full() { 500 } else { 24 };
    let mut longest = Duration::ZERO;
    for round in 0..count {
        let folder = folder();
        let mut pair = Pair::start(folder.path(), round % 3 != 0);
        match round % 8 {
            // at the start: before the first byte, in the middle of the first picture
            0 => {}
            1 => drop(pair.sees("\u{1b}[")),
            // with keys in flight, a whole one, a half one, many
            2 => {
                pair.sees("Password");
                pair.types(b"a");
            }
            3 => {
                pair.sees("Password");
                pair.types(b"\x1b[");
            }
            4 => {
                pair.sees("Password");
                pair.types(&b"ada \x1b[A".repeat(200));
            }
            5 => {
                pair.sees("Password");
                pair.types(b"\x1b[200~a paste that never ends");
            }
            // while it is suspended
            6 if round % 3 != 0 => {
                pair.sees("Password");
                pair.types(b"\x1a");
                let pid = pair.pid();
                wait("it stops", || state_of(pid) == Some('T'));
            }
            _ => drop(pair.sees("Password")),
        }
        let took = pair.hang_up();
        longest = longest.max(took);
        assert!(took < Duration::from_secs(1), "round {round}: {took:?}");
    }
    println!("{count} hang-ups, the longest {longest:?}");
}

/// In an interactive shell, suspended: ended by the shell, or with its terminal.
#[test]
fn a_suspended_program_ends_when_it_is_asked_to_and_with_its_terminal() {
    for is_killed in [true, false] {
        let folder = folder();
        let (program, dir) = (program(), folder.path().display());
        let pair = native_pty_system().openpty(SIZE).unwrap();
        let mut command = CommandBuilder::new("bash");
        command.args(["--norc", "--noprofile", "-i"]);
        command.env("TERM", "xterm-256color");
        command.env_remove("COLORTERM");
        let mut shell = Pair {
            child: pair.slave.spawn_command(command).unwrap(),
            reader: pair.master.try_clone_reader().unwrap(),
            writer: pair.master.take_writer().unwrap(),
            master: pair.master,
        };
        drop(pair.slave);
        let script = format!("'{}' {NOBODY} --dir '{dir}'\n", program.display());
        shell.types(script.as_bytes());
        shell.sees("Password");
        let children = format!("/proc/{0}/task/{0}/children", shell.pid());
        let children = std::fs::read_to_string(children).unwrap();
        let pid: u32 = children.split_whitespace().next().unwrap().parse().unwrap();
        shell.types(b"\x1a");
        wait("it stops", || state_of(pid) == Some('T'));
        shell.sees("Stopped");
        let start = Instant::now();
        if is_killed {
            shell.types(b"kill %1\n");
            wait("it ends", || !is_there(pid));
        } else {
            shell.hang_up();
            wait("it ends", || !is_there(pid));
        }
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
    }
}

/// A terminal that can tell Esc from the start of another key is asked to, and told when that is over.
#[test]
fn the_terminal_s_own_way_of_telling_keys_apart_is_used() {
    let folder = folder();
    let mut pair = Pair::start(folder.path(), true);
    let seen = pair.sees("Password");
    assert!(seen.contains("\u{1b}[>1u"), "{seen:?}");
    pair.types(b"\x03");
    pair.sees("\u{1b}[<1u");
}

#[test]
fn a_terminal_that_takes_no_more_output_does_not_keep_it() {
    let folder = folder();
    let mut pair = Pair::start(folder.path(), true);
    pair.sees("Password");
    let pid = pair.pid();
    // pictures that nobody reads, until it waits in the middle of one
    let write = if cfg!(target_arch = "x86_64") {
        "1 0x1 "
    } else {
        "64 0x1 "
    };
    let mut columns = 0;
    wait("it waits for its terminal", || {
        columns = (columns + 1) % 100;
        let cols = 100 + columns;
        pair.master.resize(PtySize { cols, ..SIZE }).unwrap();
        let at = std::fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap();
        at.starts_with(write)
    });
    let start = Instant::now();
    let asked = Command::new("kill").arg(pid.to_string()).status().unwrap();
    assert!(asked.success());
    wait("it ends", || pair.child.try_wait().unwrap().is_some());
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}
