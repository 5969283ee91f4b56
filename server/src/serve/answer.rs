//! The service as hyper calls it: the request's body is read to its end, and the answer's is watched.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::task::JoinHandle;
use tokio::time::{Timeout, timeout};
use tower_service::Service;

use super::body::{Leavings, RequestBody};
use super::progress::{Progress, UnderWay};

/// A service that hands out bodies of which nothing is left unread.
pub(super) struct Answering<S> {
    pub(super) service: S,
    pub(super) leavings: Arc<Leavings>,
    pub(super) progress: Arc<Progress>,
}

impl<S> hyper::service::Service<Request<Incoming>> for Answering<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone,
    S::Future: Unpin,
{
    type Response = axum::http::Response<AnswerBody>;
    type Error = Infallible;
    type Future = Answer<S::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let under_way = self.progress.request(body.size_hint().exact());
        let (body, leavings) = if body.is_end_stream() {
            (Body::empty(), None)
        } else {
            let leavings = self.leavings.clone();
            // HTTP/2 ends a stream without its connection
            let may_close = (parts.version < Version::HTTP_2).then(|| leavings.clone());
            let body = RequestBody::new(body, &parts, leavings, under_way.clone());
            (Body::new(body), may_close)
        };
        // both services that are served are always ready
        let future = self.service.clone().call(Request::from_parts(parts, body));
        Answer {
            future,
            leavings,
            held: None,
            under_way: Some(under_way),
        }
    }
}

/// How long an answer waits for the end of its request. It may leave before, but a proxy that passes requests on as they
/// come (nginx with `proxy_request_buffering off`) then closes the client's connection without a word.
const HELD: Duration = Duration::from_secs(1);

type Reading = Pin<Box<Timeout<JoinHandle<()>>>>;

/// An answer, which says so where its connection ends with it.
pub(super) struct Answer<F> {
    future: F,
    leavings: Option<Arc<Leavings>>,
    held: Option<(Response, Reading)>,
    /// Taken by the answer's body.
    under_way: Option<UnderWay>,
}

impl<F: Future<Output = Result<Response, Infallible>> + Unpin> Future for Answer<F> {
    type Output = Result<axum::http::Response<AnswerBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (response, mut reading) = if let Some(held) = self.held.take() {
            held
        } else {
            let Ok(response) = ready!(Pin::new(&mut self.future).poll(cx));
            let Some(leavings) = &self.leavings else {
                return Poll::Ready(Ok(self.watched(response)));
            };
            // it is told at once that its body is too long, or that nobody asks for it
            let reading = leavings.reading().filter(|_| !leavings.are_unread());
            let Some(reading) = reading else {
                return Poll::Ready(Ok(self.finished(response)));
            };
            (response, Box::pin(timeout(HELD, reading)))
        };
        if reading.as_mut().poll(cx).is_pending() {
            self.held = Some((response, reading));
            return Poll::Pending;
        }
        Poll::Ready(Ok(self.finished(response)))
    }
}

impl<F> Answer<F> {
    fn finished(&mut self, mut response: Response) -> axum::http::Response<AnswerBody> {
        let leavings = self.leavings.as_ref();
        if leavings.is_some_and(|leavings| leavings.are_unread()) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        self.watched(response)
    }

    fn watched(&mut self, response: Response) -> axum::http::Response<AnswerBody> {
        let under_way = self.under_way.take();
        response.map(|body| {
            let is_long = body.size_hint().exact().is_none_or(|length| length > LONG);
            // HTTP/2 may never ask for its first part
            let taken = (under_way.as_ref().filter(|_| is_long))
                .map(|under_way| under_way.progress().answer());
            AnswerBody {
                body,
                rest: Bytes::new(),
                taken,
                under_way,
            }
        })
    }
}

/// How much of an answer is handed to hyper at once. HTTP/2 keeps what it was handed, however little the client takes.
const PART: usize = 64 * 1024;

/// From how many bytes on it is watched whether the client takes an answer.
const LONG: u64 = 4 * 1024;

/// The body of an answer, whose request is under way until it is sent.
pub(super) struct AnswerBody {
    body: Body,
    /// What is left of a part that was too long.
    rest: Bytes,
    /// When the client last took a part of it, where it is long.
    taken: Option<Arc<AtomicU64>>,
    under_way: Option<UnderWay>,
}

impl AnswerBody {
    /// A part is taken, or another one is waited for.
    fn note(&self, is_waiting: bool) {
        if let (Some(under_way), Some(taken)) = (&self.under_way, &self.taken) {
            under_way.progress().taken(taken, is_waiting);
        }
    }

    fn part_of(&mut self, mut bytes: Bytes) -> Bytes {
        if bytes.len() > PART {
            self.rest = bytes.split_off(PART);
        }
        self.note(false);
        bytes
    }
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            return Poll::Ready(Some(Ok(Frame::data(self.part_of(rest)))));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            self.note(true);
            return Poll::Pending;
        };
        let frame =
            frame.map(|frame| frame.map(|frame| frame.map_data(|bytes| self.part_of(bytes))));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        let rest = self.rest.len() as u64;
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}
