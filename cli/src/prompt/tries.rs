//! A second and a third try for a person whose answer was refused.

use super::is_attended;
use crate::errors::Failure;
use crate::output::warn;

/// How often a person is asked for the same.
const ALL: u8 = 3;

/// How often a person has been asked.
pub(crate) struct Tries(u8);

impl Tries {
    /// Before the first answer.
    pub(crate) fn new() -> Self {
        Self(1)
    }

    /// Whether there is one more try; then it is said why it is needed.
    pub(crate) fn goes_on(&mut self, refused: &Failure) -> bool {
        if self.0 >= ALL || !is_attended() {
            return false;
        }
        self.0 += 1;
        for complaint in refused.complaints() {
            warn(&complaint);
        }
        warn("Try again, or end with Ctrl-C");
        true
    }
}
