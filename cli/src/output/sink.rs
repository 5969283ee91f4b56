//! Where the output goes: to standard output, or, where it is longer than a person's screen, through a pager.

use std::io::{self, Write};
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use gatepost_terminal::shell;
use unicode_width::UnicodeWidthStr;

use super::said::warn;
use crate::errors::{Exit, Failure};
use crate::progress::{self, Held};

/// What pages where nobody says what, and the options without which it would clear the screen.
const USUAL: &str = "less -FRX";

/// The pager that config.toml names, if it names one.
static CHOSEN: OnceLock<Option<String>> = OnceLock::new();

/// Says which pager config.toml names; once, before anything is printed.
pub(crate) fn choose_pager(command: Option<String>) {
    let _ = CHOSEN.set(command);
}

/// Whether a pager has the terminal; its keys are then for it.
static PAGING: AtomicBool = AtomicBool::new(false);

/// Whether a pager has the terminal.
pub(crate) fn is_paging() -> bool {
    PAGING.load(Ordering::SeqCst)
}

/// Where the output goes.
pub(super) struct Sink(Place);

enum Place {
    /// To standard output.
    Plain,
    /// Nowhere yet: it may fit on the screen.
    Waiting(Screen),
    /// To a pager.
    Pager(Pager),
}

/// What was printed so far, on a screen of this size.
struct Screen {
    text: String,
    columns: usize,
    rows: usize,
    taken: usize,
}

struct Pager {
    command: String,
    child: Child,
    held: Held,
}

impl Sink {
    /// To standard output.
    pub(super) fn plain() -> Self {
        Self(Place::Plain)
    }

    /// To a screen of this size, and to a pager what is longer.
    pub(super) fn paged(columns: usize, rows: usize) -> Self {
        Self(Place::Waiting(Screen {
            text: String::new(),
            columns,
            rows,
            taken: 0,
        }))
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), Failure> {
        match &mut self.0 {
            Place::Plain => Ok(to_output(text)?),
            Place::Pager(pager) => {
                let Err(error) = pager.write(text) else {
                    return Ok(());
                };
                // nobody reads on, or nobody ever read
                self.end()?;
                Err(error.into())
            }
            Place::Waiting(screen) => {
                screen.add(text);
                if screen.fits() {
                    return Ok(());
                }
                let text = std::mem::take(&mut screen.text);
                self.0 = match Pager::open() {
                    Some(pager) => Place::Pager(pager),
                    None => Place::Plain,
                };
                self.write(&text)
            }
        }
    }

    /// Writes what is left, and waits until a person has seen enough.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        match std::mem::replace(&mut self.0, Place::Plain) {
            Place::Plain => Ok(()),
            Place::Waiting(screen) => Ok(to_output(&screen.text)?),
            Place::Pager(pager) => pager.end(),
        }
    }
}

impl Screen {
    fn add(&mut self, text: &str) {
        // colours take no room; a text that goes on in its line is a line of its own here
        for line in text.lines() {
            let width = anstream::adapter::strip_str(line).to_string().width();
            self.taken += width.div_ceil(self.columns).max(1);
        }
        self.text.push_str(text);
    }

    /// Whether it fits, with a line for the shell's prompt.
    fn fits(&self) -> bool {
        self.taken < self.rows
    }
}

impl Pager {
    /// The pager that a person wants; `None` for none, or where there is none.
    fn open() -> Option<Self> {
        let said = |name: &str| {
            let command = std::env::var_os(name)?;
            Some(command.to_string_lossy().trim().to_owned())
        };
        let set = CHOSEN.get().cloned().flatten();
        let named = said("GATEPOST_PAGER").or(set).or_else(|| said("PAGER"));
        if named
            .as_deref()
            .is_some_and(|named| named.is_empty() || named == "cat")
        {
            return None;
        }
        let command = named.clone().unwrap_or_else(|| USUAL.to_owned());
        let mut pager = shell::command(&command);
        // as git does: short output ends it, colours are shown, and the text stays on the screen
        for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
            if std::env::var_os(name).is_none() {
                pager.env(name, value);
            }
        }
        let held = progress::hold();
        // an interrupt is the pager's from now on
        PAGING.store(true, Ordering::SeqCst);
        if let Ok(child) = pager.stdin(Stdio::piped()).spawn() {
            return Some(Self {
                command,
                child,
                held,
            });
        }
        PAGING.store(false, Ordering::SeqCst);
        if named.is_some() {
            warn(&format!("warning: {}", missing(&command)));
        }
        None
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        match &mut self.child.stdin {
            Some(stdin) => stdin.write_all(text.as_bytes()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn end(mut self) -> Result<(), Failure> {
        drop(self.child.stdin.take());
        let status = self.child.wait();
        PAGING.store(false, Ordering::SeqCst);
        drop(self.held);
        // what a shell says of a command that is not there, or can't be run
        match status.map(|status| status.code()) {
            Ok(Some(126 | 127)) => {
                Err(Failure::new(Exit::Refused, "pager", missing(&self.command)))
            }
            _ => Ok(()),
        }
    }
}

fn missing(command: &str) -> String {
    format!(
        "the pager {command} can't be run: name one that is installed in $PAGER, or with `gatepost config set pager`, or use --no-pager"
    )
}

fn to_output(text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    if io::IsTerminal::is_terminal(&io::stdout()) {
        progress::end();
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_full_when_its_last_line_would_scroll() {
        let mut screen = Screen {
            text: String::new(),
            columns: 10,
            rows: 4,
            taken: 0,
        };
        screen.add("a\n\n");
        assert!(screen.fits());
        screen.add("\u{1b}[1m0123456789\u{1b}[0m\n");
        assert!(screen.fits(), "{}", screen.taken);
        screen.add("x\n");
        assert!(!screen.fits());
        screen.taken = 0;
        screen.add("0123456789 and more than that, four rows\n");
        assert!(!screen.fits());
    }
}
