//! Request bodies in the charset that `Content-Type` names: Python's codecs, their names and messages.

use std::borrow::Cow;
use std::sync::OnceLock;

use encoding_rs::Encoding;

mod bytes;
mod names;

pub use bytes::{decode_replacing, decode_strictly};
use names::{NOT_TEXT, SUPPORTED, UNSUPPORTED};

/// A text codec of Python's that is decoded here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// UTF-8 whose byte order mark, if any, is dropped.
    Utf8Sig,
    /// ASCII.
    Ascii,
    /// ISO 8859-1: each byte is its code point.
    Latin1,
    /// Without an order it takes a byte order mark.
    Utf16(Option<Order>),
    /// Without an order it takes a byte order mark.
    Utf32(Option<Order>),
    /// One byte a character, by the WHATWG's table, corrected where Python's differs.
    Table(Family, &'static Encoding),
}

/// The characters of the bytes 80 to FF.
pub(super) type UpperHalf = [Option<char>; 0x80];

/// How Python's tables differ from the WHATWG's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Family {
    /// ISO 8859.
    Iso,
    /// The code pages of Windows.
    Windows,
    /// KOI8.
    Koi,
}

/// The order of bytes in a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// The lowest first.
    Little,
    /// The highest first.
    Big,
}

/// Why a body is not read.
#[derive(Debug, PartialEq, Eq)]
pub enum CharsetError {
    /// Python knows the name, but not as a text codec, or has the codec and Gatepost does not: DRF's
    /// `Unsupported charset "…"`.
    Unsupported(String),
    /// The bytes are not in the charset; the text of Python's `UnicodeError`.
    Malformed(String),
}

/// The codec of a label, as `codecs.lookup` finds it; none or an unknown one means UTF-8, as in Django.
pub fn lookup(label: Option<&str>) -> Result<Charset, CharsetError> {
    let Some(label) = label else {
        return Ok(Charset::Utf8);
    };
    let name = normalise(label);
    // `encodings` also takes an alias, but not a codec's own name, with dots for underscores.
    let dotless = name.replace('.', "_");
    let is_named = |names: &str| {
        let (own, aliases) = names.split_once(' ').unwrap_or((names, ""));
        own == name || is_listed(aliases, &name) || is_listed(aliases, &dotless)
    };
    if let Some((_, charset)) = SUPPORTED.iter().find(|(names, _)| is_named(names)) {
        return Ok(*charset);
    }
    if is_listed(NOT_TEXT, &name) || is_listed(UNSUPPORTED, &name) {
        return Err(CharsetError::Unsupported(label.to_owned()));
    }
    Ok(Charset::Utf8)
}

/// Decodes a whole body as DRF's `codecs.getreader(label)` does: a character cut off at its end is dropped.
pub fn decode<'a>(bytes: &'a [u8], label: Option<&str>) -> Result<Cow<'a, str>, CharsetError> {
    let decoded = match lookup(label)? {
        Charset::Utf8 => utf8(bytes),
        Charset::Utf8Sig => match bytes {
            [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
            _ => utf8(bytes),
        },
        Charset::Ascii => match std::str::from_utf8(bytes) {
            Ok(text) if text.is_ascii() => Ok(text.into()),
            _ => single(bytes, "ascii", "ordinal not in range(128)", |byte| {
                byte.is_ascii().then_some(byte.into())
            }),
        },
        Charset::Latin1 => Ok(bytes.iter().copied().map(char::from).collect()),
        Charset::Table(family, table) => {
            let chars = upper_half(family, table);
            single(bytes, "charmap", "character maps to <undefined>", |byte| {
                python_char(chars, byte)
            })
        }
        Charset::Utf16(Some(order)) => utf16(bytes, order),
        Charset::Utf32(Some(order)) => utf32(bytes, order),
        Charset::Utf16(None) => match bytes {
            [0xFE, 0xFF, ..] => utf16(bytes, Order::Big),
            _ => utf16(bytes, Order::Little),
        }
        .and_then(|text| without_mark(text, "UTF-16")),
        Charset::Utf32(None) => match bytes {
            [0, 0, 0xFE, 0xFF, ..] => utf32(bytes, Order::Big),
            _ => utf32(bytes, Order::Little),
        }
        .and_then(|text| without_mark(text, "UTF-32")),
    };
    decoded.map_err(CharsetError::Malformed)
}

