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

use super::handlers::FIELDS;
use super::rows;
use crate::app::App;
use crate::db::{self, Id};
use crate::http::answer::{Array, json};
use crate::http::error::Error;

/// `GET /api/posts/`: a bare array. Unknown query parameters are ignored, as in the reference.
pub(crate) async fn get(State(app): State<App>) -> Result<Response, Error> {
    let mut array = Array::of(&FIELDS);
    let (begin, next) = piece(&app, &mut array, Id(i64::MAX)).await?;
    let Some(next) = next else {
        return Ok(json(StatusCode::OK, begin));
    };
    let rest = stream::try_unfold((array, Some(next)), move |(mut array, below)| {
        let app = app.clone();
        async move {
            let Some(below) = below else {
                return Ok::<_, db::Error>(None);
            };
            let (piece, next) = piece(&app, &mut array, below)
                .await
                .inspect_err(|error| tracing::error!(cause = %error, "a list broke off"))?;
            Ok(Some((piece, (array, next))))
        }
    });
    let begin = stream::iter([Ok(begin)]);
    Ok(json(StatusCode::OK, Body::from_stream(begin.chain(rest))))
}

/// The text of the posts below a key, and where the next ones begin, if there may be some.
async fn piece(app: &App, array: &mut Array, below: Id) -> db::Result<(Bytes, Option<Id>)> {
    let newest = app
        .db()
        .read(move |conn| Box::pin(rows::newest_before(conn, below)));
    let posts = newest.await?;
    let next = rows::next_batch(&posts);
    Ok((array.piece(&posts, next.is_none()).into(), next))
}
