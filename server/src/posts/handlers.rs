//! `/api/posts/` and `/api/posts/{pk}/`: create, get, replace, change, delete. The list is in `list.rs`.
//!
//! A post is looked up, and whether the caller may change it, before the body is read: 404 and 403 beat every
//! error in the body.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::once::{self, Created};
pub(crate) use super::post::FIELDS;
use super::post::answer;
use super::rows::{self, NewPost, Post};
use super::target::{Target, is_met};
use crate::app::App;
use crate::auth::{Caller, CurrentUser};
use crate::db;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::etag::Condition;
use crate::http::form::Values;
use crate::http::path::Pk;

/// `POST /api/posts/`: 201 with the new post, which is the caller's; with an `Idempotency-Key` there is one of it, however
/// often it is asked for.
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    body: Body,
) -> Result<Response, Error> {
    let key = once::key(&app, body.headers())?;
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
    let id = match key {
        None => {
            let id = app.db().write_once(move |tx| {
                let post = row.clone();
                Box::pin(async move { rows::insert(tx, &post).await })
            });
            id.await?
        }
        Some(key) => match once::create(&app, key, row).await? {
            Created::New(id) => id,
            Created::Before(post) => {
                let answer = answer(&app, StatusCode::CREATED, &post);
                return Ok(once::replayed(answer));
            }
        },
    };
    let id = id.ok_or_else(Error::user_not_found)?; // the author was deleted since the request began
    let post = Post {
        id,
        title: post.title,
        content: post.content,
        author_id: user.id,
        author: user.username.clone(),
        created_at: post.created_at,
        updated_at: post.updated_at,
    };
    Ok(answer(&app, StatusCode::CREATED, &post))
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
    Ok(answer(&app, StatusCode::OK, &post))
}

/// `PUT /api/posts/{pk}/`: replaces title and content.
pub(crate) async fn put(
    State(app): State<App>,
    caller: Caller,
    target: Target,
    body: Body,
) -> Result<Response, Error> {
    let post = find_own(&app, &target.pk, &caller).await?;
    let fields = body.fields(&FIELDS).await?.validate()?;
    change(&app, post, target.condition, fields).await
}

/// `PATCH /api/posts/{pk}/`: changes what is named; even nothing moves `updated_at`.
pub(crate) async fn patch(
    State(app): State<App>,
    caller: Caller,
    target: Target,
    body: Body,
) -> Result<Response, Error> {
    let post = find_own(&app, &target.pk, &caller).await?;
    let fields = body.partial_fields(&FIELDS).await?.validate()?;
    change(&app, post, target.condition, fields).await
}

/// `DELETE /api/posts/{pk}/`: 204. A body is never read.
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    target: Target,
) -> Result<Response, Error> {
    let post = find_own(&app, &target.pk, &caller).await?;
    let (id, author, dates) = (post.id, post.author_id, app.dates());
    let outcome = match target.condition {
        None => {
            let removed = app
                .db()
                .write_once(move |tx| Box::pin(rows::delete(tx, id, author)));
            removed
                .await
                .map(|removed| Outcome::of(removed.then_some(())))
        }
        Some(condition) => {
            let removed = app.db().write(move |tx| {
                let condition = condition.clone();
                Box::pin(async move {
                    Ok(match is_met(tx, (id, author), &condition, dates).await? {
                        Some(true) => {
                            let removed = rows::delete(tx, id, author).await?;
                            Outcome::of(removed.then_some(()))
                        }
                        Some(false) => Outcome::Stale,
                        None => Outcome::Gone,
                    })
                })
            });
            removed.await
        }
    };
    let outcome = outcome.map_err(|error| match error {
        // Django would remove a project's rows with it; nothing here knows them
        db::Error::Dangling(why) => Error::still_referred_to(&why),
        error => error.into(),
    });
    outcome?.done()?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What came of a change.
enum Outcome<T> {
    Done(T),
    /// The post is not there any more, or not the author's.
    Gone,
    /// It is not what `If-Match` names.
    Stale,
}

impl<T> Outcome<T> {
    fn of(done: Option<T>) -> Self {
        done.map_or(Self::Gone, Self::Done)
    }

    fn done(self) -> Result<T, Error> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Gone => Err(Error::no_post()),
            Self::Stale => Err(Error::has_changed()),
        }
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

/// Changes the fields that are given: of a PUT all. On a condition the post is looked at in the transaction of the change.
async fn change(
    app: &App,
    post: Post,
    condition: Option<Condition>,
    mut fields: Values,
) -> Result<Response, Error> {
    let (title, content) = (fields.take("title"), fields.take("content"));
    let at = app.dates().kept(app.clock().now());
    let (id, author, dates) = (post.id, post.author_id, app.dates());
    let changed = match condition {
        None => {
            let changed = app.db().write_once(move |tx| {
                let (title, content) = (title.clone(), content.clone());
                Box::pin(async move {
                    rows::update(tx, id, author, title.as_deref(), content.as_deref(), at).await
                })
            });
            Outcome::of(changed.await?)
        }
        Some(condition) => {
            let changed = app.db().write(move |tx| {
                let (title, content) = (title.clone(), content.clone());
                let condition = condition.clone();
                Box::pin(async move {
                    Ok(match is_met(tx, (id, author), &condition, dates).await? {
                        Some(true) => {
                            let (title, content) = (title.as_deref(), content.as_deref());
                            let changed = rows::update(tx, id, author, title, content, at);
                            Outcome::of(changed.await?)
                        }
                        Some(false) => Outcome::Stale,
                        None => Outcome::Gone,
                    })
                })
            });
            changed.await?
        }
    };
    // deleted since it was looked up; Django would bring it back
    let changed = changed.done()?;
    // what stands in the row now, another one's change of another field included
    let post = Post {
        title: changed.title,
        content: changed.content,
        created_at: changed.created_at,
        updated_at: at,
        ..post
    };
    Ok(answer(app, StatusCode::OK, &post))
}