/// Decodes a header's parameter, U+FFFD for what is malformed; none if its charset is not known here.
pub(crate) fn decode_lossy(bytes: &[u8], label: &str) -> Option<String> {
    let charset = lookup(Some(label)).ok()?;
    if charset == Charset::Utf8 && !is_listed(SUPPORTED[0].0, &normalise(label)) {
        return None;
    }
    Some(bytes::decode_replacing(bytes, charset))
}

fn is_listed(names: &str, name: &str) -> bool {
    names
        .split(' ')
        .any(|known| !known.is_empty() && known == name)
}

/// Lower case; runs of other characters than letters, digits and dots become one `_` inside, nothing outside.
fn normalise(label: &str) -> String {
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '.';
    let mut name = String::with_capacity(label.len());
    for word in label
        .split(|char| !is_word(char))
        .filter(|word| !word.is_empty())
    {
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(&word.to_ascii_lowercase());
    }
    name
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let Err(error) = std::str::from_utf8(bytes) else {
        return Ok(String::from_utf8_lossy(bytes));
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
    Err(malformed("utf-8", bytes, valid.len(), length, reason))
}

/// The text of Python's `UnicodeDecodeError`.
fn malformed(codec: &str, bytes: &[u8], at: usize, length: usize, reason: &str) -> String {
    match bytes.get(at) {
        Some(byte) if length == 1 => {
            format!("'{codec}' codec can't decode byte 0x{byte:02x} in position {at}: {reason}")
        }
        _ => {
            let last = at + length - 1;
            format!("'{codec}' codec can't decode bytes in position {at}-{last}: {reason}")
        }
    }
}

fn single<'a>(
    bytes: &'a [u8],
    codec: &str,
    reason: &str,
    char: impl Fn(u8) -> Option<char>,
) -> Result<Cow<'a, str>, String> {
    let mut text = String::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let Some(char) = char(byte) else {
            return Err(malformed(codec, bytes, at, 1, reason));
        };
        text.push(char);
    }
    Ok(text.into())
}

/// Python's characters of the bytes 80 to FF, put together once: a form may ask for them for each of its bytes.
pub(super) fn upper_half(family: Family, table: &'static Encoding) -> &'static UpperHalf {
    static MADE: [OnceLock<UpperHalf>; SUPPORTED.len()] = [const { OnceLock::new() }; _];
    let charset = Charset::Table(family, table);
    let place = SUPPORTED.iter().position(|(_, known)| *known == charset);
    MADE[place.unwrap_or_default()].get_or_init(|| corrected(family, table))
}

fn corrected(family: Family, table: &'static Encoding) -> UpperHalf {
    let whatwg = |table: &'static Encoding, byte: u8| {
        let bytes = [byte];
        let text = table.decode_without_bom_handling_and_without_replacement(&bytes)?;
        text.chars().next()
    };
    let char = |byte: u8| match (family, byte) {
        (Family::Iso, ..0xA0) => Some(byte.into()),
        // The WHATWG fills holes with control characters; its KOI8-U has two letters of Belarusian.
        (Family::Windows, _) => whatwg(table, byte).filter(|char| !char.is_control()),
        (Family::Koi, 0xAE | 0xBE) => whatwg(encoding_rs::KOI8_R, byte),
        _ => whatwg(table, byte),
    };
    let mut chars = [None; 0x80];
    for (place, byte) in chars.iter_mut().zip(0x80..=0xFF) {
        *place = char(byte);
    }
    if table == encoding_rs::WINDOWS_1255 {
        chars[0xCA - 0x80] = None;
    }
    chars
}

pub(super) fn python_char(upper_half: &UpperHalf, byte: u8) -> Option<char> {
    match byte.checked_sub(0x80) {
        None => Some(byte.into()),
        Some(place) => upper_half.get(usize::from(place)).copied().flatten(),
    }
}

/// A text in UTF-16 or UTF-32 must start with its mark, which is dropped.
fn without_mark<'a>(text: Cow<'a, str>, form: &str) -> Result<Cow<'a, str>, String> {
    match text.strip_prefix('\u{FEFF}') {
        Some(rest) => Ok(rest.to_owned().into()),
        None if text.is_empty() => Ok(text),
        None => Err(format!("{form} stream does not start with BOM")),
    }
}

