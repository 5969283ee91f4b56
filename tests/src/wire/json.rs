//! JSON as Python's `json` reads and writes it: keys in their order, numbers as they are spelled (1.0, 1e+22, 10**30).
//! The server's own reader is not used here, so that a fault of it cannot hide itself.

use std::fmt::Write as _;

/// A value; a number is kept as its text.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was spelled.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object: its pairs in their order, a repeated key twice.
    Object(Vec<(String, Json)>),
}

/// How `json.dumps` was asked to write.
#[derive(Clone, Copy)]
pub(super) struct Style {
    comma: &'static str,
    colon: &'static str,
    ascii: bool,
}

/// `json.dumps(value, ensure_ascii=False)`: the bodies of requests.
pub(super) const SPACED: Style = Style {
    comma: ", ",
    colon: ": ",
    ascii: false,
};
/// `json.dumps(value, separators=(",", ":"))`: the parts of a token.
pub(super) const COMPACT: Style = Style {
    comma: ",",
    colon: ":",
    ascii: true,
};

/// Deeper values are refused, as an answer must not be able to exhaust the stack.
const DEPTH: usize = 500;

impl Json {
    /// `json.loads`, but a lone surrogate and NaN are refused: Rust's strings and our rows hold neither.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(DEPTH)?;
        reader.space();
        if reader.at < text.len() {
            return Err(reader.wrong("something after the value"));
        }
        Ok(value)
    }

    /// `json.dumps`
    pub(super) fn dump(&self, style: Style) -> String {
        let mut out = String::new();
        self.write(&mut out, style);
        out
    }

    /// The value of a key; the last one where it is repeated, as in a Python dict.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(pairs) = self else {
            return None;
        };
        let found = pairs.iter().rev().find(|(name, _)| name == key);
        found.map(|(_, value)| value)
    }

    /// The text of a string.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of an array; none for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The pairs of an object; none for anything else.
    pub(crate) fn pairs(&self) -> &[(String, Self)] {
        match self {
            Self::Object(pairs) => pairs,
            _ => &[],
        }
    }

    fn write(&self, out: &mut String, style: Style) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(spelled) => out.push_str(spelled),
            Self::Text(text) => write_text(text, out, style),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { style.comma } else { "" });
                    item.write(out, style);
                }
                out.push(']');
            }
            Self::Object(pairs) => {
                out.push('{');
                for (index, (key, value)) in pairs.iter().enumerate() {
                    out.push_str(if index > 0 { style.comma } else { "" });
                    write_text(key, out, style);
                    out.push_str(style.colon);
                    value.write(out, style);
                }
                out.push('}');
            }
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

