//! `GET /api/posts/`: all posts as one array, newest first, in constant memory.
//!
//! The rows are read in batches by key, and the connection is given back between them. One batch, if it is all,
//! is answered whole and has a length, as Django's; what is longer is streamed. A failure in mid-stream breaks
//! the connection off: it never looks like a shorter list.

use std::fmt;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::paged::{self, Paging};
use super::post::{Dated, FIELDS};
use super::rows;
use crate::app::App;
use crate::auth::Caller;
use crate::db::{self, Conn, Dates, Id};
use crate::http::answer::{Array, json};
use crate::http::error::Error;
use crate::http::held::{held, housed};

/// A part of the array's text.
struct Piece {
    text: Bytes,
    array: Array,
    /// Where the next piece begins, if there may be one.
    next: Option<Id>,
}

/// What a batch takes of the memory, as a rule: its contents, and what stands between them.
const ROOM: usize = 2 * rows::BATCH_BYTES;

/// `GET /api/posts/`: a bare array, or a page of it where the query asks for one. Unknown query parameters are ignored, as
/// in the reference.
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    paging: Paging,
) -> Result<Response, Error> {
    if let Some(asked) = paging.asked() {
        return paged::get(&app, caller, &asked).await;
    }
    let (array, dates) = (Array::of(&FIELDS), app.dates());
    let mut room = app.intake().for_answer(ROOM).await?;
    let first = caller.read(&app, move |conn| {
        Box::pin(piece(conn, array, Id(i64::MAX), dates))
    });
    let Piece { text, array, next } = first.await?;
    if next.is_none() {
        return housed(json(StatusCode::OK, text), room, app.intake()).await;
    }
    room.fit(text.len(), app.intake()).await?;
    let text = held(text, Arc::new(room));
    let rest = stream::try_unfold((array, next), move |(array, next)| {
        let app = app.clone();
        async move {
            let Some(below) = next else {
                return Ok::<_, Error>(None);
            };
            let next = following(&app, array, below).await;
            let (text, array, next) =
                next.inspect_err(|error| tracing::warn!(cause = %error.why(), "a list broke off"))?;
            Ok(Some((text, (array, next))))
        }
    });
    let begin = stream::iter([Ok(text)]);
    let rest = rest.map_err(|_| BrokenOff);
    Ok(json(StatusCode::OK, Body::from_stream(begin.chain(rest))))
}

/// The rest of a list can't be sent: the log says why.
#[derive(Debug)]
struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the list broke off")
    }
}

impl std::error::Error for BrokenOff {}

/// The text of a later batch, in its room.
async fn following(
    app: &App,
    array: Array,
    below: Id,
) -> Result<(Bytes, Array, Option<Id>), Error> {
    let dates = app.dates();
    let mut room = app.intake().for_answer(ROOM).await?;
    let piece = app
        .db()
        .read(move |conn| Box::pin(piece(conn, array, below, dates)));
    let Piece { text, array, next } = piece.await?;
    room.fit(text.len(), app.intake()).await?;
    Ok((held(text, Arc::new(room)), array, next))
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
