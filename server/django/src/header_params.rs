//! `value; name=value` headers as Django's `parse_header_parameters` (Python's `email` package) reads them.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use crate::charset;
use crate::python::strip;

/// A header's main value in lower case and its parameters; a repeated name holds its last value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderParams {
    /// The main value in lower case.
    pub value: String,
    params: Vec<(String, String)>,
    /// A parameter was in an unknown charset (RFC 2231), where Django raises `ValueError`.
    pub(super) is_refused: bool,
}

impl HeaderParams {
    /// Never fails: a parameter in an unknown charset, which Django answers with 500, is left out.
    pub fn parse(header: &str) -> Self {
        let mut pieces = split(header).into_iter();
        let value = pieces.next().unwrap_or_default();
        let mut parsed = Self {
            // Where there are parameters, a `=` before them ends the main value.
            value: match value.split_once('=') {
                Some((name, _)) if header.contains(';') => strip(name).to_lowercase(),
                _ => strip(value).to_lowercase(),
            },
            params: Vec::new(),
            is_refused: false,
        };
        let mut extended: Vec<(String, Vec<Segment>)> = Vec::new();
        for piece in pieces {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let (name, value) = (strip(name), unquote(strip(value)).into_owned());
            let name = if piece.contains('=') {
                name.to_lowercase()
            } else {
                name.to_owned()
            };
            if let Some((base, number, encoded)) = continuation(&name) {
                let segment = (number, value, encoded);
                match extended.iter_mut().find(|(known, _)| known == base) {
                    Some((_, segments)) => segments.push(segment),
                    None => extended.push((base.to_owned(), vec![segment])),
                }
            } else if !name.is_empty() {
                parsed.set(name, value);
            }
        }
        for (name, segments) in extended {
            match join(segments) {
                Some(value) => parsed.set(name, value),
                None => parsed.is_refused = true,
            }
        }
        parsed
    }

    /// A parameter by its name in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn set(&mut self, name: String, value: String) {
        match self.params.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.params.push((name, value)),
        }
    }
}

/// Splits at each `;` before which the piece holds an even number of `"` that are not `\"`.
fn split(header: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in header.bytes().enumerate() {
        match byte {
            b';' if !quoted => {
                pieces.push(&header[start..at]);
                (start, quoted) = (at + 1, false);
            }
            b'"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = byte == b'\\';
    }
    pieces.push(&header[start..]);
    pieces
}

/// `email.utils.unquote`.
fn unquote(value: &str) -> Cow<'_, str> {
    let inside = |open, close| value.strip_prefix(open)?.strip_suffix(close);
    if let Some(inner) = inside('"', '"') {
        return inner.replace("\\\\", "\\").replace("\\\"", "\"").into();
    }
    inside('<', '>').unwrap_or(value).into()
}

/// A piece of an RFC 2231 value: its number, its text, whether it is percent-encoded.
type Segment = (Option<u64>, String, bool);

/// `name*`, `name*0` and `name*0*` as base name, number and whether the value is encoded.
fn continuation(name: &str) -> Option<(&str, Option<u64>, bool)> {
    let (base, rest) = name.split_once('*')?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if base.is_empty() || !base.bytes().all(is_word) {
        return None;
    }
    if rest.is_empty() {
        return Some((base, None, true));
    }
    let number = rest.strip_suffix('*').unwrap_or(rest);
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = number.parse().unwrap_or(u64::MAX);
    Some((base, Some(number), rest.ends_with('*')))
}

/// `charset'language'text` of all segments, decoded; none where Django refuses the charset.
fn join(mut segments: Vec<Segment>) -> Option<String> {
    segments.sort();
    if segments.iter().all(|(_, _, encoded)| !encoded) {
        return Some(segments.into_iter().map(|(_, text, _)| text).collect());
    }
    let mut bytes = Vec::new();
    for (_, text, encoded) in &segments {
        let text = raw_unicode_escape(text);
        if *encoded {
            bytes.extend(percent_decode(&text));
        } else {
            bytes.extend(text);
        }
    }
    let mut parts = bytes.splitn(3, |&byte| byte == b'\'');
    let (label, text) = match (parts.next(), parts.next(), parts.next()) {
        (Some(b""), Some(_), Some(text)) => ("latin-1".into(), text),
        (Some(label), Some(_), Some(text)) => (String::from_utf8_lossy(label), text),
        _ => ("ascii".into(), &*bytes),
    };
    let charset = charset::named(&label)?;
    Some(charset::decode_replacing(text, charset))
}

/// Python's codec of that name, by which `collapse_rfc2231_value` comes back to bytes.
fn raw_unicode_escape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for char in text.chars() {
        match (u8::try_from(char), u32::from(char)) {
            (Ok(byte), _) => bytes.push(byte),
            (_, code @ ..=0xFFFF) => bytes.extend(format!("\\u{code:04x}").bytes()),
            (_, code) => bytes.extend(format!("\\U{code:08x}").bytes()),
        }
    }
    bytes
}
