//! A post that is written once, however often it is asked for: the `Idempotency-Key` of `POST /api/posts/`.
//!
//! The key is kept in the transaction that writes the post, so that either both are there or none. Its primary key
//! decides among requests that come at once: all but one wait for it, and find what it wrote.

use aws_lc_rs::digest::{Context, SHA256, digest};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use super::once_rows::{self, NewKey};
use super::rows::{self, NewPost, Post};
use crate::app::App;
use crate::db;
use crate::db::{Id, Tx};
use crate::http::error::Error;
use crate::http::idempotency::{self, REPLAYED};

/// For how many seconds a key is known; the clean-up removes it then.
const KNOWN: i64 = 24 * 60 * 60;

/// The key of a request, hashed; none where it has none, and where there are no extensions.
///
/// # Errors
/// 400 where it has one that does not count.
pub(super) fn key(app: &App, headers: &HeaderMap) -> Result<Option<String>, Error> {
    if !app.settings().server.extensions {
        return Ok(None);
    }
    let key = idempotency::checked(headers)?;
    Ok(key.map(|key| hex::encode(digest(&SHA256, key.as_bytes()))))
}

/// What came of it.
pub(super) enum Created {
    /// A new post; none where its author is gone.
    New(Option<Id>),
    /// The post that an earlier request with this key has written, as it is now.
    Before(Post),
}

/// What the transaction finds.
enum Found {
    New(Option<Id>),
    Before(Option<Post>),
    OfAnother,
}

/// Writes a post, or finds the one that was written with this key of its author's.
///
/// # Errors
/// 404 where that is deleted, 422 where the key came with another post.
pub(super) async fn create(app: &App, key: String, post: NewPost) -> Result<Created, Error> {
    let now = app.clock().now();
    let key = NewKey {
        user: post.author_id,
        hash: key,
        body: hash(&post),
        at: now,
        forgotten: now.plus(-KNOWN).unwrap_or(now),
    };
    let found = app.db().write(move |tx| {
        let (key, post) = (key.clone(), post.clone());
        Box::pin(async move { write(tx, &key, &post).await })
    });
    match found.await? {
        Found::New(id) => Ok(Created::New(id)),
        Found::Before(post) => post.map(Created::Before).ok_or_else(Error::no_post),
        Found::OfAnother => Err(Error::key_of_another()),
    }
}

async fn write(tx: &mut Tx<'_>, key: &NewKey, post: &NewPost) -> db::Result<Found> {
    if once_rows::take(tx, key).await? {
        let id = rows::insert(tx, post).await?;
        match id {
            Some(id) => once_rows::keep(tx, key, id).await?,
            None => tx.abandon(),
        }
        return Ok(Found::New(id));
    }
    Ok(match once_rows::known(tx, key).await? {
        Some((body, _)) if body != key.body => Found::OfAnother,
        Some((_, id)) => Found::Before(rows::by_id(tx, id).await?),
        // the clean-up has just removed it
        None => {
            return Err(db::Error::Conflict(
                "a key was forgotten meanwhile".to_owned(),
            ));
        }
    })
}

/// The answer to a request that came before.
pub(super) fn replayed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// What was asked for, whatever the form of the body.
fn hash(post: &NewPost) -> String {
    let mut hash = Context::new(&SHA256);
    hash.update(&post.title.len().to_le_bytes());
    hash.update(post.title.as_bytes());
    hash.update(post.content.as_bytes());
    hex::encode(hash.finish())
}

impl Error {
    /// 422: a key is for one post.
    fn key_of_another() -> Self {
        Self::Detail(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This Idempotency-Key came with another post within the last 24 hours: take a new key for each post."
                .into(),
        )
    }
}
