//! Which UTF a token's JSON is in.

use std::borrow::Cow;

use super::text::push_code_point;
use crate::charset::Order::{Big, Little};
use crate::charset::Width::{Utf16, Utf32};
use crate::charset::{CodePoints, Order, Width};

/// `json.detect_encoding` and `bytes.decode(…, "surrogatepass")`, into generalised UTF-8.
pub(super) fn decode(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    match *bytes {
        [0xFF, 0xFE, 0, 0, ref rest @ ..] => wide(rest, Utf32, Little),
        [0, 0, 0xFE, 0xFF, ref rest @ ..] => wide(rest, Utf32, Big),
        [0xFF, 0xFE, ref rest @ ..] => wide(rest, Utf16, Little),
        [0xFE, 0xFF, ref rest @ ..] => wide(rest, Utf16, Big),
        [0xEF, 0xBB, 0xBF, ref rest @ ..] => utf8(rest),
        [0, 0, _, _, ..] => wide(bytes, Utf32, Big),
        [0, _, _, _, ..] | [0, _] => wide(bytes, Utf16, Big),
        [_, 0, 0, 0, ..] => wide(bytes, Utf32, Little),
        [_, 0, _, _, ..] | [_, 0] => wide(bytes, Utf16, Little),
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

fn wide(bytes: &[u8], width: Width, order: Order) -> Option<Cow<'_, [u8]>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut code_points = CodePoints {
        rest: bytes,
        width,
        order,
    };
    for code in &mut code_points {
        if code > 0x10_FFFF {
            return None;
        }
        push_code_point(&mut out, code);
    }
    // half a pair at the end would pass in Python, but no JSON ends so
    code_points.rest.is_empty().then_some(out.into())
}
