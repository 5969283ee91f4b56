//! `/api/posts/` and `/api/posts/{pk}/`: create, get, replace, change, delete. The list is in `list.rs`.
//!
//! A post is looked up, and whether the caller may change it, before the body is read: 404 and 403 beat every
//! error in the body.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::rows::{self, NewPost, Post};
use crate::app::App;
use crate::auth::{Caller, CurrentUser};
use crate::db::{self, Dates};
use crate::http::answer::{Resource, Shown};
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, Kind, PLAIN, Serializer, Validator};
use crate::http::form::Values;
use crate::http::operation::{Answer, Operation};
use crate::http::path::Pk;
use crate::settings::Settings;

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
const REQUEST: &str = r#"{"title":"Notes","content":"On the Analytical Engine"}"#;
const NO_POST: &str = "There is no post with this id.";
const NOT_ONES_OWN: &str = "Somebody else wrote the post.";

impl Error {
    pub(crate) fn no_post() -> Self {
        Self::Detail(
            StatusCode::NOT_FOUND,
            "No Post matches the given query.".into(),
        )
    }

    /// 409: a table of the project has rows of this post.
    fn still_referred_to(why: &str) -> Self {
        tracing::warn!(cause = %why, "a post was not deleted, since rows of another table refer to it");
        Self::Detail(
            StatusCode::CONFLICT,
            "This post can't be deleted: other rows of the database refer to it.".into(),
        )
    }
}

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

/// `POST /api/posts/`, in the API's document.
pub(crate) fn creates(settings: &Settings) -> Operation {
    Operation::new("createPost", "Write a post")
        .takes("Post", REQUEST)
        .answers(Answer::one(201, "The new post.", POST, EXAMPLE))
        .and_if(settings.tokens.stateless, |operation| {
            operation.refuses(
                403,
                "The token signs in without its user being looked up, so nobody can be the author.",
            )
        })
}

/// `POST /api/posts/`: 201 with the new post, which is the caller's.
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    body: Body,
) -> Result<Response, Error> {
    let mut fields = body.fields(&FIELDS).await?.validate()?;
    let CurrentUser(user) = caller.user()?;
    let post = NewPost {
        title: fields.required("title")?,
        content: fields.required("content")?,
        author_id: user.id,
        created_at: app.dates().kept(app.clock().now()),
        updated_at: app.dates().kept(app.clock().now()),
    };
    let row = post.clone();
    let id = app.db().write_once(move |tx| {
        let post = row.clone();
        Box::pin(async move { rows::insert(tx, &post).await })
    });
    let id = id.await?.ok_or_else(Error::user_not_found)?; // the author was deleted since the request began
    let post = Post {
        id,
        title: post.title,
        content: post.content,
        author_id: user.id,
        author: user.username.clone(),
        created_at: post.created_at,
        updated_at: post.updated_at,
    };
    Ok(FIELDS.answer(StatusCode::CREATED, &Dated(&post, app.dates())))
}

/// `GET /api/posts/{pk}/`, in the API's document.
pub(crate) fn gets() -> Operation {
    Operation::new("getPost", "Read a post")
        .answers(Answer::one(200, "The post.", POST, EXAMPLE))
        .refuses(404, NO_POST)
}

/// `GET /api/posts/{pk}/`: the post, whoever wrote it.
pub(crate) async fn get(State(app): State<App>, caller: Caller, pk: Pk) -> Result<Response, Error> {
    let id = pk.id(Error::no_post);
    let key = id.as_ref().ok().copied();
    let post = caller.read(&app, move |conn| Box::pin(rows::by_key(conn, key)));
    let post = post.await?;
    // whoever may not ask is not told of a wrong key either
    id?;
    let post = post.ok_or_else(Error::no_post)?;
    Ok(FIELDS.answer(StatusCode::OK, &Dated(&post, app.dates())))
}

/// `PUT /api/posts/{pk}/`, in the API's document.
pub(crate) fn puts() -> Operation {
    Operation::new("replacePost", "Write title and content anew")
        .takes("Post", REQUEST)
        .answers(Answer::one(200, "The post as it is now.", POST, EXAMPLE))
        .refuses(403, NOT_ONES_OWN)
        .refuses(404, NO_POST)
}