fn write_text(text: &str, out: &mut String, style: Style) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            '\u{7f}'.. if !style.ascii => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").expect("a String takes all that is written");
                }
            }
        }
    }
    out.push('"');
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn wrong(&self, what: &str) -> String {
        format!("not JSON: {what} at byte {}", self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Steps over the word if it stands here.
    fn take(&mut self, word: &str) -> bool {
        let here = self.text[self.at..].starts_with(word);
        self.at += if here { word.len() } else { 0 };
        here
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth == 0 {
            return Err(self.wrong("too deep"));
        }
        self.space();
        match self.peek() {
            Some(b'"') => self.string().map(Json::Text),
            Some(b'[') => self.list(depth - 1),
            Some(b'{') => self.object(depth - 1),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("null") => Ok(Json::Null),
            _ if self.take("true") => Ok(Json::Bool(true)),
            _ if self.take("false") => Ok(Json::Bool(false)),
            _ => Err(self.wrong("no value")),
        }
    }

    fn number(&mut self) -> Result<Json, String> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        let spelled = &rest[..end.unwrap_or(rest.len())];
        if spelled.parse::<f64>().is_err() {
            return Err(self.wrong("no number"));
        }
        self.at += spelled.len();
        Ok(Json::Number(spelled.to_owned()))
    }

    fn list(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take("]") {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.space();
            if self.take("]") {
                return Ok(Json::List(items));
            }
            if !self.take(",") {
                return Err(self.wrong("no comma"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut pairs = Vec::new();
        self.space();
        if self.take("}") {
            return Ok(Json::Object(pairs));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("no key"));
            }
            let key = self.string()?;
            self.space();
            if !self.take(":") {
                return Err(self.wrong("no colon"));
            }
            pairs.push((key, self.value(depth)?));
            self.space();
            if self.take("}") {
                return Ok(Json::Object(pairs));
            }
            if !self.take(",") {
                return Err(self.wrong("no comma"));
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(stop) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') else {
                return Err(self.wrong("an unended string"));
            };
            out.push_str(&rest[..stop]);
            self.at += stop;
            if self.take("\"") {
                return Ok(out);
            }
            if !self.take("\\") {
                return Err(self.wrong("a control character"));
            }
            out.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        let letter = self.peek().ok_or_else(|| self.wrong("an unended string"))?;
        let found = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => return self.unicode(),
            _ => return Err(self.wrong("an unknown escape")),
        };
        self.at += 1;
        Ok(found)
    }

    /// `u0041`, or the two halves of a character above U+FFFF.
    fn unicode(&mut self) -> Result<char, String> {
        let high = self.unit()?;
        let mut units = vec![high];
        if (0xd800..0xdc00).contains(&high) && self.take("\\") && self.peek() == Some(b'u') {
            units.push(self.unit()?);
        }
        let whole = String::from_utf16(&units).map_err(|_| self.wrong("a lone surrogate"))?;
        whole
            .chars()
            .next()
            .ok_or_else(|| self.wrong("no character"))
    }

    fn unit(&mut self) -> Result<u16, String> {
        let digits = self.text.get(self.at + 1..self.at + 5).unwrap_or_default();
        let hex = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let unit = u16::from_str_radix(digits, 16).ok().filter(|_| hex);
        self.at += 5;
        unit.ok_or_else(|| "not JSON: no four hexadecimal digits".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_spelling_and_keys_their_order() {
        let text = r#"{"b": 1000000000000000000000000000000, "a": [1.0, -0.0, 1e+22], "b": null}"#;
        let value = Json::parse(text).unwrap();
        assert_eq!(value.dump(SPACED), text);
        assert_eq!(value.get("b"), Some(&Json::Null));
    }

    #[test]
    fn text_is_escaped_as_python_does() {
        let value = Json::parse(r#""\u00e9\ud83d\ude00\"\\\/\n\r\t\b\f\u0001\u007f""#).unwrap();
        let spaced = "\"é😀\\\"\\\\/\\n\\r\\t\\b\\f\\u0001\u{7f}\"";
        assert_eq!(value.dump(SPACED), spaced);
        let compact = r#""\u00e9\ud83d\ude00\"\\/\n\r\t\b\f\u0001\u007f""#;
        assert_eq!(value.dump(COMPACT), compact);
        let list = Json::parse("[1,{\"a\":2}]").unwrap();
        assert_eq!(list.dump(SPACED), r#"[1, {"a": 2}]"#);
        assert_eq!(list.dump(COMPACT), r#"[1,{"a":2}]"#);
    }

    #[test]
    fn what_is_no_json_is_refused_without_a_panic() {
        let deep = "[".repeat(100_000);
        for text in [
            "",
            "[1",
            "[1,]",
            "{\"a\"}",
            "{a:1}",
            "\"a",
            "\"\\",
            "\"\\u12",
            "\"\\uzzzz\"",
            "\"\\u+123\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\ud800\\",
            "\"\\udc00\"",
            "\"\n\"",
            "1 2",
            "-",
            "nul",
            "\"\\é\"",
            &deep,
        ] {
            assert!(Json::parse(text).is_err(), "{text}");
        }
    }
}
