//! `multipart/form-data` bodies as Django's `MultiPartParser` reads them.

use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use base64::prelude::Engine;
use memchr::memmem::{self, Finder};

use crate::charset::{Charset, decode_replacing};
use crate::filename::is_usable;
use crate::header_params::HeaderParams;

/// Django's `DATA_UPLOAD_MAX_NUMBER_FIELDS`, and two for what stands before and after the parts.
const MAX_FIELDS: usize = 1000 + 2;
/// Django's `DATA_UPLOAD_MAX_NUMBER_FILES`.
const MAX_FILES: usize = 100;
/// Django's `MAX_TOTAL_HEADER_SIZE`, the blank line included.
const MAX_HEADERS: usize = 1024;

/// One part of a form.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub enum Part {
    /// A field's value.
    Text(String),
    /// A file, whose content no field of the API takes.
    File,
}

/// Why a body is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum MultipartError {
    /// What stands after "Multipart form parse error - ".
    Parse(String),
    /// Too many bytes, fields or files: an HTML 400.
    TooLarge,
}

/// The fields in order, then the files, since in DRF's data a file hides a field of its name. Outside of files there are
/// at most `most` bytes (Django's `DATA_UPLOAD_MAX_MEMORY_SIZE`).
pub fn parse_multipart(
    content_type: &str,
    body: &[u8],
    charset: Charset,
    most: usize,
) -> Result<Vec<(String, Part)>, MultipartError> {
    let separator = format!("--{}", boundary(content_type)?);
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    // A file counts once something follows it: one that the body's end cuts off is dropped.
    let mut last_file: Option<String> = None;
    let (mut field_count, mut file_count, mut bytes) = (0, 0, 0);

    for piece in pieces(body, &separator) {
        files.extend(last_file.take().map(|name| (name, Part::File)));
        let part = RawPart::parse(piece, charset)?;
        if !part.is_file {
            field_count += 1;
            if field_count > MAX_FIELDS {
                return Err(MultipartError::TooLarge);
            }
        }
        let Some(name) = part.name else {
            continue;
        };
        if part.is_file {
            file_count += 1;
            if file_count > MAX_FILES {
                return Err(MultipartError::TooLarge);
            }
            if part.is_base64 && part.has_usable_filename {
                check_base64(part.content)?;
            }
            last_file = (part.has_usable_filename && !name.is_empty()).then_some(name);
            continue;
        }
        bytes += part.content.len() + name.chars().count() + 2;
        if bytes > most {
            return Err(MultipartError::TooLarge);
        }
        let decoded = part.is_base64.then(|| base64(part.content)).flatten();
        let value = decode_replacing(decoded.as_deref().unwrap_or(part.content), charset);
        fields.push((name, Part::Text(value)));
    }
    fields.append(&mut files);
    Ok(fields)
}

fn failed<T>(message: impl Into<String>) -> Result<T, MultipartError> {
    Err(MultipartError::Parse(message.into()))
}

fn boundary(header: &str) -> Result<String, MultipartError> {
    if !header.starts_with("multipart/") {
        return failed(format!("Invalid Content-Type: {header}"));
    }
    if !header.is_ascii() {
        return failed(format!(
            "Invalid non-ASCII Content-Type in multipart: {header}"
        ));
    }
    let params = HeaderParams::parse(header);
    let boundary = params.get("boundary");
    let is_valid = |boundary: &str| {
        (1..=201).contains(&boundary.len())
            && boundary.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            && !boundary.ends_with(' ')
    };
    match boundary {
        Some(boundary) if is_valid(boundary) => Ok(boundary.to_owned()),
        _ => failed(format!(
            "Invalid boundary in multipart: {}",
            boundary.unwrap_or("None")
        )),
    }
}

/// What stands before, between and after the separators; one line end before a separator belongs to it.
fn pieces<'a>(body: &'a [u8], separator: &str) -> impl Iterator<Item = &'a [u8]> {
    let separator = Finder::new(separator.as_bytes()).into_owned();
    let mut rest = body;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(at) = separator.find(rest) else {
            return Some(std::mem::take(&mut rest));
        };
        let piece = &rest[..at];
        rest = &rest[at + separator.needle().len()..];
        let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
        Some(piece.strip_suffix(b"\r").unwrap_or(piece))
    })
}

/// A piece with its headers read; without a disposition it has no name.
#[derive(Default)]
struct RawPart<'a> {
    name: Option<String>,
    is_file: bool,
    has_usable_filename: bool,
    is_base64: bool,
    content: &'a [u8],
}

impl<'a> RawPart<'a> {
    fn parse(piece: &'a [u8], charset: Charset) -> Result<Self, MultipartError> {
        // Django reads names as UTF-8, and then decodes them once more in the request's charset
        let again = |text: &str| decode_replacing(text.as_bytes(), charset);
        let start = &piece[..piece.len().min(MAX_HEADERS)];
        let Some(end) = memmem::find(start, b"\r\n\r\n") else {
            if start.len() == MAX_HEADERS {
                return failed("Request max total header size exceeded.");
            }
            return Ok(Self::default());
        };
        let mut part = Self {
            content: &piece[end + 4..],
            ..Self::default()
        };
        let lines = String::from_utf8_lossy(&piece[..end]);
        for line in lines.split("\r\n") {
            let params = HeaderParams::parse(line);
            let Some((header, value)) = params.value.split_once(':') else {
                continue;
            };
            // A line that is not UTF-8 or names an unknown charset is no header.
            if params.is_refused || line.contains(char::REPLACEMENT_CHARACTER) {
                continue;
            }
            match header {
                "content-disposition" => {
                    let filename = params.get("filename").unwrap_or_default();
                    part.name = params
                        .get("name")
                        .map(|name| again(name.trim_matches(is_ascii_space)));
                    part.is_file = !filename.is_empty();
                    part.has_usable_filename = is_usable(&again(filename));
                }
                "content-transfer-encoding" => part.is_base64 = value.trim() == "base64",
                _ => {}
            }
        }
        Ok(part)
    }
}

