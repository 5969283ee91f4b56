//! The parser's strings, numbers and words: checked, and left as they stand.

use super::parser::{Constants, Failure, Parser};
use super::raw::{Raw, RawText};
use crate::python::MAX_DIGITS;

impl<'t> Parser<'t> {
    /// What is neither array nor object.
    pub(super) fn scalar(&mut self) -> Result<Raw<'t>, Failure> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(Raw::Text)
            }
            Some(b'n') if self.word("null") => Ok(Raw::Null),
            Some(b't') if self.word("true") => Ok(Raw::Bool(true)),
            Some(b'f') if self.word("false") => Ok(Raw::Bool(false)),
            Some(b'N') if self.word("NaN") => self.constant("NaN"),
            Some(b'I') if self.word("Infinity") => self.constant("Infinity"),
            Some(b'-') if self.word("-Infinity") => self.constant("-Infinity"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    fn constant(&self, name: &'static str) -> Result<Raw<'t>, Failure> {
        match self.constants {
            Constants::Accepted => Ok(Raw::Float(name)),
            Constants::Refused => Err(Failure::Whole(format!(
                "Out of range float values are not JSON compliant: '{name}'"
            ))),
        }
    }

    fn number(&mut self) -> Result<Raw<'t>, Failure> {
        let rest = self.rest();
        let sign = usize::from(rest.first() == Some(&b'-'));
        let whole = match rest.get(sign) {
            Some(b'0') => 1,
            Some(b'1'..=b'9') => digits(&rest[sign..]),
            _ => return Err(Failure::At("Expecting value", self.at)),
        };
        let mut end = sign + whole;
        let mut is_float = false;
        if rest.get(end) == Some(&b'.') {
            let fraction = digits(&rest[end + 1..]);
            if fraction > 0 {
                is_float = true;
                end += 1 + fraction;
            }
        }
        if let Some(b'e' | b'E') = rest.get(end) {
            let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(&rest[end + 1 + sign..]);
            if exponent > 0 {
                is_float = true;
                end += 1 + sign + exponent;
            }
        }
        self.at += end;
        let literal = str::from_utf8(&rest[..end]).unwrap_or_default();
        if is_float {
            return Ok(Raw::Float(literal));
        }
        if whole > MAX_DIGITS {
            return Err(Failure::Whole(format!(
                "Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion: value has {whole} digits; \
                 use sys.set_int_max_str_digits() to increase the limit"
            )));
        }
        Ok(Raw::Int(if literal == "-0" { "0" } else { literal }))
    }

    /// A string whose opening quote has been read.
    pub(super) fn string(&mut self) -> Result<RawText<'t>, Failure> {
        let start = self.at;
        let text = self.rest();
        let mut is_escaped = false;
        loop {
            let rest = self.rest();
            let run = memchr::memchr2(b'"', b'\\', rest);
            let plain = &rest[..run.unwrap_or(rest.len())];
            // the least of all, since that is found in a few wide steps
            if plain.iter().copied().fold(u8::MAX, u8::min) < 0x20 {
                let control = plain.iter().position(|&byte| byte < 0x20);
                let at = self.at + control.unwrap_or_default();
                return Err(Failure::At("Invalid control character at", at));
            }
            let unterminated = Failure::At("Unterminated string starting at", start - 1);
            let Some(run) = run else {
                return Err(unterminated);
            };
            self.at += run;
            if rest[run] == b'"' {
                let text = &text[..self.at - start];
                self.at += 1;
                return Ok(RawText::new(text, is_escaped));
            }
            is_escaped = true;
            match rest.get(run + 1) {
                None => return Err(unterminated),
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
                Some(b'u') => self.hex()?,
                Some(_) => return Err(Failure::At("Invalid \\escape", self.at)),
            }
        }
    }

    /// The four digits after `\u`. As in CPython something must follow them, else they are the error.
    fn hex(&mut self) -> Result<(), Failure> {
        match self.rest().get(2..7) {
            Some([digits @ .., _]) if digits.iter().all(u8::is_ascii_hexdigit) => {
                self.at += 6;
                Ok(())
            }
            _ => Err(Failure::At("Invalid \\uXXXX escape", self.at + 1)),
        }
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(bytes.len())
}
