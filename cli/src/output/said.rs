//! What is said to a person, on standard error.

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
