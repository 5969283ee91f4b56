//! What a text is read into: bodies and tokens into their members, or into a whole value.

use std::borrow::Cow;

use super::Value;
use super::build::Build;
use super::detect::decode;
use super::members::{Keys, Members};
use super::parser::{Constants, Failure, Parser, Sink};

/// A body that is JSON.
pub enum Root<'t> {
    /// An object.
    Object(Members<'t>),
    /// Something else, by the name of its Python type, as DRF's "Expected a dictionary, but got …" says it.
    Other(&'static str),
}

/// Reads a request body as DRF's strict `JSONParser` does: NaN and Infinity are refused. Of an object nothing is built
/// but the list of its keys.
///
/// # Errors
/// Python's message, with the place.
pub fn read_body(text: Cow<'_, str>) -> Result<Root<'_>, String> {
    let mut keys = Keys::default();
    check_body(&text, &mut keys)?;
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    Ok(root(text, keys))
}

/// Reads the same body into a whole value.
///
/// # Errors
/// Python's message, with the place.
pub fn parse_body(text: &str) -> Result<Value, String> {
    let mut build = Build::default();
    check_body(text, &mut build)?;
    Ok(build.done)
}

fn check_body<'t>(text: &'t str, sink: &mut impl Sink<'t>) -> Result<(), String> {
    let bytes = text.as_bytes();
    if text.starts_with('\u{FEFF}') {
        let what = "Unexpected UTF-8 BOM (decode using utf-8-sig)";
        return Err(Failure::At(what, 0).explain(bytes));
    }
    Parser::new(bytes, Constants::Refused)
        .document(sink)
        .map_err(|failure| failure.explain(bytes))
}

fn root(text: Cow<'_, [u8]>, keys: Keys) -> Root<'_> {
    let mut parser = Parser::new(&text, Constants::Accepted);
    parser.skip_space();
    match parser.peek() {
        Some(b'{') => Root::Object(Members::new(text, keys)),
        Some(b'[') => Root::Other("list"),
        _ => {
            let scalar = parser.scalar().ok();
            Root::Other(scalar.map_or("NoneType", |value| value.python_type()))
        }
    }
}

/// Reads a part of a token as `json.loads(bytes)` does: any UTF encoding, NaN and Infinity accepted. None where it is
/// no object.
pub fn read_token(bytes: Vec<u8>) -> Option<Members<'static>> {
    let decoded = match decode(&bytes)? {
        Cow::Borrowed(text) if text.len() == bytes.len() => None,
        other => Some(other.into_owned()),
    };
    let text = decoded.unwrap_or(bytes);
    let mut keys = Keys::default();
    Parser::new(&text, Constants::Accepted)
        .document(&mut keys)
        .ok()?;
    match root(text.into(), keys) {
        Root::Object(members) => Some(members),
        Root::Other(_) => None,
    }
}

/// Parses a part of a token into a whole value.
pub fn parse_token(bytes: &[u8]) -> Option<Value> {
    let text = decode(bytes)?;
    let mut build = Build::default();
    Parser::new(&text, Constants::Accepted)
        .document(&mut build)
        .ok()?;
    Some(build.done)
}
