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

use super::handlers::write;
use super::rows::{self, Post};
use crate::app::App;
use crate::db::Id;
use crate::web::error::Error;
use crate::web::view::json;

/// `GET /api/posts/`: a bare array. Unknown query parameters are ignored, as in the reference.
pub(crate) async fn get(State(app): State<App>) -> Result<Response, Error> {
    let first = batch(&app, Id(i64::MAX)).await?;
    let mut begin = vec![b'['];
    append(&mut begin, &first, true);
    let Some(last) = more_below(&first) else {
        begin.push(b']');
        return Ok(json(StatusCode::OK, begin));
    };
    let rest = stream::try_unfold(Some(last), move |below| {
        let app = app.clone();
        async move {
            let Some(below) = below else {
                return Ok::<_, sqlx::Error>(None);
            };
            let posts = batch(&app, below)
                .await
                .inspect_err(|error| tracing::error!(cause = %error, "a list broke off"))?;
            let mut chunk = Vec::new();
            append(&mut chunk, &posts, false);
            let next = more_below(&posts);
            if next.is_none() {
                chunk.push(b']');
            }
            Ok(Some((Bytes::from(chunk), next)))
        }
    });
    let first = stream::iter([Ok(Bytes::from(begin))]);
    Ok(json(StatusCode::OK, Body::from_stream(first.chain(rest))))
}

async fn batch(app: &App, below: Id) -> sqlx::Result<Vec<Post>> {
    rows::newest_before(&mut app.db().read().await?, below).await
}

/// Where the next batch begins, if there may be one.
fn more_below(posts: &[Post]) -> Option<Id> {
    posts
        .last()
        .filter(|_| rows::may_have_more(posts))
        .map(|post| post.id)
}

fn append(out: &mut Vec<u8>, posts: &[Post], first: bool) {
    for (at, post) in posts.iter().enumerate() {
        if at > 0 || !first {
            out.push(b',');
        }
        write(out, post);
    }
}
