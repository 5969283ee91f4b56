//! The parser's strings, numbers and words.

use super::parser::{Constants, Failure, Parser};
use super::text::push_code_point;
use super::{Text, Value};
use crate::python::MAX_DIGITS;

impl Parser<'_> {
    /// What is neither array nor object.
    pub(super) fn scalar(&mut self) -> Result<Value, Failure> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(Value::Text)
            }
            Some(b'n') if self.word("null") => Ok(Value::Null),
            Some(b't') if self.word("true") => Ok(Value::Bool(true)),
            Some(b'f') if self.word("false") => Ok(Value::Bool(false)),
            Some(b'N') if self.word("NaN") => self.constant("NaN", f64::NAN),
            Some(b'I') if self.word("Infinity") => self.constant("Infinity", f64::INFINITY),
            Some(b'-') if self.word("-Infinity") => self.constant("-Infinity", f64::NEG_INFINITY),
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

    fn constant(&self, name: &str, value: f64) -> Result<Value, Failure> {
        match self.constants {
            Constants::Accepted => Ok(Value::Float(value)),
            Constants::Refused => Err(Failure::Whole(format!(
                "Out of range float values are not JSON compliant: '{name}'"
            ))),
        }
    }

    fn number(&mut self) -> Result<Value, Failure> {
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
        let literal = String::from_utf8_lossy(&rest[..end]);
        if is_float {
            // Every such literal is one that Rust reads; too large ones become infinite, as Python's.
            return Ok(Value::Float(literal.parse().unwrap_or(f64::NAN)));
        }
        if whole > MAX_DIGITS {
            return Err(Failure::Whole(format!(
                "Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion: value has {whole} digits; \
                 use sys.set_int_max_str_digits() to increase the limit"
            )));
        }
        Ok(Value::Int(if literal == "-0" {
            "0".to_owned()
        } else {
            literal.into_owned()
        }))
    }

    /// A string whose opening quote has been read.
    pub(super) fn string(&mut self) -> Result<Text, Failure> {
        let unterminated = Failure::At("Unterminated string starting at", self.at - 1);
        let mut out = Vec::new();
        loop {
            let rest = self.rest();
            let special = |&byte: &u8| byte == b'"' || byte == b'\\' || byte < 0x20;
            let Some(run) = rest.iter().position(special) else {
                return Err(unterminated);
            };
            out.extend_from_slice(&rest[..run]);
            self.at += run;
            match rest[run] {
                b'"' => {
                    self.at += 1;
                    return Ok(Text::from_generalised(out));
                }
                b'\\' => {
                    let Some(&escaped) = rest.get(run + 1) else {
                        return Err(unterminated);
                    };
                    self.escape(escaped, &mut out)?;
                }
                _ => return Err(Failure::At("Invalid control character at", self.at)),
            }
        }
    }

    /// One escape; the parser stands on its backslash.
    fn escape(&mut self, escaped: u8, out: &mut Vec<u8>) -> Result<(), Failure> {
        let byte = match escaped {
            b'"' | b'\\' | b'/' => escaped,
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let code = self.unicode_escape()?;
                push_code_point(out, code);
                return Ok(());
            }
            _ => return Err(Failure::At("Invalid \\escape", self.at)),
        };
        out.push(byte);
        self.at += 2;
        Ok(())
    }

    /// `\uXXXX`, or two of them that make one character.
    fn unicode_escape(&mut self) -> Result<u32, Failure> {
        let first = self.hex()?;
        if (0xD800..0xDC00).contains(&first) && self.rest().starts_with(b"\\u") {
            let second_at = self.at;
            let second = self.hex()?;
            if let Some(Ok(char)) = char::decode_utf16([first, second]).next() {
                return Ok(char.into());
            }
            self.at = second_at;
        }
        Ok(first.into())
    }

    /// The four digits after `\u`. As in CPython something must follow them, else they are the error.
    fn hex(&mut self) -> Result<u16, Failure> {
        let invalid = Failure::At("Invalid \\uXXXX escape", self.at + 1);
        let mut code = [0; 2];
        match self.rest().get(2..7) {
            Some([digits @ .., _]) if hex::decode_to_slice(digits, &mut code).is_ok() => {}
            _ => return Err(invalid),
        }
        self.at += 6;
        Ok(u16::from_be_bytes(code))
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(bytes.len())
}
