//! The person's own editor on a file, run as git runs it.

use std::fs;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::shell;

/// The process that is open; 0 where none is.
static OPEN: AtomicU32 = AtomicU32::new(0);

/// What to do about an editor that is not there.
const SET: &str = "set $VISUAL or $EDITOR to one that is installed";

/// Why the editor gave nothing back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// A sentence, with what to do where that is known.
    pub why: String,
    /// Whether the file holds something that the editor has written: it must stay.
    pub has_written: bool,
}

/// The command that `$VISUAL` names, or else `$EDITOR`; `None` where neither does.
pub fn named() -> Option<String> {
    let value = |name| std::env::var_os(name).and_then(|value| value.into_string().ok());
    let values = ["VISUAL", "EDITOR"].into_iter().filter_map(value);
    let mut values = values.map(|value: String| value.trim().to_owned());
    values.find(|value| !value.is_empty())
}

/// The command of the editor: the one that is named, or the system's usual one.
pub fn command() -> String {
    named().unwrap_or_else(|| if cfg!(windows) { "notepad" } else { "vi" }.to_owned())
}

/// Runs the editor on a file that holds this text, until it ends; blocks. Gives what is in the file then, `None` where
/// that is the same. The file stays: who takes its text removes it.
///
/// # Errors
/// The editor was not found, failed, or left what is no text.
pub fn edit(command: &str, file: &Path, given: &str) -> Result<Option<String>, Failed> {
    let ended = run(command, file);
    let bytes = fs::read(file);
    let has_written = matches!(&bytes, Ok(bytes) if bytes != given.as_bytes());
    let failed = |why| Failed { why, has_written };
    ended.map_err(failed)?;
    let bytes =
        bytes.map_err(|_| failed("The text can't be read back: its file is gone".to_owned()))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| failed("The editor's text is not UTF-8: save it as UTF-8".to_owned()))?;
    Ok(has_written.then_some(text))
}

/// Runs the editor on a file until it ends; blocks. The terminal's settings are as before, however it ended.
///
/// # Errors
/// A sentence: the editor was not found, or failed.
pub fn run(command: &str, file: &Path) -> Result<(), String> {
    if command.trim().is_empty() {
        return Err(format!("No editor is named: {SET}"));
    }
    let terminal = Terminal::look();
    let status = shell::command(command)
        .arg(file)
        .spawn()
        .and_then(|mut editor| {
            OPEN.store(editor.id(), Ordering::SeqCst);
            let status = editor.wait();
            OPEN.store(0, Ordering::SeqCst);
            status
        });
    let ended = match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failure(command, status)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(format!("The editor {command} was not found: {SET}"))
        }
        Err(_) => Err(format!("The editor {command} can't be run: {SET}")),
    };
    if ended.is_err() {
        terminal.restore();
    }
    ended
}

/// Asks the editor that is open to end, as a system that shuts down does.
pub fn end() {
    #[cfg(unix)]
    if let Ok(open) = i32::try_from(OPEN.load(Ordering::SeqCst))
        && let Some(open) = rustix::process::Pid::from_raw(open)
    {
        // it may have ended by itself
        let _ = rustix::process::kill_process(open, rustix::process::Signal::TERM);
    }
}

fn failure(command: &str, status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("The editor was ended by signal {signal}");
    }
    match status.code() {
        // what a shell says of a command
        Some(127) if cfg!(unix) => format!("The editor {command} was not found: {SET}"),
        Some(126) if cfg!(unix) => format!("The editor {command} can't be run: {SET}"),
        Some(code) => format!("The editor failed with exit code {code}"),
        None => "The editor failed".to_owned(),
    }
}

/// The terminal's settings, which an editor that crashes leaves as it had them.
struct Terminal {
    #[cfg(unix)]
    found: Option<rustix::termios::Termios>,
}

impl Terminal {
    fn look() -> Self {
        Self {
            #[cfg(unix)]
            found: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    fn restore(self) {
        #[cfg(unix)]
        if let Some(found) = self.found {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, &found);
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of an editor on a file with "a\n" in it, and what is in the file then.
    fn edited(command: &str) -> (Result<Option<String>, Failed>, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        // a name that a shell would take apart
        let file = folder.path().join("my post's $(text).md");
        fs::write(&file, "a\n").unwrap();
        let outcome = edit(command, &file, "a\n");
        (outcome, fs::read(file).unwrap())
    }

    fn ok(command: &str) -> Option<String> {
        edited(command).0.unwrap()
    }

    #[test]
    fn it_is_run_as_git_runs_it() {
        assert_eq!(ok(":"), None);
        assert_eq!(ok("true"), None);
        assert_eq!(ok("printf b >>").as_deref(), Some("a\nb"));
        assert_eq!(
            ok("sed -i -e 's/a/with arguments/'").as_deref(),
            Some("with arguments\n")
        );
        let own = ok("FOO=set sh -c 'echo $FOO >\"$1\"' sh");
        assert_eq!(own.as_deref(), Some("set\n"));
        assert_eq!(ok("f() { echo f >\"$1\"; }; f").as_deref(), Some("f\n"));
    }

    #[test]
    fn what_was_written_stays_however_it_ends() {
        for (script, why, wrote) in [
            (
                "echo b >\"$1\"; exit 1",
                "The editor failed with exit code 1",
                &b"b\n"[..],
            ),
            (
                "echo c >\"$1\"; kill -9 $$",
                "The editor was ended by signal 9",
                b"c\n",
            ),
            (
                "printf '\\377' >\"$1\"",
                "The editor's text is not UTF-8: save it as UTF-8",
                b"\xff",
            ),
        ] {
            let (outcome, left) = edited(&format!("f() {{ {script}; }}; f"));
            let failed = outcome.unwrap_err();
            assert_eq!(failed.why, why);
            assert!(failed.has_written);
            assert_eq!(left, wrote);
        }
        let (outcome, left) = edited("false");
        assert!(!outcome.unwrap_err().has_written);
        assert_eq!(left, b"a\n");
    }

    #[test]
    fn one_that_is_not_there_is_named_with_what_to_set() {
        for command in [
            "no-such-editor",
            "no-such-editor --wait",
            "FOO=1 no-such-editor",
        ] {
            let failed = edited(command).0.unwrap_err();
            assert!(failed.why.contains(command), "{}", failed.why);
            assert!(failed.why.contains(SET) && !failed.has_written);
        }
        assert!(run(" ", Path::new("x")).unwrap_err().contains(SET));
    }
}
