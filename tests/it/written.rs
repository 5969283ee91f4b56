//! What became of a post that somebody wrote while servers were killed: which rows may be there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// A post that a client has written, and what may have become of it.
#[derive(Debug)]
pub(crate) struct Post {
    /// Of this post alone.
    pub(crate) name: String,
    /// The texts that it may have: the newest that was acknowledged, and one whose answer did not come.
    pub(crate) texts: Vec<usize>,
    pub(crate) may_be_missing: bool,
    pub(crate) may_be_there: bool,
}

impl Post {
    /// One that is about to be created with its text 0.
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            texts: vec![0],
            may_be_missing: true,
            may_be_there: true,
        }
    }

    pub(crate) fn body(&self, text: usize) -> Value {
        json!({"title": format!("{}/{text}", self.name), "content": format!("text {text}")})
    }

    /// As a row that holds title and content.
    fn row(&self, text: usize) -> String {
        format!("{}/{text} text {text}", self.name)
    }

    /// What was acknowledged is there, what was not is there wholly or not at all.
    pub(crate) fn check(&self, rows: &BTreeSet<String>) {
        let of_it = format!("{}/", self.name);
        let found: Vec<_> = rows.range(of_it.clone()..).collect();
        let found: Vec<_> = found
            .into_iter()
            .take_while(|row| row.starts_with(&of_it))
            .collect();
        let is_right = match found[..] {
            [] => self.may_be_missing,
            [row] => self.may_be_there && self.texts.iter().any(|text| *row == self.row(*text)),
            _ => false,
        };
        assert!(is_right, "{self:?}: {found:?}");
    }
}
