//! A line that is typed and not shown. Whoever ends or stops the program while it asks calls [`show`] first.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::{Mutex, PoisonError};

use gatepost_sdk::SecretString;
use rustix::process::{Signal, getpgrp, getpid, kill_process};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

/// Keys that mean something.
const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const LINE: u8 = 0x15;
const WORD: u8 = 0x17;
const SUSPEND: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;
const QUIT: u8 = 0x1c;

/// The terminal that shows nothing at the moment, and how it was.
static HIDDEN: Mutex<Option<Hidden>> = Mutex::new(None);

struct Hidden {
    terminal: File,
    before: Termios,
    question: &'static str,
}

/// Shows what is typed for as long as it is not dropped.
struct Shown;

impl Drop for Shown {
    fn drop(&mut self) {
        restore(false);
    }
}

/// Asks on the terminal for a line that is not shown.
pub(super) fn read(question: &'static str) -> io::Result<SecretString> {
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    line(&terminal, question)
}

fn line(terminal: &File, question: &'static str) -> io::Result<SecretString> {
    let hidden = Hidden {
        before: tcgetattr(terminal)?,
        terminal: terminal.try_clone()?,
        question,
    };
    {
        // whoever shows it again waits until it is hidden, and finds it
        let mut place = lock();
        hidden.hide()?;
        *place = Some(hidden);
    }
    let _shown = Shown;
    let line = keys(terminal);
    let mut writer = terminal;
    writer.write_all(b"\n")?;
    let line = String::from_utf8(line?).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(SecretString::from(line))
}

/// What is typed until the line ends. A key that would be a signal is one for this program alone: a script that runs
/// it goes on, as it does after any other way of ending.
fn keys(mut terminal: &File) -> io::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(1024);
    let mut next = move || {
        let mut byte = [0];
        match terminal.read(&mut byte)? {
            0 => Ok::<_, io::Error>(None),
            _ => Ok(Some(byte[0])),
        }
    };
    loop {
        match next()? {
            None | Some(END) if line.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
            None | Some(b'\r' | b'\n') => return Ok(line),
            Some(INTERRUPT) => end_by(Signal::INT),
            Some(QUIT) => end_by(Signal::QUIT),
            Some(SUSPEND) => raise(Signal::TSTP),
            Some(0x08 | 0x7f) => take_back(&mut line),
            Some(LINE) => line.clear(),
            Some(WORD) => {
                while line.last() == Some(&b' ') {
                    line.pop();
                }
                while line.last().is_some_and(|last| *last != b' ') {
                    line.pop();
                }
            }
            // an arrow or another key of several signs
            Some(ESCAPE) => {
                if let Some(b'[' | b'O') = next()? {
                    while next()?.is_some_and(|byte| !(0x40..=0x7e).contains(&byte)) {}
                }
            }
            Some(byte) if byte < b' ' => {}
            Some(byte) => line.push(byte),
        }
    }
}

/// Takes the last character back, all bytes of it.
fn take_back(line: &mut Vec<u8>) {
    while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
}

fn raise(signal: Signal) {
    // to itself a process may always send one
    let _ = kill_process(getpid(), signal);
}

/// Ends the program as this signal does; whoever waits for signals ends it.
fn end_by(signal: Signal) -> ! {
    raise(signal);
    loop {
        std::thread::park();
    }
}

/// Shows again what is typed, if it was hidden; for when the program ends or is stopped.
pub(crate) fn show() {
    restore(true);
}

/// Hides again what is typed, after a stop, and asks once more.
pub(crate) fn hide_again() {
    if let Some(hidden) = lock().as_ref() {
        // it was asked for already; a terminal that is gone ends the program by a signal of its own
        let _ = hidden.hide();
    }
}

fn restore(is_unfinished: bool) {
    let mut hidden = lock();
    if let Some(hidden) = hidden.as_mut()
        && hidden.is_in_front()
    {
        // a terminal that is gone needs nothing
        let _ = tcsetattr(&hidden.terminal, OptionalActions::Now, &hidden.before);
        if is_unfinished {
            let _ = hidden.terminal.write_all(b"\n");
        }
    }
    if !is_unfinished {
        *hidden = None;
    }
}

