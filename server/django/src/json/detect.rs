//! Which UTF a token's JSON is in.

use std::borrow::Cow;

use super::text::push_code_point;

/// `json.detect_encoding` and `bytes.decode(…, "surrogatepass")`, into generalised UTF-8.
pub(super) fn decode(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    match *bytes {
        [0xFF, 0xFE, 0, 0, ref rest @ ..] => utf32(rest, u32::from_le_bytes),
        [0, 0, 0xFE, 0xFF, ref rest @ ..] => utf32(rest, u32::from_be_bytes),
        [0xFF, 0xFE, ref rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, ref rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, ref rest @ ..] => utf8(rest),
        [0, 0, _, _, ..] => utf32(bytes, u32::from_be_bytes),
        [0, _, _, _, ..] | [0, _] => utf16(bytes, u16::from_be_bytes),
        [_, 0, 0, 0, ..] => utf32(bytes, u32::from_le_bytes),
        [_, 0, _, _, ..] | [_, 0] => utf16(bytes, u16::from_le_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut rest = bytes;
    while let Err(error) = std::str::from_utf8(rest) {
        match rest.get(error.valid_up_to()..)? {
            [0xED, 0xA0..=0xBF, 0x80..=0xBF, tail @ ..] => rest = tail,
            _ => return None,
        }
    }
    Some(bytes.into())
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Cow<'_, [u8]>> {
    let (units, []) = bytes.as_chunks() else {
        return None;
    };
    let mut out = Vec::with_capacity(bytes.len());
    for char in char::decode_utf16(units.iter().copied().map(unit)) {
        let code = char.map_or_else(|error| u32::from(error.unpaired_surrogate()), u32::from);
        push_code_point(&mut out, code);
    }
    Some(out.into())
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Option<Cow<'_, [u8]>> {
    let (units, []) = bytes.as_chunks() else {
        return None;
    };
    let mut out = Vec::with_capacity(bytes.len());
    for code in units.iter().copied().map(unit) {
        if code > 0x10_FFFF {
            return None;
        }
        push_code_point(&mut out, code);
    }
    Some(out.into())
}
