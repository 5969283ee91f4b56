//! `POST /api/token/verify/`: whether a token of any type is valid.

use axum::extract::State;
use axum::response::Response;

use super::claims::BLACKLISTED;
use super::rows;
use crate::app::App;
use crate::db;
use crate::http::answer::empty;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN, Serializer};
use crate::http::operation::{Answer, Operation};
use crate::settings::TokenClass;

/// What is asked for.
pub(crate) static FIELDS: Serializer = Serializer(&[Field::text("token", "Token", PLAIN)]);

/// `POST /api/token/verify/`, in the API's document.
pub(crate) fn verifies() -> Operation {
    Operation::new("verifyToken", "Verify a token")
        .details("A token of any kind. One that is on the blacklist is 400.")
        .takes("Verify", r#"{"token":"eyJhbGciOi…"}"#)
        .answers(Answer::empty(200, "The token is good."))
        .refuses(401, "The token is of no use.")
}

/// `POST /api/token/verify/`: never looks at the user; a blacklisted token is 400, as in Django.
pub(crate) async fn post(State(app): State<App>, body: Body) -> Result<Response, Error> {
    let token = body.fields(&FIELDS).await?.validate()?.required("token")?;
    let tokens = app.tokens();
    tokens.look_for_key(&token).await?;
    let claims = tokens.read(&token, app.clock().now());
    let claims = claims.map_err(Error::bad_token)?;
    claims
        .check(TokenClass::Untyped)
        .map_err(Error::bad_token)?;
    let jti = claims.jti_if_any().map_err(Error::bad_token)?;
    if app.settings().simple_jwt.blacklist_after_rotation && is_blacklisted(&app, jti).await? {
        return Err(Error::non_field(BLACKLISTED));
    }
    Ok(empty())
}

/// Whether the token with this id is on the blacklist.
pub(crate) async fn is_blacklisted(app: &App, jti: Option<String>) -> db::Result<bool> {
    let Some(jti) = jti else {
        return Ok(false);
    };
    let used = app
        .db()
        .read(|conn| Box::pin(async move { rows::is_used(conn, &jti).await }));
    let (is_blacklisted, is_rotated) = used.await?;
    // where the admin removed the row, the token was used all the same
    Ok(is_blacklisted || app.settings().simple_jwt.uses_up() && is_rotated)
}