impl Hidden {
    fn hide(&self) -> io::Result<()> {
        if !self.is_in_front() {
            return Ok(());
        }
        let mut modes = self.before.clone();
        let off = LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        modes.local_modes.remove(off);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&self.terminal, OptionalActions::Now, &modes)?;
        (&self.terminal).write_all(self.question.as_bytes())
    }

    /// Whether the terminal is this program's at the moment: a stopped program must not touch the shell's.
    fn is_in_front(&self) -> bool {
        tcgetpgrp(&self.terminal).is_ok_and(|front| front == getpgrp())
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<Hidden>> {
    HIDDEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use gatepost_sdk::ExposeSecret;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    use super::*;

    /// What is typed at a terminal, and the terminal.
    fn terminal() -> (File, File) {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let options = || {
            let mut options = File::options();
            options.read(true).write(true);
            std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, 0o400); // O_NOCTTY
            options
        };
        let terminal = options().open(name.to_str().unwrap()).unwrap();
        (File::from(keyboard), terminal)
    }

    #[test]
    fn a_line_can_be_corrected() {
        let (mut keyboard, terminal) = terminal();
        let mut modes = tcgetattr(&terminal).unwrap();
        modes.make_raw();
        tcsetattr(&terminal, OptionalActions::Now, &modes).unwrap();
        for (typed, is) in [
            ("abc\r", "abc"),
            ("ab\u{7f}\u{7f}\u{7f}c\n", "c"),
            ("aö\u{7f}b\n", "ab"),
            ("wrong\u{15}right\n", "right"),
            ("one two \u{17}three\n", "one three"),
            ("a\u{1b}[1;5Cb\u{1b}OAc\u{7}\u{4}\n", "abc"),
        ] {
            keyboard.write_all(typed.as_bytes()).unwrap();
            let line = String::from_utf8(keys(&terminal).unwrap()).unwrap();
            assert_eq!(line, is, "{typed:?}");
        }
        keyboard.write_all(b"\x04").unwrap();
        let end = keys(&terminal).unwrap_err();
        assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
    }

    /// Runs itself on a terminal of its own, where a thread panics while another one asks.
    #[test]
    fn a_panic_leaves_the_terminal_as_it_was() {
        const ASKS: &str = "while-it-asks";
        if std::env::args().any(|argument| argument == ASKS) {
            crate::report_faults();
            std::thread::spawn(|| super::read("Password: "));
            let terminal = File::open("/dev/tty").unwrap();
            let is_shown = || {
                tcgetattr(&terminal)
                    .unwrap()
                    .local_modes
                    .contains(LocalModes::ECHO)
            };
            while is_shown() {
                std::thread::yield_now();
            }
            let fault = std::thread::spawn(|| panic!("at a prompt"));
            fault.join().unwrap_err();
            std::process::exit(0);
        }
        let name = "prompt::hidden::tests::a_panic_leaves_the_terminal_as_it_was";
        let program = std::env::current_exe().unwrap();
        let line = format!(
            "stty -a; echo begun; '{}' {name} {ASKS} --nocapture; echo ended; stty -a",
            program.display()
        );
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // closed, it would hang the terminal up
        let keyboard = child.stdin.take();
        let mut seen = String::new();
        let mut screen = child.stdout.take().unwrap();
        screen.read_to_string(&mut seen).unwrap();
        assert!(child.wait().unwrap().success(), "{seen}");
        drop(keyboard);
        let (before, rest) = seen.split_once("begun\r\n").unwrap();
        let (during, after) = rest.split_once("ended\r\n").unwrap();
        assert!(
            during.contains("Password: ") && during.contains("has a fault"),
            "{during}"
        );
        assert!(before.contains(" echo "), "{before}");
        assert_eq!(before, after);
    }

    #[test]
    fn a_password_may_be_long() {
        let (mut keyboard, terminal) = terminal();
        let long = "x".repeat(3000);
        let typed = format!("{long}\n");
        let writer =
            std::thread::spawn(move || keyboard.write_all(typed.as_bytes()).map(|()| keyboard));
        let line = line(&terminal, "").unwrap();
        assert_eq!(line.expose_secret(), long);
        drop(writer.join().unwrap().unwrap());
    }
}
