//! A Python `str`: text that may hold lone surrogates.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use indexmap::Equivalent;

/// A Python `str`, which JSON escapes such as `"\ud800"` can fill with what UTF-8 cannot say.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Text(Repr);

#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
enum Repr {
    Plain(String),
    /// Generalised UTF-8: a lone surrogate stands as its three bytes ED A0..BF xx.
    Lone(Box<[u8]>),
}

impl Default for Text {
    fn default() -> Self {
        Self(Repr::Plain(String::new()))
    }
}

impl Text {
    /// Takes UTF-8 in which surrogates may stand as three bytes of their own.
    pub(super) fn from_generalised(bytes: Vec<u8>) -> Self {
        Self(match String::from_utf8(bytes) {
            Ok(text) => Repr::Plain(text),
            Err(error) => Repr::Lone(error.into_bytes().into_boxed_slice()),
        })
    }

    /// The text, unless it holds a lone surrogate.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Repr::Plain(text) => Some(text),
            Repr::Lone(_) => None,
        }
    }

    /// The first lone surrogate, as DRF's `ProhibitSurrogateCharactersValidator` names it.
    pub fn first_surrogate(&self) -> Option<u16> {
        let Repr::Lone(bytes) = &self.0 else {
            return None;
        };
        // ED starts the code points D000..DFFF and is no continuation byte, so it cannot mislead.
        bytes.windows(3).find_map(|bytes| match *bytes {
            [0xED, second @ 0xA0..=0xFF, third] => {
                Some(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
            }
            _ => None,
        })
    }

    /// The text with U+FFFD in the place of each lone surrogate: as many code points, none of them lost.
    pub fn to_lossy(&self) -> Cow<'_, str> {
        match &self.0 {
            Repr::Plain(text) => text.into(),
            Repr::Lone(bytes) => {
                let mut text = String::with_capacity(bytes.len());
                for chunk in bytes.utf8_chunks() {
                    text.push_str(chunk.valid());
                    // each of the three bytes of a surrogate is an invalid chunk; ED is the first
                    if chunk.invalid().first() == Some(&0xED) {
                        text.push(char::REPLACEMENT_CHARACTER);
                    }
                }
                text.into()
            }
        }
    }

    /// A text that is written as this one, and in a map is another key.
    pub(super) fn another(&self) -> Self {
        Self(Repr::Lone(self.as_bytes().into()))
    }

    /// The bytes in generalised UTF-8.
    pub(super) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Plain(text) => text.as_bytes(),
            Repr::Lone(bytes) => bytes,
        }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Repr::Plain(text))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// As `str` does it, so that a map can be asked with a `&str`.
impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Plain(text) => text.hash(state),
            Repr::Lone(bytes) => bytes.hash(state),
        }
    }
}

impl Equivalent<Text> for str {
    fn equivalent(&self, key: &Text) -> bool {
        key == self
    }
}

/// The first code point of generalised UTF-8 and its length.
pub(super) fn first_code_point(bytes: &[u8]) -> (u32, usize) {
    let tail = |byte: u8| u32::from(byte & 0x3F);
    match *bytes {
        [a @ ..0x80, ..] => (u32::from(a), 1),
        [a @ ..0xE0, b, ..] => (u32::from(a & 0x1F) << 6 | tail(b), 2),
        [a @ ..0xF0, b, c, ..] => (u32::from(a & 0x0F) << 12 | tail(b) << 6 | tail(c), 3),
        [a, b, c, d, ..] => (
            u32::from(a & 0x07) << 18 | tail(b) << 12 | tail(c) << 6 | tail(d),
            4,
        ),
        _ => (0xFFFD, 1),
    }
}

/// Writes a code point, which may be a surrogate, as generalised UTF-8.
pub(super) fn push_code_point(out: &mut Vec<u8>, code: u32) {
    if let Some(char) = char::from_u32(code) {
        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        let [.., high, low] = code.to_be_bytes();
        out.extend([
            0xE0 | high >> 4,
            0x80 | (high << 2 & 0x3C) | low >> 6,
            0x80 | low & 0x3F,
        ]);
    }
}
