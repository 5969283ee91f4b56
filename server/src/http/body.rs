//! A request's body: whether there is one, how long it may be, and what `django::parsers` makes of it.

use std::mem;

use axum::body::{Body as AxumBody, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::error::Error;
use super::fields::Serializer;
use super::form::Form;
use super::log::Context;
use super::room::{self, Intake, LARGE, Room, SMALL};
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

    /// The pairs of a form, as Django's `request.POST` has them: none where the body is no form.
    pub(crate) async fn pairs(self) -> Result<Vec<(String, String)>, Error> {
        let Some(read) = self.read().await? else {
            return Ok(Vec::new());
        };
        let Ok(parser) = parsers::select(&read.content_type) else {
            return Ok(Vec::new());
        };
        match parser.parse(&read.bytes, read.fields)? {
            Data::Fields(fields) => Ok(fields.into_pairs()),
            Data::Other(_) => Ok(Vec::new()),
        }
    }

    async fn form(self, serializer: &'static Serializer, partial: bool) -> Result<Form, Error> {
        let Some(read) = self.read().await? else {
            return Ok(serializer.read(&Fields::none(), partial));
        };
        let Read {
            content_type,
            bytes,
            fields,
            is_large,
            room,
        } = read;
        let parse = move || {
            let parser = parsers::select(&content_type)?;
            take(&parser, &bytes, fields, serializer, partial)
        };
        let form = if is_large {
            room::parsing(parse).await?
        } else {
            parse()?
        };
        Ok(form.in_room(room))
    }

    /// Reads all of it; none where there is nothing in it.
    ///
    /// # Errors
    /// No parser takes it, it is too long, or it does not come.
    async fn read(self) -> Result<Option<Read>, Error> {
        let intake = &*self.context.intake;
        let end = intake.end_of_body();
        let mut body = Arriving::new(self.stream);
        if !body.is_there(intake, end).await? {
            return Ok(None);
        }
        let content_type = self.headers.get(header::CONTENT_TYPE);
        let content_type = content_type
            .map(|value| charset::latin1(value.as_bytes()))
            .unwrap_or_default();
        let fields = intake.longest_body;
        let limit = if parsers::select(&content_type)?.takes_files() {
            fields.max(MAX_MULTIPART)
        } else {
            fields
        };
        let length = body.rest.size_hint();
        if length.lower() > limit as u64 {
            return Err(too_long(limit));
        }
        // one that does not say how long it is may become as long as it may be
        let most = length
            .exact()
            .map_or(limit, |length| usize::try_from(length).unwrap_or(limit));
        let room = if most < SMALL {
            None
        } else {
            Some(intake.for_body(most).await?)
        };
        let bytes = body.whole(limit, intake, end).await?;
        Ok(Some(Read {
            content_type,
            bytes,
            fields,
            is_large: most >= LARGE,
            room,
        }))
    }
}

/// A body that was read.
struct Read {
    content_type: String,
    bytes: Bytes,
    /// How many bytes may be outside of files.
    fields: usize,
    /// Whether to parse it is work for another thread.
    is_large: bool,
    /// What it takes of the memory for large bodies.
    room: Option<Room>,
}

/// A body on its way.
struct Arriving {
    /// What has come of it.
    first: Bytes,
    rest: AxumBody,
}

impl Arriving {
    fn new(rest: AxumBody) -> Self {
        Self {
            first: Bytes::new(),
            rest,
        }
    }

    /// Whether there is anything in it: of one without a length only its first chunk tells.
    async fn is_there(&mut self, intake: &Intake, end: Instant) -> Result<bool, Error> {
        if self.rest.is_end_stream() {
            return Ok(false);
        }
        if self.rest.size_hint().exact().is_some() {
            return Ok(true);
        }
        while self.first.is_empty() {
            match self.part(intake, end).await? {
                Some(part) => self.first = part,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// All of it, at most so many bytes.
    async fn whole(mut self, limit: usize, intake: &Intake, end: Instant) -> Result<Bytes, Error> {
        let mut whole = mem::take(&mut self.first);
        let mut joined = Vec::new();
        while let Some(part) = self.part(intake, end).await? {
            if joined.is_empty() && whole.is_empty() {
                // mostly there is one part, which is not copied
                whole = part;
                continue;
            }
            if joined.is_empty() {
                let length = self.rest.size_hint().lower();
                let rest = usize::try_from(length).unwrap_or(limit).min(limit);
                joined.reserve(whole.len() + part.len() + rest);
                joined.extend_from_slice(&whole);
            }
            joined.extend_from_slice(&part);
            if joined.len() > limit {
                return Err(too_long(limit));
            }
        }
        if joined.is_empty() {
            if whole.len() > limit {
                return Err(too_long(limit));
            }
            return Ok(whole);
        }
        Ok(joined.into())
    }

    /// What comes next of it; none at its end.
    async fn part(&mut self, intake: &Intake, end: Instant) -> Result<Option<Bytes>, Error> {
        loop {
            let Some(frame) = intake.arriving(self.rest.frame(), end).await? else {
                return Ok(None);
            };
            let frame = frame.map_err(|error| {
                Error::refused(format!("the body broke off or is malformed: {error}"))
            })?;
            // anything else is trailers
            if let Ok(bytes) = frame.into_data() {
                return Ok(Some(bytes));
            }
        }
    }
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
