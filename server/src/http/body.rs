//! A request's body: whether there is one, how long it may be, and what `django::parsers` makes of it.

use std::error::Error as StdError;

use axum::body::{Body as AxumBody, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use futures_util::{StreamExt, stream};
use http_body::Body as _;
use http_body_util::LengthLimitError;

use super::error::Error;
use super::fields::Serializer;
use super::form::Form;
use super::log::Context;
use super::room::{self, LARGE, Room};
use django::charset;
use django::parsers::{self, Data, Fields, Parser};

/// A multipart body with its files, which no field here accepts. Django has no limit and writes them to disk.
const MAX_MULTIPART: usize = 16 * 1024 * 1024;

/// A body that is not read yet: a handler reads it after everything that is checked before.
pub(crate) struct Body {
    headers: HeaderMap,
    stream: AxumBody,
    context: Context,
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        Self::of(request)
    }
}

impl Body {
    /// The body of a request.
    pub(crate) fn of(request: Request) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let context = parts.extensions.remove();
        Ok(Self {
            headers: parts.headers,
            stream: body,
            context: context.ok_or_else(|| Error::internal("the request has no context"))?,
        })
    }

    /// The headers that it came with.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What is known of the request beside it.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Reads the body and takes the serializer's fields from it, all of them required.
    pub(crate) async fn fields(self, serializer: &'static Serializer) -> Result<Form, Error> {
        self.form(serializer, false).await
    }

    /// Reads the body and takes those of the serializer's fields that it names, as PATCH does.
    pub(crate) async fn partial_fields(
        self,
        serializer: &'static Serializer,
    ) -> Result<Form, Error> {
        self.form(serializer, true).await
    }

    async fn form(self, serializer: &'static Serializer, partial: bool) -> Result<Form, Error> {
        let Some(body) = present(self.stream).await else {
            return Ok(serializer.read(&Fields::none(), partial));
        };
        let content_type = self.headers.get(header::CONTENT_TYPE);
        let content_type = content_type
            .map(|value| charset::latin1(value.as_bytes()))
            .unwrap_or_default();
        let parser = parsers::select(&content_type)?;
        let fields = self.context.longest_body;
        let limit = if parser.takes_files() {
            fields.max(MAX_MULTIPART)
        } else {
            fields
        };
        let length = body.size_hint();
        if length.lower() > limit as u64 {
            return Err(too_long(limit));
        }
        // one that does not say how long it is may become as long as it may be
        let most = length
            .exact()
            .map_or(limit, |length| usize::try_from(length).unwrap_or(limit));
        if most < LARGE {
            let bytes = whole(body, limit).await?;
            return take(&parser, &bytes, fields, serializer, partial);
        }
        let room = Room::of(most).await?;
        let bytes = room::arriving(whole(body, limit)).await?;
        let form = room::parsing(move || {
            take(
                &parsers::select(&content_type)?,
                &bytes,
                fields,
                serializer,
                partial,
            )
        });
        Ok(form.await?.in_room(room))
    }
}

async fn whole(body: AxumBody, limit: usize) -> Result<Bytes, Error> {
    let bytes = to_bytes(body, limit).await;
    bytes.map_err(|error| {
        let is_too_long = error
            .source()
            .is_some_and(<dyn StdError>::is::<LengthLimitError>);
        if is_too_long {
            too_long(limit)
        } else {
            Error::refused(format!("the body broke off or is malformed: {error}"))
        }
    })
}

/// HTML 400, which does not say why.
fn too_long(limit: usize) -> Error {
    Error::refused(format!(
        "the body is longer than {limit} bytes; limits.body allows longer ones"
    ))
}

/// Takes the fields from a body.
fn take(
    parser: &Parser<'_>,
    body: &[u8],
    most: usize,
    serializer: &Serializer,
    partial: bool,
) -> Result<Form, Error> {
    match parser.parse(body, most)? {
        Data::Fields(fields) => Ok(serializer.read(&fields, partial)),
        Data::Other("NoneType") => Err(Error::non_field("No data provided")),
        Data::Other(python_type) => Err(Error::not_an_object(python_type)),
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