/// `PUT /api/posts/{pk}/`: replaces title and content.
pub(crate) async fn put(
    State(app): State<App>,
    caller: Caller,
    pk: Pk,
    body: Body,
) -> Result<Response, Error> {
    let post = find_own(&app, &pk, &caller).await?;
    change(&app, post, body.fields(&FIELDS).await?.validate()?).await
}

/// `PATCH /api/posts/{pk}/`, in the API's document.
pub(crate) fn patches() -> Operation {
    Operation::new("changePost", "Change title or content")
        .takes("Post", r#"{"title":"Notes, continued"}"#)
        .answers(Answer::one(200, "The post as it is now.", POST, EXAMPLE))
        .refuses(403, NOT_ONES_OWN)
        .refuses(404, NO_POST)
}

/// `PATCH /api/posts/{pk}/`: changes what is named; even nothing moves `updated_at`.
pub(crate) async fn patch(
    State(app): State<App>,
    caller: Caller,
    pk: Pk,
    body: Body,
) -> Result<Response, Error> {
    let post = find_own(&app, &pk, &caller).await?;
    change(&app, post, body.partial_fields(&FIELDS).await?.validate()?).await
}

/// `DELETE /api/posts/{pk}/`, in the API's document.
pub(crate) fn deletes() -> Operation {
    Operation::new("deletePost", "Delete a post")
        .answers(Answer::nothing(204, "It is gone."))
        .refuses(403, NOT_ONES_OWN)
        .refuses(404, NO_POST)
        .refuses(409, "Rows of other tables refer to the post.")
}

/// `DELETE /api/posts/{pk}/`: 204. A body is never read.
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    pk: Pk,
) -> Result<Response, Error> {
    let post = find_own(&app, &pk, &caller).await?;
    let (id, author) = (post.id, post.author_id);
    let is_removed = app
        .db()
        .write_once(move |tx| Box::pin(rows::delete(tx, id, author)));
    let is_removed = is_removed.await.map_err(|error| match error {
        // Django would remove a project's rows with it; nothing here knows them
        db::Error::Dangling(why) => Error::still_referred_to(&why),
        error => error.into(),
    });
    if is_removed? {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(Error::no_post())
    }
}

/// Whether OPTIONS shows the fields of PUT: only to the author.
pub(crate) async fn may_change(app: App, caller: Caller, pk: Pk) -> Result<bool, Error> {
    match find_own(&app, &pk, &caller).await {
        Ok(_) => Ok(true),
        Err(Error::Detail(..)) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn find(app: &App, pk: &Pk) -> Result<Post, Error> {
    let id = pk.id(Error::no_post)?;
    let found = app.db().read(move |conn| Box::pin(rows::by_id(conn, id)));
    found.await?.ok_or_else(Error::no_post)
}

async fn find_own(app: &App, pk: &Pk, caller: &Caller) -> Result<Post, Error> {
    let post = find(app, pk).await?;
    if caller.is(post.author_id) {
        Ok(post)
    } else {
        Err(Error::forbidden())
    }
}

/// Changes the fields that are given: of a PUT all.
async fn change(app: &App, post: Post, mut fields: Values) -> Result<Response, Error> {
    let (title, content) = (fields.take("title"), fields.take("content"));
    let at = app.dates().kept(app.clock().now());
    let (id, author) = (post.id, post.author_id);
    let changed = app.db().write_once(move |tx| {
        let (title, content) = (title.clone(), content.clone());
        Box::pin(async move {
            rows::update(tx, id, author, title.as_deref(), content.as_deref(), at).await
        })
    });
    // deleted since it was looked up; Django would bring it back
    let changed = changed.await?.ok_or_else(Error::no_post)?;
    // what stands in the row now, another one's change of another field included
    let post = Post {
        title: changed.title,
        content: changed.content,
        created_at: changed.created_at,
        updated_at: at,
        ..post
    };
    Ok(FIELDS.answer(StatusCode::OK, &Dated(&post, app.dates())))
}
