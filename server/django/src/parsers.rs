//! Which parser reads a body and what it makes of it: `rest_framework.parsers`, and `select_parser` of DRF's negotiation.

use crate::media::MediaType;
use crate::multipart::{MultipartError, Part, parse_multipart};
use crate::{charset, form, json};
use json::{Members, Raw, RawText, Root};

/// What reads the body of one request.
pub struct Parser<'c> {
    kind: Kind,
    content_type: &'c str,
    /// The charset that the media type names.
    charset: Option<String>,
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

/// What a body says.
pub enum Data<'b> {
    /// Names and values.
    Fields(Fields<'b>),
    /// JSON that is no object, by the name of its Python type.
    Other(&'static str),
}

/// The fields of a body, of which a value is read when it is asked for.
pub struct Fields<'b>(Source<'b>);

enum Source<'b> {
    Json(Members<'b>),
    Form(Vec<(String, String)>),
    Multipart(Vec<(String, Part)>),
}

impl Fields<'_> {
    /// The fields of a request without a body.
    pub fn none() -> Self {
        Self(Source::Form(Vec::new()))
    }

    /// The pairs of a form in their order, without its files; JSON has none.
    pub fn into_pairs(self) -> Vec<(String, String)> {
        match self.0 {
            Source::Json(_) => Vec::new(),
            Source::Form(pairs) => pairs,
            Source::Multipart(parts) => {
                let text = |(name, part)| match part {
                    Part::Text(text) => Some((name, text)),
                    Part::File => None,
                };
                parts.into_iter().filter_map(text).collect()
            }
        }
    }

    /// The value of a field: of several the last. To a text field a file is what a list is: not a string.
    pub fn get(&self, name: &str) -> Option<Raw<'_>> {
        let text = |text| Raw::Text(RawText::plain(text));
        match &self.0 {
            Source::Json(members) => members.get(name),
            Source::Form(pairs) => {
                let (_, value) = pairs.iter().rev().find(|(known, _)| known == name)?;
                Some(text(value))
            }
            Source::Multipart(parts) => {
                let (_, part) = parts.iter().rev().find(|(known, _)| known == name)?;
                Some(match part {
                    Part::Text(value) => text(value),
                    Part::File => Raw::List(b"[]"),
                })
            }
        }
    }
}

/// The parser for a `Content-Type`, which is empty where there is none.
///
/// # Errors
/// No parser takes this media type.
pub fn select(content_type: &str) -> Result<Parser<'_>, ParseError> {
    let parser = |kind, charset: Option<&str>| Parser {
        kind,
        content_type,
        charset: charset.map(str::to_owned),
    };
    // what nearly every client writes
    if content_type == "application/json" {
        return Ok(parser(Kind::Json, None));
    }
    let media_type = MediaType::parse(content_type);
    let kind = [
        (Kind::Json, ("application", "json")),
        (Kind::Form, ("application", "x-www-form-urlencoded")),
        (Kind::Multipart, ("multipart", "form-data")),
    ]
    .into_iter()
    .find_map(|(kind, offered)| media_type.matches(offered).then_some(kind));
    match kind {
        Some(kind) => Ok(parser(kind, media_type.charset())),
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

    /// What the body says, of which at most `most` bytes are outside of files.
    ///
    /// ```
    /// # use gatepost_django as django;
    /// use django::json::Raw;
    /// use django::parsers::{self, Data};
    ///
    /// let parser = parsers::select("application/x-www-form-urlencoded").unwrap();
    /// let Ok(Data::Fields(fields)) = parser.parse(b"name=Ada&born=1815", 100) else {
    ///     panic!("a form has fields")
    /// };
    /// assert!(matches!(fields.get("name"), Some(Raw::Text(name)) if name == *"Ada"));
    /// ```
    ///
    /// # Errors
    /// The body is malformed or beyond a limit.
    pub fn parse<'b>(&self, body: &'b [u8], most: usize) -> Result<Data<'b>, ParseError> {
        let label = self.charset.as_deref();
        let charset = charset::lookup(label).ok_or_else(|| {
            let label = label.unwrap_or_default();
            ParseError::Malformed(format!(
                "Unsupported charset \"{label}\" in request Content-Type header."
            ))
        })?;
        let source = match self.kind {
            Kind::Json => {
                let root = charset::decode_stream(body, charset).and_then(json::read_body);
                let failed =
                    |message| ParseError::Malformed(format!("JSON parse error - {message}"));
                match root.map_err(failed)? {
                    Root::Object(members) => Source::Json(members),
                    Root::Other(python_type) => return Ok(Data::Other(python_type)),
                }
            }
            Kind::Form => {
                let pairs = form::parse_form(body, charset);
                Source::Form(pairs.map_err(|_| ParseError::TooLarge)?)
            }
            Kind::Multipart => {
                let parts = parse_multipart(self.content_type, body, charset, most);
                Source::Multipart(parts.map_err(|error| match error {
                    MultipartError::TooLarge => ParseError::TooLarge,
                    MultipartError::Parse(message) => {
                        ParseError::Malformed(format!("Multipart form parse error - {message}"))
                    }
                })?)
            }
        };
        Ok(Data::Fields(Fields(source)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields<'b>(content_type: &str, body: &'b [u8]) -> Fields<'b> {
        match select(content_type).unwrap().parse(body, 1000) {
            Ok(Data::Fields(fields)) => fields,
            _ => panic!("no fields"),
        }
    }

    fn is(fields: &Fields<'_>, name: &str, wanted: &str) -> bool {
        matches!(fields.get(name), Some(Raw::Text(text)) if text == *wanted)
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
            let got = select(content_type).and_then(|parser| parser.parse(body.as_bytes(), 100_000).map(drop));
            assert_eq!(got, Err(expected));
        }
    }

    #[test]
    fn a_form_keeps_the_last_value_and_a_file_is_no_text() {
        let form = fields("application/x-www-form-urlencoded", b"a=1&a=2");
        assert!(is(&form, "a", "2") && form.get("b").is_none());
        let body =
            b"--B\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\n1\r\n--B--\r\n";
        let parts = fields("multipart/form-data; boundary=B", body);
        assert!(matches!(parts.get("a"), Some(Raw::List(_))));
        assert!(is(
            &fields("application/json", br#"{"a":1,"\u0061":"2"}"#),
            "a",
            "2"
        ));
    }
}
