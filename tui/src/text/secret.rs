//! A password being typed: never printed, never undone, wiped when it is done with.

use std::fmt;

use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox, SecretString};
use unicode_segmentation::UnicodeSegmentation;

/// So long that no password moves in memory, which would leave a copy behind.
const ROOM: usize = 1024;

/// A password field. Characters are added and removed at its end.
pub(crate) struct Secret {
    text: SecretBox<String>,
    /// Whether it is shown as it is.
    pub(crate) is_shown: bool,
}

impl Secret {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            text: SecretBox::new(Box::new(String::with_capacity(ROOM))),
            is_shown: false,
        }
    }

    /// Adds what was typed or pasted; what goes beyond the room is not taken.
    pub(crate) fn push(&mut self, text: &str) {
        let own = self.text.expose_secret_mut();
        for c in text.chars().filter(|c| !c.is_control()) {
            if own.len() + c.len_utf8() > ROOM {
                break;
            }
            own.push(c);
        }
    }

    /// Removes the last grapheme.
    pub(crate) fn pop(&mut self) {
        let own = self.text.expose_secret_mut();
        if let Some((start, _)) = own.grapheme_indices(true).next_back() {
            own.truncate(start);
        }
    }

    /// Removes all.
    pub(crate) fn clear(&mut self) {
        *self = Self {
            is_shown: self.is_shown,
            ..Self::new()
        };
    }

    /// For sending it.
    pub(crate) fn copy(&self) -> SecretString {
        SecretString::from(self.text.expose_secret().as_str())
    }

    /// What is drawn.
    pub(crate) fn shown(&self) -> String {
        let text = self.text.expose_secret();
        if self.is_shown {
            crate::sanitize::line(text)
        } else {
            "•".repeat(text.graphemes(true).count())
        }
    }
}

impl Clone for Secret {
    fn clone(&self) -> Self {
        let mut copy = Self::new();
        copy.push(self.text.expose_secret());
        copy.is_shown = self.is_shown;
        copy
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.text.expose_secret() == other.text.expose_secret() && self.is_shown == other.is_shown
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
