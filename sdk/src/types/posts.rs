//! Posts: as servers show them, and what writes and changes them.

use chrono::{DateTime, Utc};
use reqwest::header::{ETAG, HeaderMap};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::moment;

/// The number of a post.
pub type PostId = i64;

/// A post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Post {
    /// Its number.
    pub id: PostId,
    /// Its title.
    pub title: String,
    /// Its text.
    pub content: String,
    /// The name of its author.
    pub author: String,
    /// When it was written.
    #[serde(with = "moment")]
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    #[serde(with = "moment")]
    pub updated_at: DateTime<Utc>,
    /// What else the server says.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The version of a post that a server has given (`ETag`): to change that version and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The version that this text names, for a program that kept one; with its quotes.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// That of an answer. One that a proxy has made weak names no version.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let tag = headers.get(ETAG)?.to_str().ok()?;
        tag.starts_with('"').then(|| Self::new(tag))
    }
}

/// A post to write, or the whole of what replaces one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewPost {
    /// Its title, at most 200 characters.
    pub title: String,
    /// Its text.
    pub content: String,
}

impl NewPost {
    /// A post of this title and text.
    pub fn new(title: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            content: content.into(),
        }
    }
}

/// A change of a post: only what is set is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PostPatch {
    /// The new title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The new text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

impl PostPatch {
    /// A change of nothing; the server still notes when.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with this title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The same with this text.
    #[must_use]
    pub fn content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_goes_out_as_it_came_in() {
        for text in [
            r#"{"id":1,"title":"t","content":"c","author":"ada","created_at":"2026-01-02T03:04:05.678000Z","updated_at":"2026-01-02T03:04:05Z","likes":3}"#,
            r#"{"id":1,"title":"t","content":"c","author":"ada","created_at":"2026-01-02T03:04:05.000001Z","updated_at":"2026-01-02T03:04:05Z"}"#,
        ] {
            let post: Post = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&post).unwrap(), text);
        }
    }

    #[test]
    fn an_offset_and_none_are_understood() {
        let read = |at: &str| {
            let text = format!(
                r#"{{"id":1,"title":"","content":"","author":"","created_at":"{at}","updated_at":"{at}"}}"#
            );
            let post: Post = serde_json::from_str(&text).unwrap();
            post.created_at.timestamp()
        };
        assert_eq!(read("1970-01-01T02:00:01+02:00"), 1);
        assert_eq!(read("1970-01-01T00:00:01.5"), 1);
    }
}
