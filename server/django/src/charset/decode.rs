//! Bytes in a charset to text, by the rules of Python's `bytes.decode` and of its stream readers.

use std::borrow::Cow;
use std::{iter, mem};

use super::codecs::Charset;
use super::single_byte::Table;
use super::units::{CodePoints, Order, Width};

/// Decodes a whole body as DRF's `codecs.getreader(charset)` does: a character cut off at its end is dropped.
///
/// # Errors
/// The text of Python's `UnicodeError`.
pub fn decode_stream(bytes: &[u8], charset: Charset) -> Result<Cow<'_, str>, String> {
    let chars = match charset {
        Charset::Utf8 => return utf8_stream(bytes),
        Charset::Utf8Sig => return utf8_stream(without_utf8_mark(bytes)),
        Charset::SingleByte(table) => single_byte(bytes, table),
        Charset::Wide(width, order) => {
            let (marked, _) = by_mark(bytes, width);
            wide(bytes, width, order.unwrap_or(marked))
        }
    };
    let text = chars
        .map_while(|char| char.map_or_else(|fault| fault.map(Err), |char| Some(Ok(char))))
        .collect::<Result<String, Malformed>>()
        .map_err(|malformed| malformed.explain(bytes))?;
    let Charset::Wide(width, None) = charset else {
        return Ok(text.into());
    };
    match text.strip_prefix('\u{FEFF}') {
        Some(rest) => Ok(rest.to_owned().into()),
        None if text.is_empty() => Ok(text.into()),
        None => Err(format!(
            "UTF-{} stream does not start with BOM",
            8 * width.bytes()
        )),
    }
}

/// `bytes.decode(charset, "replace")`: U+FFFD for what is malformed.
pub fn decode_replacing(bytes: &[u8], charset: Charset) -> String {
    match whole(bytes, charset) {
        Whole::Utf8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Whole::Chars(chars) => chars
            .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
    }
}

/// `bytes.decode(charset)`; none where it raises.
pub fn decode_strictly(bytes: &[u8], charset: Charset) -> Option<String> {
    match whole(bytes, charset) {
        Whole::Utf8(bytes) => str::from_utf8(bytes).ok().map(str::to_owned),
        Whole::Chars(chars) => chars.collect::<Result<_, _>>().ok(),
    }
}

/// `bytes.decode("latin-1")`: so Python reads a header.
pub fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Characters in turn, or what is malformed, or none for one that is cut off.
type Chars<'a> = Box<dyn Iterator<Item = Result<char, Option<Malformed>>> + 'a>;

/// What is no character: the codec, where, how many bytes, and why.
struct Malformed(&'static str, usize, usize, &'static str);

impl Malformed {
    /// The text of Python's `UnicodeDecodeError`.
    fn explain(&self, bytes: &[u8]) -> String {
        let Self(codec, at, length, reason) = *self;
        let last = at + length - 1;
        let what = match bytes.get(at) {
            Some(byte) if at == last => format!("byte 0x{byte:02x} in position {at}"),
            _ => format!("bytes in position {at}-{last}"),
        };
        format!("'{codec}' codec can't decode {what}: {reason}")
    }
}

/// Bytes that are all there, their mark taken off.
enum Whole<'a> {
    Utf8(&'a [u8]),
    Chars(Chars<'a>),
}

fn whole(bytes: &[u8], charset: Charset) -> Whole<'_> {
    Whole::Chars(match charset {
        Charset::Utf8 => return Whole::Utf8(bytes),
        Charset::Utf8Sig => return Whole::Utf8(without_utf8_mark(bytes)),
        Charset::SingleByte(table) => single_byte(bytes, table),
        Charset::Wide(width, Some(order)) => wide(bytes, width, order),
        Charset::Wide(width, None) => {
            let (order, rest) = by_mark(bytes, width);
            wide(rest, width, order)
        }
    })
}

fn without_utf8_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The order that a byte order mark says, and what follows it.
fn by_mark(bytes: &[u8], width: Width) -> (Order, &[u8]) {
    let (little, big): (&[u8], &[u8]) = match width {
        Width::Utf16 => (b"\xFF\xFE", b"\xFE\xFF"),
        Width::Utf32 => (b"\xFF\xFE\0\0", b"\0\0\xFE\xFF"),
    };
    match bytes.strip_prefix(big) {
        Some(rest) => (Order::Big, rest),
        None => (Order::Little, bytes.strip_prefix(little).unwrap_or(bytes)),
    }
}

fn single_byte<'a>(bytes: &'a [u8], table: &'static Table) -> Chars<'a> {
    let (codec, reason) = table.refusal();
    Box::new(bytes.iter().enumerate().map(move |(at, byte)| {
        let malformed = Some(Malformed(codec, at, 1, reason));
        table.char(*byte).ok_or(malformed)
    }))
}

fn wide(bytes: &[u8], width: Width, order: Order) -> Chars<'_> {
    let codec = match (width, order) {
        (Width::Utf16, Order::Little) => "utf-16-le",
        (Width::Utf16, Order::Big) => "utf-16-be",
        (Width::Utf32, Order::Little) => "utf-32-le",
        (Width::Utf32, Order::Big) => "utf-32-be",
    };
    let mut code_points = CodePoints {
        rest: bytes,
        width,
        order,
    };
    Box::new(iter::from_fn(move || {
        let at = bytes.len() - code_points.rest.len();
        let Some(code) = code_points.next() else {
            let rest = mem::take(&mut code_points.rest);
            return (!rest.is_empty()).then_some(Err(None));
        };
        let reason = match (width, code) {
            (Width::Utf16, ..0xDC00) => "illegal UTF-16 surrogate",
            (Width::Utf16, _) => "illegal encoding",
            (Width::Utf32, ..0x11_0000) => {
                "code point in surrogate code point range(0xd800, 0xe000)"
            }
            (Width::Utf32, _) => "code point not in range(0x110000)",
        };
        let malformed = Some(Malformed(codec, at, width.bytes(), reason));
        Some(char::from_u32(code).ok_or(malformed))
    }))
}

fn utf8_stream(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let error = match str::from_utf8(bytes) {
        Ok(text) => return Ok(text.into()),
        Err(error) => error,
    };
    let (valid, rest) = bytes.split_at(error.valid_up_to());
    // Python also waits for the third byte of a surrogate before it refuses it.
    let cut_off = matches!(rest, [0xED, 0xA0..=0xBF]);
    let Some(length) = error.error_len().filter(|_| !cut_off) else {
        return Ok(String::from_utf8_lossy(valid));
    };
    let reason = match rest.first() {
        Some(0xC2..=0xF4) => "invalid continuation byte",
        _ => "invalid start byte",
    };
    Err(Malformed("utf-8", valid.len(), length, reason).explain(bytes))
}
