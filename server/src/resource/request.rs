//! What a handler of one's own takes of a request: the values of its body, and the key of its path.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::db::Id;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::Serializer;
use crate::http::form;
use crate::http::path::Pk;

/// The fields of a body that is still to be read.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) fields: &'static Serializer,
    pub(super) is_partial: bool,
}

/// The values of a body, JSON or a form, that passed every check of its fields. As an argument of a handler it stands last,
/// since it reads the body; of `PATCH` it has what was named.
pub struct Values(form::Values);

impl Values {
    /// The value of a field, if it was sent.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.take(name)
    }

    /// The value of a required field; nothing where there is no such field.
    pub fn text(&mut self, name: &str) -> String {
        self.take(name).unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequest<S> for Values {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let values = read(request).await;
        values.map_err(IntoResponse::into_response)
    }
}

async fn read(request: Request) -> Result<Values, Error> {
    let wanted = request.extensions().get().copied();
    let Wanted { fields, is_partial } =
        wanted.ok_or_else(|| Error::internal("the call takes no fields: Call::takes"))?;
    let body = Body::of(request)?;
    let form = if is_partial {
        body.partial_fields(fields).await?
    } else {
        body.fields(fields).await?
    };
    Ok(Values(form.validate()?))
}

/// The `{pk}` of the path: a number. Whatever else stands there is 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let pk = Pk::from_request_parts(parts, state).await?;
        let Id(id) = pk
            .id(Error::not_found)
            .map_err(IntoResponse::into_response)?;
        Ok(Self(id))
    }
}
