//! What is said to a person on standard error, and what is written at once on standard output.

use std::io::{self, Write};

use gatepost_terminal::safe::printable;

use crate::color::Paint;
use crate::progress;

/// Says a sentence that matters.
pub(crate) fn warn(sentence: &str) {
    progress::wipe();
    let line = printable(sentence);
    // nobody may read it, and then there is nobody to tell
    let _ = writeln!(io::stderr(), "{}", Paint::of_errors().said(&line));
}

/// Writes a text on standard output at once.
pub(crate) fn put(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
