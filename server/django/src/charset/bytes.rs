//! Bytes that are whole, in a charset: Python's `bytes.decode`, strict or with U+FFFD for what is malformed.
//!
//! Forms, multipart and query strings are decoded so; a JSON body is read as a stream, which `charset.rs` does.

use super::{Charset, Order, python_char, upper_half};

/// `bytes.decode(charset, "replace")`.
pub fn decode_replacing(bytes: &[u8], charset: Charset) -> String {
    let mut text = String::with_capacity(bytes.len());
    decode(bytes, charset, &mut |char| {
        text.push(char.unwrap_or(char::REPLACEMENT_CHARACTER));
        true
    });
    text
}

/// `bytes.decode(charset)`; `None` where it raises.
pub fn decode_strictly(bytes: &[u8], charset: Charset) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut is_whole = true;
    decode(bytes, charset, &mut |char| {
        text.extend(char);
        is_whole = char.is_some();
        is_whole
    });
    is_whole.then_some(text)
}

/// Hands on each character, or none for a malformed run, for as long as it is wanted.
fn decode(bytes: &[u8], charset: Charset, take: &mut dyn FnMut(Option<char>) -> bool) {
    match charset {
        Charset::Utf8 => utf8(bytes, take),
        Charset::Utf8Sig => utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes), take),
        Charset::Ascii => each(bytes, |byte| byte.is_ascii().then_some(byte.into()), take),
        Charset::Latin1 => each(bytes, |byte| Some(byte.into()), take),
        Charset::Table(family, table) => {
            let upper_half = upper_half(family, table);
            each(bytes, |byte| python_char(upper_half, byte), take);
        }
        Charset::Utf16(Some(order)) => utf16(bytes, order, take),
        Charset::Utf16(None) => match bytes {
            [0xFE, 0xFF, rest @ ..] => utf16(rest, Order::Big, take),
            [0xFF, 0xFE, rest @ ..] => utf16(rest, Order::Little, take),
            _ => utf16(bytes, Order::Little, take),
        },
        Charset::Utf32(Some(order)) => utf32(bytes, order, take),
        Charset::Utf32(None) => match bytes {
            [0, 0, 0xFE, 0xFF, rest @ ..] => utf32(rest, Order::Big, take),
            [0xFF, 0xFE, 0, 0, rest @ ..] => utf32(rest, Order::Little, take),
            _ => utf32(bytes, Order::Little, take),
        },
    }
}

fn each(
    bytes: &[u8],
    char: impl Fn(u8) -> Option<char>,
    take: &mut dyn FnMut(Option<char>) -> bool,
) {
    let _ = bytes.iter().all(|byte| take(char(*byte)));
}

fn utf8(bytes: &[u8], take: &mut dyn FnMut(Option<char>) -> bool) {
    for chunk in bytes.utf8_chunks() {
        let is_wanted = chunk.valid().chars().all(|char| take(Some(char)))
            && (chunk.invalid().is_empty() || take(None));
        if !is_wanted {
            return;
        }
    }
}

fn utf16(mut bytes: &[u8], order: Order, take: &mut dyn FnMut(Option<char>) -> bool) {
    let unit = |pair: [u8; 2]| {
        u32::from(match order {
            Order::Little => u16::from_le_bytes(pair),
            Order::Big => u16::from_be_bytes(pair),
        })
    };
    while let Some((pair, rest)) = bytes.split_first_chunk() {
        let first = unit(*pair);
        bytes = rest;
        let char = if (0xD800..0xDC00).contains(&first) {
            // without a second unit all that is left is one malformed run
            let Some((pair, rest)) = bytes.split_first_chunk() else {
                take(None);
                return;
            };
            let second = unit(*pair);
            let is_low = (0xDC00..0xE000).contains(&second);
            if is_low {
                bytes = rest;
            }
            is_low
                .then(|| char::from_u32(0x10000 + ((first - 0xD800) << 10 | (second - 0xDC00))))
                .flatten()
        } else {
            char::from_u32(first)
        };
        if !take(char) {
            return;
        }
    }
    if !bytes.is_empty() {
        take(None);
    }
}

