//! An answer's body: what a resource is, written field by field as its serializer declares it.

use std::io::Write;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use django::json::write_string;

use super::fields::Serializer;
use crate::db::{Dates, Id, Moment};

/// What an answer shows of one field.
pub(crate) enum Shown<'r> {
    Text(&'r str),
    Id(Id),
    /// What a column holds of a date, and how it is shown.
    Moment(Moment, Dates),
    Null,
    /// What is JSON already.
    Json(Vec<u8>),
}

impl<'r> Shown<'r> {
    /// A user's name; users of a model without names have none.
    pub(crate) fn name(name: &'r str) -> Self {
        if name.is_empty() {
            Self::Null
        } else {
            Self::Text(name)
        }
    }
}

/// What a serializer can write.
pub(crate) trait Resource {
    /// The field of this name; none where this resource has no such field.
    fn show(&self, field: &str) -> Option<Shown<'_>>;
}

impl Serializer {
    /// Appends a resource as a JSON object, as DRF's `to_representation` and `JSONRenderer`.
    pub(crate) fn write(&self, out: &mut Vec<u8>, resource: &impl Resource) {
        let mut before = b'{';
        for field in self.0.iter().filter(|field| !field.write_only) {
            let Some(shown) = resource.show(field.name) else {
                continue;
            };
            out.extend_from_slice(&[before, b'"']);
            out.extend_from_slice(field.name.as_bytes());
            out.extend_from_slice(b"\":");
            match shown {
                Shown::Text(text) => write_string(out, text),
                Shown::Null => out.extend_from_slice(b"null"),
                // writing to a buffer never fails
                Shown::Id(id) => drop(write!(out, "{id}")),
                Shown::Moment(at, dates) => {
                    out.push(b'"');
                    dates.write(out, at);
                    out.push(b'"');
                }
                Shown::Json(text) => out.extend_from_slice(&text),
            }
            before = b',';
        }
        out.push(b'}');
    }

    /// An answer that is one resource.
    pub(crate) fn answer(&self, status: StatusCode, resource: &impl Resource) -> Response {
        let mut body = Vec::with_capacity(512);
        self.write(&mut body, resource);
        json(status, body)
    }
}

/// A JSON array of resources that is written as it is read: piece by piece.
#[derive(Clone)]
pub(crate) struct Array {
    serializer: &'static Serializer,
    /// What stands before the next resource.
    before: &'static str,
}

impl Array {
    pub(crate) fn of(serializer: &'static Serializer) -> Self {
        Self {
            serializer,
            before: "[",
        }
    }

    /// Appends the next resource.
    pub(crate) fn push(&mut self, out: &mut Vec<u8>, resource: &impl Resource) {
        out.extend_from_slice(self.before.as_bytes());
        self.serializer.write(out, resource);
        self.before = ",";
    }

    /// Appends what stands at the end.
    pub(crate) fn close(&self, out: &mut Vec<u8>) {
        let end: &[u8] = if self.before == "[" { b"[]" } else { b"]" };
        out.extend_from_slice(end);
    }
}

/// How many headers an answer comes to have.
const HEADERS: usize = 12;

/// An answer of compact JSON.
pub(crate) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::with_capacity(HEADERS);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// 200 with nothing to say: `{}`.
pub(crate) fn empty() -> Response {
    json(StatusCode::OK, "{}")
}
