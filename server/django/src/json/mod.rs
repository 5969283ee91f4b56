//! JSON as Python's `json` module reads and writes it.
//!
//! A text is checked as a whole, and nothing is built: [`Members`] finds the values of an object where they stand,
//! and a [`Raw`] is read when somebody asks for it. A [`Value`], which keeps order and big numbers, is built where all
//! of it is written again.

mod build;
mod detect;
mod indent;
mod members;
mod parse;
mod parser;
mod raw;
mod scalar;
mod text;
mod write;

use indexmap::IndexMap;

pub use indent::Indenter;
pub use members::Members;
pub use parse::{Root, parse_body, parse_token, read_body, read_token};
pub use raw::{Raw, RawText, float};
pub use text::Text;
pub use write::{float_repr, write_object_ascii, write_string, write_value};

/// A JSON value as Python holds it.
///
/// It has no `Debug` outside tests: a body may hold passwords, which must not reach a log.
#[derive(Clone, Default, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub enum Value {
    /// `null`, Python's `None`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number without fraction and exponent, as canonical decimal digits.
    Int(String),
    /// Any other number; NaN and the infinities come from tokens and from literals such as `1e400`.
    Float(f64),
    /// A string.
    Text(Text),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Object(Object),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number.to_string())
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

/// A Python dict: keys in the order of their first insertion.
// Boxed, so that a long array of numbers does not pay for the size of a map.
#[derive(Clone, Default)]
#[cfg_attr(test, derive(Debug))]
pub struct Object(Box<IndexMap<Text, Value>>);

impl Object {
    /// An empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Sets a key: a new one goes to the end, an existing one keeps its place, as `dict[key] = value`.
    pub fn insert(&mut self, key: impl Into<Text>, value: impl Into<Value>) {
        self.0.insert(key.into(), value.into());
    }

    /// Adds a key that may be there already, and then is written twice: as Python's None and "null" are both `null`.
    pub fn insert_beside(&mut self, key: &Text, value: impl Into<Value>) {
        let key = if self.0.contains_key(key) {
            key.another()
        } else {
            key.clone()
        };
        self.0.insert(key, value.into());
    }

    /// The pairs in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Value)> {
        self.0.iter()
    }
}

/// Equal in pairs *and* order, because the order is on the wire.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests;
