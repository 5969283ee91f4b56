//! A JSON array read item by item as it comes.

use bytes::{Buf, BytesMut};
use serde::de::DeserializeOwned;

pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A JSON array that comes in pieces.
#[derive(Default)]
pub(super) struct Array {
    bytes: BytesMut,
    /// How far the bytes were looked at.
    at: usize,
    is_open: bool,
    depth: usize,
    in_string: bool,
    is_escaped: bool,
}

pub(super) enum Piece<T> {
    Item(T),
    /// More bytes are needed.
    More,
    End,
}

impl Array {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// What has come and was not taken.
    pub(super) fn into_bytes(self) -> BytesMut {
        self.bytes
    }

    /// The first byte that says something.
    pub(super) fn begin(&self) -> Option<u8> {
        let mut bytes = self.bytes.iter().copied();
        bytes.find(|byte| !byte.is_ascii_whitespace())
    }

    pub(super) fn next<T: DeserializeOwned>(&mut self) -> Result<Piece<T>, Cause> {
        if !self.is_open {
            let Some(at) = self.bytes.iter().position(|byte| *byte == b'[') else {
                return Ok(Piece::More);
            };
            self.bytes.advance(at + 1);
            self.is_open = true;
        }
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_string => self.is_escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'[' | b'{' => self.depth += 1,
                b']' | b',' if self.depth == 0 => {
                    let item = self.bytes.split_to(self.at);
                    self.at = 0;
                    let is_empty = item.iter().all(u8::is_ascii_whitespace);
                    if byte == b']' && is_empty {
                        return Ok(Piece::End);
                    }
                    if byte == b',' {
                        self.bytes.advance(1);
                    } // a closing bracket stays: it is the end of what is empty then
                    return Ok(Piece::Item(serde_json::from_slice(&item)?));
                }
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
        Ok(Piece::More)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The items of an array that comes in pieces of this many bytes; `None` where it breaks off.
    fn read(text: &str, size: usize) -> Option<Vec<String>> {
        let mut array = Array::default();
        let mut items = Vec::new();
        let mut pieces = text.as_bytes().chunks(size);
        loop {
            match array.next::<Value>().unwrap() {
                Piece::Item(item) => items.push(item.to_string()),
                Piece::End => return Some(items),
                Piece::More => array.push(pieces.next()?),
            }
        }
    }

    #[test]
    fn an_array_comes_in_any_pieces() {
        for (text, items) in [
            ("[]", &[][..]),
            (" [ \n] ", &[]),
            ("[1]", &["1"]),
            ("[1, 2,3 ]", &["1", "2", "3"]),
            (
                r#"[{"a":"],[\"{\\"},["x",{}],"é"]"#,
                &[r#"{"a":"],[\"{\\"}"#, r#"["x",{}]"#, r#""é""#],
            ),
        ] {
            for size in 1..=text.len() {
                assert_eq!(read(text, size).unwrap(), items, "{text} by {size}");
            }
        }
        for text in ["[", "[1", "[1,", r#"[{"a":1}"#, ""] {
            assert_eq!(read(text, 3), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_array_is_an_error() {
        for text in ["[1,,2]", "[x]", "[1}]"] {
            let mut array = Array::default();
            array.push(text.as_bytes());
            let mut failed = false;
            for _ in 0..5 {
                failed |= array.next::<Value>().is_err();
            }
            assert!(failed, "{text}");
        }
    }
}
