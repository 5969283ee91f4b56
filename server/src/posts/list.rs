//! `GET /api/posts/`: all posts as one array, newest first, in constant memory.
//!
//! The rows are read in batches by key, and the connection is given back between them. One batch, if it is all,
//! is answered whole and has a length, as Django's; what is longer is streamed. A failure in mid-stream breaks
//! the connection off: it never looks like a shorter list.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::{StreamExt, stream};

use super::handlers::{Dated, FIELDS};
use super::rows;
use crate::app::App;
use crate::auth::Caller;
use crate::db::{self, Conn, Dates, Id};
use crate::http::answer::{Array, json};
use crate::http::error::Error;

/// A part of the array's text.
struct Piece {
    text: Bytes,
    array: Array,
    /// Where the next piece begins, if there may be one.
    next: Option<Id>,
}

/// `GET /api/posts/`: a bare array. Unknown query parameters are ignored, as in the reference.
pub(crate) async fn get(State(app): State<App>, caller: Caller) -> Result<Response, Error> {
    let (array, dates) = (Array::of(&FIELDS), app.dates());
    let first = caller.read(&app, move |conn| {
        Box::pin(piece(conn, array, Id(i64::MAX), dates))
    });
    let Piece { text, array, next } = first.await?;
    if next.is_none() {
        return Ok(json(StatusCode::OK, text));
    }
    let rest = stream::try_unfold((array, next), move |(array, next)| {
        let app = app.clone();
        async move {
            let Some(below) = next else {
                return Ok::<_, db::Error>(None);
            };
            let next = app
                .db()
                .read(move |conn| Box::pin(piece(conn, array, below, dates)));
            let Piece { text, array, next } = next
                .await
                .inspect_err(|error| tracing::error!(cause = %error, "a list broke off"))?;
            Ok(Some((text, (array, next))))
        }
    });
    let begin = stream::iter([Ok(text)]);
    Ok(json(StatusCode::OK, Body::from_stream(begin.chain(rest))))
}

/// The text of the posts below a key, as far as one batch goes.
async fn piece(
    conn: &mut Conn<'_>,
    mut array: Array,
    below: Id,
    dates: Dates,
) -> db::Result<Piece> {
    let mut text = Vec::with_capacity(8192);
    let next = rows::newest_before(conn, below, |post| {
        array.push(&mut text, &Dated(post, dates));
    })
    .await?;
    if next.is_none() {
        array.close(&mut text);
    }
    let text = text.into();
    Ok(Piece { text, array, next })
}
