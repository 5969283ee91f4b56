//! Whole values: all that stands in a text, built.

use super::members::Members;
use super::parser::{Constants, Parser, Sink};
use super::raw::{Raw, RawText, float};
use super::text::Text;
use super::{Object, Value};

/// Builds a value.
#[derive(Default)]
pub(super) struct Build {
    open: Vec<Open>,
    pub(super) done: Value,
}

/// An array or object whose end is still to come.
enum Open {
    List(Vec<Value>),
    /// With the key whose value comes next.
    Object(Object, Text),
}

impl Build {
    fn add(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.done = value,
            Some(Open::List(items)) => items.push(value),
            Some(Open::Object(pairs, key)) => pairs.insert(std::mem::take(key), value),
        }
    }
}

impl<'t> Sink<'t> for Build {
    fn begin(&mut self, is_object: bool) {
        self.open.push(if is_object {
            Open::Object(Object::new(), Text::default())
        } else {
            Open::List(Vec::new())
        });
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(Open::List(items)) => self.add(Value::List(items)),
            Some(Open::Object(pairs, _)) => self.add(Value::Object(pairs)),
            None => {}
        }
    }

    fn key(&mut self, key: RawText<'t>, _: usize) {
        if let Some(Open::Object(_, next)) = self.open.last_mut() {
            *next = key.to_text();
        }
    }

    fn scalar(&mut self, value: Raw<'t>) {
        self.add(value.to_value());
    }
}

/// The value of a text that was checked.
fn whole_value(text: &[u8]) -> Value {
    let mut build = Build::default();
    let _ = Parser::new(text, Constants::Accepted).document(&mut build);
    build.done
}

impl Members<'_> {
    /// The object with all that is in it.
    pub fn to_object(&self) -> Object {
        match whole_value(self.text()) {
            Value::Object(object) => object,
            _ => Object::new(),
        }
    }
}

impl Raw<'_> {
    /// The items of an array, if all of them are strings.
    pub fn texts(self) -> Option<Vec<Text>> {
        let Value::List(items) = self.to_value() else {
            return None;
        };
        let text = |item| match item {
            Value::Text(text) => Some(text),
            _ => None,
        };
        items.into_iter().map(text).collect()
    }

    /// The value with all that is in it.
    pub fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Int(digits) => Value::Int(digits.to_owned()),
            Self::Float(literal) => Value::Float(float(literal)),
            Self::Text(text) => Value::Text(text.to_text()),
            Self::List(text) | Self::Object(text) => whole_value(text),
        }
    }
}
