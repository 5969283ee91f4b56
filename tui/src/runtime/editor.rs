//! The person's own editor, on a file that nobody else can read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use super::drafts::put_away;

/// Writes the text where the editor is to find it: with the line end that editors end a file with, which is taken off
/// again.
pub(crate) fn prepare(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(given(text).as_bytes())
}

fn given(text: &str) -> String {
    format!("{text}\n")
}

/// Runs the editor on the file until it ends; gives what is in it then, `None` where the editor said no and wrote
/// nothing. What it wrote and can't be taken is put away, and the sentence says where.
pub(crate) fn edit(command: &str, path: &Path, text: &str) -> Result<Option<String>, String> {
    let outcome = run(command, path);
    if let Ok(Some(_)) = outcome {
        return outcome;
    }
    match fs::read(path) {
        Ok(written) if written != given(text).as_bytes() => {
            let why = match outcome {
                Err(why) => why,
                Ok(_) => "The editor failed".to_owned(),
            };
            Err(format!(
                "{why}; its text is in {}",
                put_away(path).display()
            ))
        }
        _ => {
            let _ = fs::remove_file(path);
            outcome
        }
    }
}

fn run(command: &str, path: &Path) -> Result<Option<String>, String> {
    let words = shell_words::split(command)
        .map_err(|error| format!("The editor's command can't be read: {error}"))?;
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| "The editor's command is empty".to_owned())?;
    let status = Command::new(program)
        .args(arguments)
        .arg(path)
        .status()
        .map_err(|error| format!("{program} can't be started: {error}"))?;
    if let Some(signal) = status.signal() {
        return Err(format!("The editor was ended by signal {signal}"));
    }
    if !status.success() {
        return Ok(None);
    }
    let text = fs::read(path).map_err(|error| format!("The text can't be read back: {error}"))?;
    String::from_utf8(text)
        .map(Some)
        .map_err(|_| "The editor's text is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_editor_wrote_is_there_until_it_is_taken_however_it_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x-1.md");
        let edited = |script: &str, text: &str| {
            let script_path = folder.path().join("editor.sh");
            fs::write(&script_path, script).unwrap();
            prepare(&path, text).unwrap();
            edit(&format!("sh '{}'", script_path.display()), &path, text)
        };
        assert_eq!(edited(":", "a\n"), Ok(Some("a\n\n".into())));
        assert!(path.exists(), "it is not taken yet");
        assert_eq!(edited("exit 1", "a"), Ok(None));
        assert!(!path.exists());
        for (number, script, wrote) in [
            (1, "printf '\\377' > \"$1\"", &b"\xff"[..]),
            (2, "echo b > \"$1\"; kill -9 $$", b"b\n"),
            (3, "echo c > \"$1\"; exit 1", b"c\n"),
        ] {
            let why = edited(script, "a").unwrap_err();
            let kept = path.with_extension(format!("kept{number}.md"));
            assert!(why.ends_with(kept.to_str().unwrap()), "{why}");
            assert_eq!(fs::read(kept).unwrap(), wrote);
            assert!(!path.exists());
        }
    }
}