fn utf16(bytes: &[u8], order: Order) -> Result<Cow<'_, str>, String> {
    let (units, _) = bytes.as_chunks();
    let (codec, unit): (_, fn([u8; 2]) -> u16) = match order {
        Order::Little => ("utf-16-le", u16::from_le_bytes),
        Order::Big => ("utf-16-be", u16::from_be_bytes),
    };
    let mut text = String::with_capacity(bytes.len());
    let mut at = 0;
    for char in char::decode_utf16(units.iter().copied().map(unit)) {
        match char {
            Ok(char) => {
                text.push(char);
                at += 2 * char.len_utf16();
            }
            Err(error) if error.unpaired_surrogate() >= 0xDC00 => {
                return Err(malformed(codec, bytes, at, 2, "illegal encoding"));
            }
            // Half of a pair at the end is a character cut off.
            Err(_) if at + 2 == 2 * units.len() => break,
            Err(_) => return Err(malformed(codec, bytes, at, 2, "illegal UTF-16 surrogate")),
        }
    }
    Ok(text.into())
}

fn utf32(bytes: &[u8], order: Order) -> Result<Cow<'_, str>, String> {
    let (units, _) = bytes.as_chunks();
    let (codec, unit): (_, fn([u8; 4]) -> u32) = match order {
        Order::Little => ("utf-32-le", u32::from_le_bytes),
        Order::Big => ("utf-32-be", u32::from_be_bytes),
    };
    let mut text = String::with_capacity(bytes.len());
    for (place, code) in units.iter().copied().map(unit).enumerate() {
        let Some(char) = char::from_u32(code) else {
            let reason = if code > 0x10_FFFF {
                "code point not in range(0x110000)"
            } else {
                "code point in surrogate code point range(0xd800, 0xe000)"
            };
            return Err(malformed(codec, bytes, 4 * place, 4, reason));
        };
        text.push(char);
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tables_are_pythons() {
        let mut wrong = String::new();
        for line in include_str!("../testdata/charset_tables.tsv")
            .lines()
            .skip(1)
        {
            let (name, row) = line.split_once('\t').unwrap();
            for (byte, expected) in (0x80..=0xFF).zip(row.split(' ')) {
                let got = match decode(&[byte], Some(name)) {
                    Ok(text) => format!("{:X}", u32::from(text.chars().next().unwrap())),
                    Err(_) => "-".to_owned(),
                };
                if got != expected {
                    writeln!(wrong, "{name} {byte:02X}: got {got}, want {expected}").unwrap();
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn bodies_decode_as_in_python() {
        let mut wrong = String::new();
        let mut count = 0;
        for line in include_str!("../testdata/charset.tsv").lines().skip(1) {
            let (label, rest) = line.split_once('\t').unwrap();
            let (input, expected) = rest.split_once('\t').unwrap();
            let input: Vec<u8> = percent_decode_str(input).collect();
            let got = match decode(&input, Some(label)) {
                Ok(text) => format!("={}", text.escape_default()),
                Err(CharsetError::Malformed(message)) => message,
                Err(CharsetError::Unsupported(name)) => format!("unsupported {name}"),
            };
            if got != expected {
                writeln!(wrong, "{line}\n  got {got}").unwrap();
            }
            count += 1;
        }
        assert!(count > 500, "{count} rows");
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn dots_stand_for_underscores_in_aliases() {
        assert_eq!(decode(b"\xE9", Some("ISO.8859.1")).unwrap(), "é");
    }

    #[test]
    fn without_a_label_a_mark_stays_for_the_parser() {
        let text = decode(b"\xEF\xBB\xBF{}", None).unwrap();
        assert_eq!(text, "\u{FEFF}{}");
        assert!(
            matches!(text, Cow::Borrowed(_)),
            "plain UTF-8 is not copied"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), label in ".{0,12}", place in 0..SUPPORTED.len()) {
            let _ = decode(&bytes, None);
            let _ = decode(&bytes, Some(&label));
            let _ = decode(&bytes, SUPPORTED[place].0.split(' ').next());
            let _ = decode_lossy(&bytes, &label);
        }
    }
}
