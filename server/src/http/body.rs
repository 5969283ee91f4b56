//! A request's body: which parser reads it, its limits, and DRF's errors when it cannot be read.

use axum::body::{Body as AxumBody, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::{StreamExt, stream};
use http_body::Body as _;

use super::error::Error;
use super::fields::{Form, Serializer};
use django::charset::{self, CharsetError};
use django::form;
use django::json::{self, Object, Text, Value};
use django::media::{MediaType, Parser, choose_parser};
use django::multipart::{self, MAX_BODY, MultipartError, Part};

/// A multipart body with its files, which no field here accepts. Django has no limit and writes them to disk.
const MAX_MULTIPART: usize = 16 * 1024 * 1024;

/// A body that is not read yet: a handler reads it after everything that is checked before.
pub(crate) struct Body {
    headers: HeaderMap,
    body: AxumBody,
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        Ok(Self {
            headers: parts.headers,
            body,
        })
    }
}

impl Body {
    /// Reads the body and takes the serializer's fields from it, all of them required.
    pub(crate) async fn fields(self, serializer: &Serializer) -> Result<Form, Error> {
        Ok(serializer.read(&self.object().await?, false))
    }

    /// Reads the body and takes those of the serializer's fields that it names, as PATCH does.
    pub(crate) async fn partial_fields(self, serializer: &Serializer) -> Result<Form, Error> {
        Ok(serializer.read(&self.object().await?, true))
    }

    async fn object(self) -> Result<Object, Error> {
        match self.value().await? {
            Value::Object(object) => Ok(object),
            Value::Null => Err(Error::non_field("No data provided")),
            other => Err(Error::not_an_object(other.python_type())),
        }
    }

    async fn value(self) -> Result<Value, Error> {
        let Some(body) = present(self.body).await else {
            return Ok(Value::Object(Object::default()));
        };
        // Python reads headers as latin-1
        let raw = self
            .headers
            .get(header::CONTENT_TYPE)
            .map_or(&b""[..], |value| value.as_bytes());
        let content_type: String = raw.iter().map(|byte| char::from(*byte)).collect();
        let parser = choose_parser(&content_type)
            .ok_or_else(|| Error::unsupported_media_type(&content_type))?;
        let limit = if parser == Parser::Multipart {
            MAX_MULTIPART
        } else {
            MAX_BODY
        };
        if body.size_hint().lower() > limit as u64 {
            return Err(Error::Page(StatusCode::BAD_REQUEST));
        }
        let bytes = to_bytes(body, limit)
            .await
            .map_err(|_| Error::Page(StatusCode::BAD_REQUEST))?;
        // nothing waits from here until the fields are taken: as many parsed bodies are in memory as there are threads
        let media_type = MediaType::parse(&content_type);
        match parser {
            Parser::Json => {
                let text = charset::decode(&bytes, media_type.charset()).map_err(bad_charset)?;
                json::parse_body(&text)
                    .map_err(|error| Error::parse(format!("JSON parse error - {error}")))
            }
            Parser::Form => {
                let charset = charset::lookup(media_type.charset()).map_err(bad_charset)?;
                let pairs = form::parse_form(&bytes, charset)
                    .map_err(|_| Error::Page(StatusCode::BAD_REQUEST))?;
                Ok(object(
                    pairs
                        .into_iter()
                        .map(|(name, value)| (name, Value::Text(value.into()))),
                ))
            }
            Parser::Multipart => {
                let charset = charset::lookup(media_type.charset()).map_err(bad_charset)?;
                let parts = multipart::parse_multipart(raw, &bytes, charset);
                let parts = parts.map_err(|error| match error {
                    MultipartError::Parse(message) => {
                        Error::parse(format!("Multipart form parse error - {message}"))
                    }
                    MultipartError::TooLarge => Error::Page(StatusCode::BAD_REQUEST),
                })?;
                Ok(object(parts.into_iter().map(|(name, part)| match part {
                    Part::Text(text) => (name, Value::Text(text.into())),
                    // to a text field a file is what a list is: not a string
                    Part::File => (name, Value::List(Vec::new())),
                })))
            }
        }
    }
}

/// The body, if there is anything in it: of one without a length only its first chunk tells.
async fn present(body: AxumBody) -> Option<AxumBody> {
    if body.is_end_stream() {
        return None;
    }
    if body.size_hint().exact().is_some() {
        return Some(body);
    }
    let mut chunks = body.into_data_stream();
    while let Some(first) = chunks.next().await {
        // one that broke off is refused when it is read
        if first.as_ref().is_ok_and(Bytes::is_empty) {
            continue;
        }
        let first = stream::iter([first]);
        return Some(AxumBody::from_stream(first.chain(chunks)));
    }
    None
}

fn bad_charset(error: CharsetError) -> Error {
    match error {
        CharsetError::Unsupported(label) => Error::unsupported_charset(&label),
        CharsetError::Malformed(message) => Error::parse(format!("JSON parse error - {message}")),
    }
}

fn object(pairs: impl Iterator<Item = (String, Value)>) -> Value {
    let mut object = Object::default();
    for (name, value) in pairs {
        object.insert(Text::from(name), value);
    }
    Value::Object(object)
}
