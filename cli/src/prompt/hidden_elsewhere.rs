//! A line that is typed and not shown, on systems whose terminal needs no care.

use std::io;

use gatepost_sdk::SecretString;

/// Asks on the terminal for a line that is not shown.
pub(super) fn read(question: &'static str) -> io::Result<SecretString> {
    rpassword::prompt_password(question).map(SecretString::from)
}

/// Shows again what is typed: the system does.
pub(crate) fn show() {}

/// Hides again what is typed: the system does.
pub(crate) fn hide_again() {}
