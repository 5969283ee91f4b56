//! A post as the API takes and shows it.

use axum::http::StatusCode;
use axum::response::Response;

use super::rows::Post;
use crate::app::App;
use crate::db::Dates;
use crate::http::answer::{Resource, Shown, json};
use crate::http::error::Error;
use crate::http::etag::Tag;
use crate::http::fields::{Field, Kind, PLAIN, Serializer, Validator};

const TITLE: &[Validator] = &[
    Validator::MaxLength(200),
    Validator::NoNull,
    Validator::NoSurrogate,
];

/// What is asked for, and what only answers have.
pub(crate) static FIELDS: Serializer = Serializer(&[
    Field::read_only("id", "ID", Kind::Integer),
    Field::text("title", "Title", TITLE),
    Field::text("content", "Content", PLAIN),
    Field::read_only("author", "Author", Kind::Relation),
    Field::read_only("created_at", "Created at", Kind::Moment),
    Field::read_only("updated_at", "Updated at", Kind::Moment),
]);

/// What the fields are together, in the API's document.
pub(super) const POST: (&str, &Serializer) = ("Post", &FIELDS);
/// A post, there.
pub(super) const EXAMPLE: &str = r#"{"id":1,"title":"Notes","content":"On the Analytical Engine","author":"ada","created_at":"2026-01-31T09:30:00.123456Z","updated_at":"2026-01-31T09:30:00.123456Z"}"#;

/// A post, and how its dates are shown.
pub(super) struct Dated<'p, Text>(pub(super) &'p Post<Text>, pub(super) Dates);

impl<Text: AsRef<str>> Resource for Dated<'_, Text> {
    fn show(&self, field: &str) -> Option<Shown<'_>> {
        let Self(post, dates) = self;
        Some(match field {
            "id" => Shown::Id(post.id),
            "title" => Shown::Text(post.title.as_ref()),
            "content" => Shown::Text(post.content.as_ref()),
            "author" => Shown::name(post.author.as_ref()),
            "created_at" => Shown::Moment(post.created_at, *dates),
            "updated_at" => Shown::Moment(post.updated_at, *dates),
            _ => return None,
        })
    }
}

/// The answer that is one post, with its `ETag`.
pub(super) fn answer(app: &App, status: StatusCode, post: &Post) -> Response {
    let content = content(post, app.dates());
    let tag = (app.settings().server.extensions).then(|| Tag::of(&content));
    let response = json(status, content);
    match tag {
        Some(tag) => tag.on(response),
        None => response,
    }
}

/// The tag of a post as it is now.
pub(super) fn tag(post: &Post, dates: Dates) -> Tag {
    Tag::of(&content(post, dates))
}

fn content(post: &Post, dates: Dates) -> Vec<u8> {
    let mut content = Vec::with_capacity(512);
    FIELDS.write(&mut content, &Dated(post, dates));
    content
}

impl Error {
    pub(crate) fn no_post() -> Self {
        Self::Detail(
            StatusCode::NOT_FOUND,
            "No Post matches the given query.".into(),
        )
    }

    /// 409: a table of the project has rows of this post.
    pub(super) fn still_referred_to(why: &str) -> Self {
        tracing::warn!(cause = %why, "a post was not deleted, since rows of another table refer to it");
        Self::Detail(
            StatusCode::CONFLICT,
            "This post can't be deleted: other rows of the database refer to it.".into(),
        )
    }
}
