//! The page that asks whether to delete one object or those selected in a list, and says what goes along.

use askama::Template;
use askama::filters::HtmlSafe;

use super::base::Page;
use super::parts::{Count, Html, Text};

#[derive(Template)]
#[template(path = "admin/delete.html")]
pub(crate) struct DeletePage {
    pub(crate) page: Page,
    pub(crate) deleted: Deleted,
    pub(crate) verdict: Verdict,
    /// `Users`, 1; `Posts`, 12
    pub(crate) summary: Vec<(String, Count)>,
    /// The objects, below each what goes along.
    pub(crate) objects: Vec<Node>,
    /// What loses only its tie to them.
    pub(crate) stays: Vec<Text>,
    /// What the answer carries on, beside `post=yes`: `action` and each `_selected_action`.
    pub(crate) hidden: Vec<(String, String)>,
    /// Where "No" leads.
    pub(crate) back: String,
}

impl Html for DeletePage {}

/// What is to be deleted.
pub(crate) enum Deleted {
    /// `user`, `alan`
    One { model: String, object: String },
    /// `user` or `users`, by their number
    Selected { models: String },
}

/// Whether it can be.
pub(crate) enum Verdict {
    Ask,
    /// The person may not delete these types: `post`.
    Forbidden(Vec<String>),
}

/// An object and what goes with it: `Post: Hello`.
#[derive(Template)]
#[template(path = "admin/parts/node.html")]
pub(crate) struct Node {
    pub(crate) text: Text,
    pub(crate) below: Vec<Node>,
}

impl HtmlSafe for Node {}
