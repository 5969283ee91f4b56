//! The members of an object in a text that was checked as a whole: each is found and read when somebody asks for it.

use std::borrow::Cow;

use super::parser::{Constants, Parser, Sink};
use super::raw::{Raw, RawText};

/// An object of which nothing is built: its text, and where in it the keys stand.
#[derive(Clone)]
pub struct Members<'t> {
    /// Generalised UTF-8.
    text: Cow<'t, [u8]>,
    keys: Keys,
}

/// Where the keys of the outermost object stand.
#[derive(Clone, Default)]
pub(super) struct Keys {
    /// At their opening quotes.
    at: Vec<usize>,
    /// Whether one of them is written with an escape.
    any_is_escaped: bool,
    /// How many arrays and objects are open.
    depth: usize,
}

impl<'t> Sink<'t> for Keys {
    fn begin(&mut self, _: bool) {
        self.depth += 1;
    }

    fn end(&mut self) {
        self.depth -= 1;
    }

    fn key(&mut self, key: RawText<'t>, at: usize) {
        if self.depth == 1 {
            self.at.push(at);
            self.any_is_escaped |= key.is_escaped();
        }
    }

    fn scalar(&mut self, _: Raw<'t>) {}
}

impl<'t> Members<'t> {
    /// Takes a text that was read, and the keys that were found.
    pub(super) fn new(text: Cow<'t, [u8]>, keys: Keys) -> Self {
        Self { text, keys }
    }

    /// The value of a key: of several the last.
    pub fn get(&self, key: &str) -> Option<Raw<'_>> {
        let keys = self.keys.at.iter().rev();
        let at = keys.copied().find(|&at| self.is(at, key))?;
        let (_, mut parser) = self.key(at)?;
        parser.skip_space();
        parser.expect(b':', "").ok()?;
        parser.raw()
    }

    /// Whether the key there is this one.
    fn is(&self, at: usize, key: &str) -> bool {
        if self.keys.any_is_escaped {
            return self.key(at).is_some_and(|(found, _)| found == *key);
        }
        let quoted = self.text.get(at + 1..).unwrap_or_default();
        // the quote that ends a key cannot stand in it
        quoted.get(key.len()) == Some(&b'"') && quoted.starts_with(key.as_bytes())
    }

    /// The key there, and what reads on.
    fn key(&self, at: usize) -> Option<(RawText<'_>, Parser<'_>)> {
        let mut parser = Parser::new(&self.text, Constants::Accepted);
        parser.at = at + 1;
        Some((parser.string().ok()?, parser))
    }

    /// The whole text, from brace to brace and with the space around it.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }
}

impl<'t> Parser<'t> {
    /// The value that stands here in a text that was checked.
    pub(super) fn raw(&mut self) -> Option<Raw<'t>> {
        self.skip_space();
        let (first, text) = (self.peek()?, self.rest());
        if first != b'[' && first != b'{' {
            return self.scalar().ok();
        }
        let start = self.at;
        self.value(&mut ()).ok()?;
        let nested = text.get(..self.at - start)?;
        Some(if first == b'[' {
            Raw::List(nested)
        } else {
            Raw::Object(nested)
        })
    }
}
