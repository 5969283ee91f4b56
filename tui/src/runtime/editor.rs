//! The person's own editor, on a file that nobody else can read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes the text where the editor is to find it.
pub(crate) fn prepare(folder: &Path, run: &str, text: &str) -> io::Result<PathBuf> {
    let path = folder.join(format!("{run}.md"));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)?;
    file.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        file.write_all(b"\n")?;
    }
    Ok(path)
}

/// Runs the editor on the file until it ends; gives what is in it then, `None` where the editor said no.
pub(crate) fn edit(command: &str, path: &Path) -> Result<Option<String>, String> {
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
    if !status.success() {
        return Ok(None);
    }
    let text = fs::read(path).map_err(|error| format!("The text can't be read back: {error}"))?;
    match String::from_utf8(text) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err("What the editor wrote is not UTF-8; the text is as it was".to_owned()),
    }
}