fn is_ascii_space(char: char) -> bool {
    matches!(char, '\t'..='\r' | ' ')
}

/// A file's base64 must be whole groups of four that decode.
fn check_base64(content: &[u8]) -> Result<(), MultipartError> {
    let is_space = |byte: u8| is_ascii_space(byte.into());
    let text: Vec<u8> = content
        .iter()
        .copied()
        .filter(|&byte| !is_space(byte))
        .collect();
    if text.len().is_multiple_of(4) && base64(&text).is_some() {
        return Ok(());
    }
    failed("Could not decode base64 data.")
}

/// Digits alone, whose last one may have bits too many.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Python's `base64.b64decode`: other characters are skipped, padding ends the text.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut digits = Vec::with_capacity(text.len());
    let mut pads = 0;
    for &byte in text {
        let in_group = digits.len() % 4;
        match byte {
            b'=' if in_group >= 2 => {
                pads += 1;
                if in_group + pads >= 4 {
                    return BASE64.decode(digits).ok();
                }
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                pads = 0;
                digits.push(byte);
            }
            _ => {}
        }
    }
    let is_whole = digits.len().is_multiple_of(4);
    is_whole.then(|| BASE64.decode(digits).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    const MOST: usize = 2_621_440;
    use crate::charset::{latin1, lookup};

    const TYPE: &str = "multipart/form-data; boundary=B";

    /// As the table writes it: `name=value` or `name@` for a file, percent-encoded, joined by spaces.
    fn written(result: &Result<Vec<(String, Part)>, MultipartError>) -> String {
        let code = |text: &str| {
            text.bytes().fold(String::new(), |mut out, byte| {
                if byte.is_ascii_alphanumeric() {
                    out.push(byte.into());
                } else {
                    write!(out, "%{byte:02X}").unwrap();
                }
                out
            })
        };
        match result {
            Err(MultipartError::TooLarge) => "too large".to_owned(),
            Err(MultipartError::Parse(message)) => format!("error {message}"),
            Ok(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|(name, part)| match part {
                        Part::Text(value) => format!("{}={}", code(name), code(value)),
                        Part::File => format!("{}@", code(name)),
                    })
                    .collect();
                format!("ok {}", parts.join(" "))
            }
        }
    }

    #[test]
    fn bodies_parse_as_in_django() {
        let mut wrong = String::new();
        let mut count = 0;
        for line in include_str!("testdata/multipart.tsv").lines().skip(1) {
            let [content_type, body, expected] = line.splitn(3, '\t').collect::<Vec<_>>()[..]
            else {
                panic!("{line}")
            };
            let content_type: Vec<u8> = percent_decode_str(content_type).collect();
            let content_type = latin1(&content_type);
            let body: Vec<u8> = percent_decode_str(body).collect();
            let got = written(&parse_multipart(&content_type, &body, Charset::Utf8, MOST));
            if got != expected {
                writeln!(wrong, "{line}\n  got {got}").unwrap();
            }
            count += 1;
        }
        assert!(count > 200, "{count} rows");
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn limits_are_djangos() {
        let field = |name: &str, size: usize| {
            let value = "x".repeat(size);
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let file = "--B\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n1\r\n";
        let parse = |body: String| {
            parse_multipart(
                TYPE,
                format!("{body}--B--\r\n").as_bytes(),
                Charset::Utf8,
                MOST,
            )
        };
        let largest = MOST - 2 * 2 - 2 * 2;
        assert_eq!(
            parse(field("ab", 10) + &field("cd", largest - 10))
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            parse(field("ab", 10) + &field("cd", largest - 9)),
            Err(MultipartError::TooLarge)
        );
        assert_eq!(parse(field("a", 1).repeat(1000)).unwrap().len(), 1000);
        assert_eq!(
            parse(field("a", 1).repeat(1001)),
            Err(MultipartError::TooLarge)
        );
        assert_eq!(parse(file.repeat(100)).unwrap().len(), 100);
        assert_eq!(parse(file.repeat(101)), Err(MultipartError::TooLarge));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..60), content_type in ".{0,60}",
                          parts in "(--B|\r\n|Content-Disposition: form-data; name=|filename\\*?[01]?=|;|\"|=|'|x|\u{e9}){0,30}") {
            let _ = parse_multipart(&content_type, &body, Charset::Utf8, MOST);
            let _ = parse_multipart(TYPE, parts.as_bytes(), lookup(Some("latin-1")).unwrap(), MOST);
            let _ = parse_multipart(&format!("multipart/x;{parts}"), b"--", Charset::Utf8, MOST);
        }
    }
}
