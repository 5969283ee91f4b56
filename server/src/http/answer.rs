//! An answer's body: what a resource is, written field by field as its serializer declares it.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use django::json::write_string;

use super::fields::Serializer;
use crate::db::{Id, Moment};

/// What an answer shows of one field.
pub(crate) enum Shown<'r> {
    Text(&'r str),
    Id(Id),
    Moment(Moment),
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
                Shown::Id(id) => out.extend_from_slice(id.to_string().as_bytes()),
                Shown::Moment(at) => {
                    out.push(b'"');
                    out.extend_from_slice(at.rfc3339().as_bytes());
                    out.push(b'"');
                }
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
pub(crate) struct Array {
    serializer: &'static Serializer,
    is_begun: bool,
}

impl Array {
    pub(crate) fn of(serializer: &'static Serializer) -> Self {
        Self {
            serializer,
            is_begun: false,
        }
    }

    /// The next piece; `is_last` closes the array.
    pub(crate) fn piece<R: Resource>(&mut self, resources: &[R], is_last: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 * (resources.len() + 1));
        if !self.is_begun {
            out.push(b'[');
        }
        for (at, resource) in resources.iter().enumerate() {
            if at > 0 || self.is_begun {
                out.push(b',');
            }
            self.serializer.write(&mut out, resource);
        }
        self.is_begun = true;
        if is_last {
            out.push(b']');
        }
        out
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
