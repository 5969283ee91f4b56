//! Files that a person names, read whole: with a bound, since what is named may have no end.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// Longer than any settings, keys or certificates.
const MOST: u64 = 1024 * 1024;

/// The bytes of a file.
///
/// # Errors
/// As of any file; and where it is longer than 1 MiB, or a named pipe, whose writer may never come.
pub(crate) fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    // a shell's `<(…)` is a pipe, too, and somebody writes into it
    let is_opened = path.starts_with("/dev") || path.starts_with("/proc");
    if !is_opened && fs::metadata(path)?.file_type().is_fifo() {
        return Err(io::Error::other("it is a named pipe"));
    }
    let mut bytes = Vec::new();
    let mut file = File::open(path)?.take(MOST + 1);
    file.read_to_end(&mut bytes)?;
    if file.limit() == 0 {
        return Err(io::Error::other("it is longer than 1 MiB"));
    }
    Ok(bytes)
}

/// The text of a file, as [`read_bytes`] reads it.
///
/// # Errors
/// The same, and where it is no UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read_bytes(path)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8"))
}
