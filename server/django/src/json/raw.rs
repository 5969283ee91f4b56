//! Values as they stand in their text: a number or a string is made of one when somebody reads it.

use std::borrow::Cow;

use super::text::{Text, push_code_point};

/// A value that borrows from the text which it stands in.
///
/// It has no `Debug` outside tests, as [`Value`](super::Value).
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug))]
pub enum Raw<'t> {
    /// `null`, Python's `None`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number without fraction and exponent, as canonical decimal digits.
    Int(&'t str),
    /// Any other number, `NaN`, `Infinity` or `-Infinity`; [`float`] reads it.
    Float(&'t str),
    /// A string.
    Text(RawText<'t>),
    /// An array, from bracket to bracket.
    List(&'t [u8]),
    /// An object, from brace to brace.
    Object(&'t [u8]),
}

impl Raw<'_> {
    /// The name of the Python type.
    pub(super) fn python_type(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::List(_) => "list",
            Self::Object(_) => "dict",
        }
    }
}

/// The number of a [`Raw::Float`]: too large ones are infinite, as Python's.
pub fn float(literal: &str) -> f64 {
    // every such literal is one that Rust reads
    literal.parse().unwrap_or(f64::NAN)
}

/// A string that may still have its escapes.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug))]
pub struct RawText<'t> {
    /// What stands between the quotes, in generalised UTF-8.
    bytes: &'t [u8],
    is_escaped: bool,
}

impl<'t> RawText<'t> {
    /// Takes what stands between two quotes and has been checked.
    pub(super) fn new(bytes: &'t [u8], is_escaped: bool) -> Self {
        Self { bytes, is_escaped }
    }

    /// A text that needs no reading.
    pub fn plain(text: &'t str) -> Self {
        Self::new(text.as_bytes(), false)
    }

    /// The text, unless it holds a lone surrogate. It is a copy only where there are escapes in it.
    pub fn as_str(self) -> Option<Cow<'t, str>> {
        if self.is_escaped {
            return String::from_utf8(unescaped(self.bytes))
                .ok()
                .map(Cow::Owned);
        }
        str::from_utf8(self.bytes).ok().map(Cow::Borrowed)
    }

    /// The text, surrogates and all.
    pub fn to_text(self) -> Text {
        Text::from_generalised(if self.is_escaped {
            unescaped(self.bytes)
        } else {
            self.bytes.to_owned()
        })
    }

    pub(super) fn is_escaped(self) -> bool {
        self.is_escaped
    }
}

impl PartialEq<str> for RawText<'_> {
    fn eq(&self, other: &str) -> bool {
        if self.is_escaped {
            return self.to_text() == *other;
        }
        self.bytes == other.as_bytes()
    }
}

/// The text of a string whose escapes have been checked.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let kind = rest.get(at + 1).copied().unwrap_or_default();
        rest = rest.get(at + 2..).unwrap_or_default();
        out.push(match kind {
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let (code, after) = code_point(rest);
                push_code_point(&mut out, code);
                rest = after;
                continue;
            }
            itself => itself,
        });
    }
    out.extend_from_slice(rest);
    out
}

/// The code point of `XXXX`, or of `XXXX\uXXXX` where the two make one, and what follows.
fn code_point(digits: &[u8]) -> (u32, &[u8]) {
    let (first, rest) = unit(digits);
    if (0xD800..0xDC00).contains(&first)
        && let Some(second) = rest.strip_prefix(b"\\u")
    {
        let (second, after) = unit(second);
        if let Some(Ok(char)) = char::decode_utf16([first, second]).next() {
            return (char.into(), after);
        }
    }
    (first.into(), rest)
}

fn unit(digits: &[u8]) -> (u16, &[u8]) {
    let (digits, rest) = digits.split_at(digits.len().min(4));
    let append = |unit: u32, digit: &u8| unit << 4 | char::from(*digit).to_digit(16).unwrap_or(0);
    let unit = digits.iter().fold(0, append);
    (unit.try_into().unwrap_or_default(), rest)
}
