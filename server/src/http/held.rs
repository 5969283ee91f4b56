//! An answer's body that keeps its room in memory until the client has all of it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};

use super::error::Error;
use super::html::InParts;
use super::room::{self, Intake, Room, SMALL};

/// An answer with the room that was kept for it before it was made: it needs to wait for no other.
///
/// # Errors
/// 503 where it takes more than that, and there is no more for long.
pub(crate) async fn housed(
    mut response: Response,
    mut room: Room,
    intake: &Intake,
) -> Result<Response, Error> {
    let length = length(&response);
    if length >= SMALL {
        room.fit(length, intake).await?;
        response.extensions_mut().insert(Arc::new(room));
    }
    Ok(response)
}

/// How long an answer is; a streamed one takes room for each part.
fn length(response: &Response) -> usize {
    let length = response.body().size_hint().exact().unwrap_or(0);
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// An answer in its room. Where there is none for long, one that only shows something is 503; what was done is always
/// told.
pub(crate) async fn in_room(mut response: Response, is_safe: bool, intake: &Intake) -> Response {
    let length = length(&response);
    if length < SMALL || response.extensions_mut().remove::<InParts>().is_some() {
        return response;
    }
    if let Some(room) = response.extensions_mut().remove::<Arc<Room>>() {
        return response.map(|body| Body::new(Held { body, room }));
    }
    let room = if is_safe {
        intake.for_made(length).await
    } else {
        intake.at_once(length).ok_or_else(room::full)
    };
    match room {
        Ok(room) => response.map(|body| {
            Body::new(Held {
                body,
                room: Arc::new(room),
            })
        }),
        Err(error) if is_safe => error.into_response(),
        Err(_) => response,
    }
}

/// Bytes that keep this room for as long as anybody has a part of them.
pub(crate) fn held(bytes: Bytes, room: Arc<Room>) -> Bytes {
    struct InRoom(Bytes, #[expect(dead_code, reason = "held")] Arc<Room>);

    impl AsRef<[u8]> for InRoom {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    Bytes::from_owner(InRoom(bytes, room))
}

struct Held {
    body: Body,
    room: Arc<Room>,
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        frame.map(|frame| {
            frame.map(|frame| {
                frame.map(|frame| frame.map_data(|bytes| held(bytes, self.room.clone())))
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
