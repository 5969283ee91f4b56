//! Which parser reads a body and what it makes of it: `rest_framework.parsers`, and `select_parser` of DRF's negotiation.

use crate::media::MediaType;
use crate::multipart::{MultipartError, Part, parse_multipart};
use crate::{charset, form, json};
use json::{Object, Value};

/// What reads the body of one request.
pub struct Parser<'c> {
    kind: Kind,
    content_type: &'c str,
    media_type: MediaType,
}

/// DRF's parsers, in its order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Json,
    Form,
    Multipart,
}

/// Why a body is not read.
#[derive(Debug, PartialEq, Eq)]
pub enum ParseError {
    /// No parser takes the media type: DRF's sentence, with status 415.
    UnsupportedMediaType(String),
    /// The body is not what its media type says: DRF's sentence, with status 400.
    Malformed(String),
    /// More than Django's limits allow: its HTML page, with status 400.
    TooLarge,
}

/// The parser for a `Content-Type`, which is empty where there is none.
///
/// # Errors
/// No parser takes this media type.
pub fn select(content_type: &str) -> Result<Parser<'_>, ParseError> {
    let media_type = MediaType::parse(content_type);
    let kind = [
        (Kind::Json, ("application", "json")),
        (Kind::Form, ("application", "x-www-form-urlencoded")),
        (Kind::Multipart, ("multipart", "form-data")),
    ]
    .into_iter()
    .find_map(|(kind, offered)| media_type.matches(offered).then_some(kind));
    match kind {
        Some(kind) => Ok(Parser {
            kind,
            content_type,
            media_type,
        }),
        None => Err(ParseError::UnsupportedMediaType(format!(
            "Unsupported media type \"{content_type}\" in request."
        ))),
    }
}

impl Parser<'_> {
    /// Whether bodies may hold files, which do not count where Django limits the size of a body.
    pub fn takes_files(&self) -> bool {
        self.kind == Kind::Multipart
    }

    /// What the body says; of a form, the last value of each field.
    ///
    /// ```
    /// # use gatepost_django as django;
    /// use django::json::Value;
    /// use django::parsers;
    ///
    /// let parser = parsers::select("application/x-www-form-urlencoded").unwrap();
    /// let Ok(Value::Object(fields)) = parser.parse(b"name=Ada&born=1815") else {
    ///     panic!("a form is an object")
    /// };
    /// assert!(fields.get("name") == Some(&"Ada".into()));
    /// ```
    ///
    /// # Errors
    /// The body is malformed or beyond a limit.
    pub fn parse(&self, body: &[u8]) -> Result<Value, ParseError> {
        let label = self.media_type.charset();
        let charset = charset::lookup(label).ok_or_else(|| {
            let label = label.unwrap_or_default();
            ParseError::Malformed(format!(
                "Unsupported charset \"{label}\" in request Content-Type header."
            ))
        })?;
        match self.kind {
            Kind::Json => charset::decode_stream(body, charset)
                .and_then(|text| json::parse_body(&text))
                .map_err(|message| ParseError::Malformed(format!("JSON parse error - {message}"))),
            Kind::Form => {
                let pairs = form::parse_form(body, charset).map_err(|_| ParseError::TooLarge)?;
                Ok(object(
                    pairs.into_iter().map(|(name, text)| (name, text.into())),
                ))
            }
            Kind::Multipart => {
                let parts = parse_multipart(self.content_type, body, charset);
                let parts = parts.map_err(|error| match error {
                    MultipartError::TooLarge => ParseError::TooLarge,
                    MultipartError::Parse(message) => {
                        ParseError::Malformed(format!("Multipart form parse error - {message}"))
                    }
                })?;
                Ok(object(parts.into_iter().map(|(name, part)| match part {
                    Part::Text(text) => (name, text.into()),
                    // to a text field a file is what a list is: not a string
                    Part::File => (name, Value::List(Vec::new())),
                })))
            }
        }
    }
}

fn object(pairs: impl Iterator<Item = (String, Value)>) -> Value {
    let mut object = Object::new();
    for (name, value) in pairs {
        object.insert(name, value);
    }
    object.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(content_type: &str, body: &[u8]) -> Result<Value, ParseError> {
        select(content_type)?.parse(body)
    }

    #[test]
    fn negotiates_as_drf() {
        let rows = include_str!("testdata/negotiation.tsv").lines();
        let mut count = 0;
        for line in rows.filter(|line| line.starts_with("parser\t")) {
            let [_, header, _, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let kind = select(header).ok().map(|parser| parser.kind);
            assert_eq!(format!("{kind:?}"), expected, "{line}");
            count += 1;
        }
        assert!(count > 20, "{count} rows");
    }

    #[test]
    fn a_media_type_has_drfs_limit() {
        let type_of = |length: usize| format!("application/json;{}", "x".repeat(length - 17));
        assert!(select(&type_of(256)).is_ok());
        assert!(select(&type_of(257)).is_err());
    }

    #[test]
    fn every_refusal_has_drfs_sentence() {
        let multipart = "multipart/form-data; boundary=B";
        let thousand = "&".repeat(1000);
        for (content_type, body, expected) in [
            ("text/plain", "", ParseError::UnsupportedMediaType("Unsupported media type \"text/plain\" in request.".into())),
            ("application/json; charset=hex", "", ParseError::Malformed("Unsupported charset \"hex\" in request Content-Type header.".into())),
            ("application/json", "{", ParseError::Malformed("JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)".into())),
            ("application/json; charset=ascii", "\u{e9}", ParseError::Malformed("JSON parse error - 'ascii' codec can't decode byte 0xc3 in position 0: ordinal not in range(128)".into())),
            ("multipart/form-data", "", ParseError::Malformed("Multipart form parse error - Invalid boundary in multipart: None".into())),
            ("application/x-www-form-urlencoded", &thousand, ParseError::TooLarge),
            (multipart, &"--B\r\n\r\n".repeat(1003), ParseError::TooLarge),
        ] {
            assert_eq!(parse(content_type, body.as_bytes()), Err(expected));
        }
    }

    #[test]
    fn a_form_keeps_the_last_value_and_a_file_is_no_text() {
        let Ok(Value::Object(form)) = parse("application/x-www-form-urlencoded", b"a=1&a=2") else {
            panic!("no object")
        };
        assert_eq!(form.get("a"), Some(&"2".into()));
        let body =
            b"--B\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\n1\r\n--B--\r\n";
        let Ok(Value::Object(parts)) = parse("multipart/form-data; boundary=B", body) else {
            panic!("no object")
        };
        assert_eq!(parts.get("a"), Some(&Value::List(Vec::new())));
    }
}