fn utf32(mut bytes: &[u8], order: Order, take: &mut dyn FnMut(Option<char>) -> bool) {
    while let Some((unit, rest)) = bytes.split_first_chunk() {
        let code = match order {
            Order::Little => u32::from_le_bytes(*unit),
            Order::Big => u32::from_be_bytes(*unit),
        };
        bytes = rest;
        if !take(char::from_u32(code)) {
            return;
        }
    }
    if !bytes.is_empty() {
        take(None);
    }
}

#[cfg(test)]
mod tests {
    use super::super::lookup;
    use super::*;

    /// Each row was printed by CPython 3.11.
    #[test]
    fn bytes_decode_as_in_python() {
        for (bytes, label, strict, replaced) in [
            (&b"a\xe9"[..], "latin-1", Some("a\u{e9}"), "a\u{e9}"),
            (&b"a\xe9b"[..], "ascii", None, "a\u{fffd}b"),
            (&b"\xe2\x82a\xff"[..], "utf-8", None, "\u{fffd}a\u{fffd}"),
            (&b"\xe2\x82"[..], "utf-8", None, "\u{fffd}"),
            (
                &b"\xed\xa0\x80"[..],
                "utf-8",
                None,
                "\u{fffd}\u{fffd}\u{fffd}",
            ),
            (&b"\xef\xbb\xbfa"[..], "utf-8-sig", Some("a"), "a"),
            (
                &b"\xef\xbb\xbfa"[..],
                "utf-8",
                Some("\u{feff}a"),
                "\u{feff}a",
            ),
            (&b"\x98a"[..], "cp1251", None, "\u{fffd}a"),
            (&b"a\x00b"[..], "utf-16", None, "a\u{fffd}"),
            (&b"\xff\xfea\x00"[..], "utf-16", Some("a"), "a"),
            (&b"\xfe\xff\x00a"[..], "utf-16", Some("a"), "a"),
            (
                &b"\xff\xfea\x00"[..],
                "utf-16-le",
                Some("\u{feff}a"),
                "\u{feff}a",
            ),
            (&b"\x00\xd8a\x00"[..], "utf-16-le", None, "\u{fffd}a"),
            (&b"\x00\xdca\x00"[..], "utf-16-le", None, "\u{fffd}a"),
            (
                &b"\xd8=\xde\x00\xd8"[..],
                "utf-16-be",
                None,
                "\u{1f600}\u{fffd}",
            ),
            (&b"\xd8=\xde"[..], "utf-16-be", None, "\u{fffd}"),
            (&b"\xd8="[..], "utf-16-be", None, "\u{fffd}"),
            (
                &b"\xd8=\xd8=\xde\x00"[..],
                "utf-16-be",
                None,
                "\u{fffd}\u{1f600}",
            ),
            (&b"a\x00\x00\x00b"[..], "utf-32-le", None, "a\u{fffd}"),
            (
                &b"a\x00\x00\x00\x00\xd8\x00\x00b\x00\x00\x00"[..],
                "utf-32-le",
                None,
                "a\u{fffd}b",
            ),
            (&b"\x00\x00\x11\x00"[..], "utf-32-le", None, "\u{fffd}"),
            (
                &b"\x00\x00\xfe\xff\x00\x00\x00a"[..],
                "utf-32",
                Some("a"),
                "a",
            ),
            (&b"a\x00\x00\x00"[..], "utf-32", Some("a"), "a"),
            (&b""[..], "utf-16", Some(""), ""),
        ] {
            let charset = lookup(Some(label)).unwrap();
            let got = decode_strictly(bytes, charset);
            assert_eq!(got.as_deref(), strict, "{bytes:x?} {label}");
            assert_eq!(
                decode_replacing(bytes, charset),
                replaced,
                "{bytes:x?} {label}"
            );
        }
    }
}
