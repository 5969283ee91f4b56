//! The one decoder of UTF-16 and UTF-32: bytes to code points, of which the caller judges the malformed ones.

/// How wide a unit is.
#[derive(Clone, Copy, PartialEq)]
pub enum Width {
    /// Two bytes.
    Utf16,
    /// Four bytes.
    Utf32,
}

/// The order of bytes in a unit.
#[derive(Clone, Copy)]
pub enum Order {
    /// The lowest first.
    Little,
    /// The highest first.
    Big,
}

/// The code points in turn, among them lone surrogates and numbers that Unicode does not have.
pub(crate) struct CodePoints<'a> {
    /// What is not read yet: in the end a character that is cut off, if any.
    pub(crate) rest: &'a [u8],
    pub(crate) width: Width,
    pub(crate) order: Order,
}

impl Width {
    /// In bytes.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Utf16 => 2,
            Self::Utf32 => 4,
        }
    }
}

impl<'a> CodePoints<'a> {
    /// The first unit and what follows it.
    fn unit(&self, bytes: &'a [u8]) -> Option<(u32, &'a [u8])> {
        let (unit, rest) = bytes.split_at_checked(self.width.bytes())?;
        let append = |code, byte: &u8| code << 8 | u32::from(*byte);
        let code = match self.order {
            Order::Little => unit.iter().rev().fold(0, append),
            Order::Big => unit.iter().fold(0, append),
        };
        Some((code, rest))
    }
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (mut code, mut rest) = self.unit(self.rest)?;
        if self.width == Width::Utf16 && (0xD800..0xDC00).contains(&code) {
            // without a second unit the pair is cut off
            let (low, after) = self.unit(rest)?;
            if (0xDC00..0xE000).contains(&low) {
                code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00));
                rest = after;
            }
        }
        self.rest = rest;
        Some(code)
    }
}
