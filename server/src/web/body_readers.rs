//! The readers of bodies and headers by themselves, for `fuzzing.rs`.

use super::charset;
use super::charset_names::SUPPORTED;
use super::form::parse_form;
use super::header_params::HeaderParams;
use super::json::{self, Object, Value};
use super::media::{choose_parser, choose_renderer};
use super::multipart::parse_multipart;

fn label(number: u8) -> Option<&'static str> {
    let (names, _) = SUPPORTED.get(usize::from(number))?;
    names.split(' ').next()
}

/// A body that was decoded and parsed.
pub(crate) fn json(body: &[u8], charset: u8) {
    if let Ok(text) = charset::decode(body, label(charset)) {
        let _ = json::parse_body(&text);
    }
}

/// A token's header or claims.
pub(crate) fn token_part(bytes: &[u8]) -> Option<Object> {
    match json::parse_token(bytes) {
        Some(Value::Object(object)) => Some(object),
        _ => None,
    }
}

pub(crate) fn form(body: &[u8], charset: u8) {
    if let Ok(charset) = charset::lookup(label(charset)) {
        let _ = parse_form(body, charset);
    }
}

pub(crate) fn headers(header: &str) {
    let _ = HeaderParams::parse(header);
    let _ = choose_parser(header);
    let _ = choose_renderer(Some(header), None);
}

pub(crate) fn multipart(kind: &[u8], body: &[u8], charset: u8) {
    if let Ok(charset) = charset::lookup(label(charset)) {
        let _ = parse_multipart(kind, body, charset);
    }
}
