//! How far the copy of a table is, as the target keeps it.

use serde::{Deserialize, Serialize};

use super::sum::Sum;
use crate::db::Value;

/// The table that says how far a copy into this database is. No server starts on a database that has it.
pub(super) const STATES: &str = "gatepost_copy";

/// How far the copy of a table is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// The source's rows when the copy was begun.
    pub(super) source: Sum,
    pub(super) copied: Sum,
    /// The key of the last row that was copied.
    pub(super) after: Option<Vec<Value>>,
}

/// The same as JSON.
#[derive(Deserialize, Serialize)]
struct Kept {
    source: String,
    copied: String,
    after: Option<Vec<Part>>,
}

/// A part of a key.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Part {
    Number(i64),
    Text(String),
}

impl State {
    /// Nothing is copied yet.
    pub(super) fn begun(source: Sum) -> Self {
        Self {
            source,
            copied: Sum::default(),
            after: None,
        }
    }

    /// As it is kept; none where the key is of another kind than numbers and texts, which the plan refuses.
    pub(super) fn text(&self) -> Option<String> {
        let part = |value: &Value| match value {
            Value::Number(number) => Some(Part::Number(*number)),
            Value::Text(text) => Some(Part::Text(text.clone())),
            _ => None,
        };
        let after = match &self.after {
            Some(key) => Some(key.iter().map(part).collect::<Option<_>>()?),
            None => None,
        };
        let kept = Kept {
            source: self.source.text(),
            copied: self.copied.text(),
            after,
        };
        serde_json::to_string(&kept).ok()
    }

    /// Reads that.
    pub(super) fn read(text: &str) -> Option<Self> {
        let kept: Kept = serde_json::from_str(text).ok()?;
        let value = |part: Part| match part {
            Part::Number(number) => Value::Number(number),
            Part::Text(text) => Value::Text(text),
        };
        Some(Self {
            source: Sum::read(&kept.source)?,
            copied: Sum::read(&kept.copied)?,
            after: kept.after.map(|key| key.into_iter().map(value).collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_kept() {
        let mut state = State::begun(Sum::default());
        assert_eq!(State::read(&state.text().unwrap()), Some(state.clone()));
        state.copied.add(&[Value::Null]);
        state.after = Some(vec![
            Value::Number(i64::MAX),
            Value::Text("a'\"".to_owned()),
        ]);
        assert_eq!(State::read(&state.text().unwrap()), Some(state));
        assert_eq!(State::read("something else"), None);
    }
}
