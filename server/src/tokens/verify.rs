//! `POST /api/token/verify/`: whether a token of any type is valid.

use axum::extract::State;
use axum::response::Response;

use super::claims::BLACKLISTED;
use super::rows;
use crate::app::App;
use crate::http::answer::empty;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN, Serializer};

/// What is asked for.
pub(crate) static FIELDS: Serializer = Serializer(&[Field::text("token", "Token", PLAIN)]);

/// `POST /api/token/verify/`: never looks at the user; a blacklisted token is 400, as in Django.
pub(crate) async fn post(State(app): State<App>, body: Body) -> Result<Response, Error> {
    let token = body.fields(&FIELDS).await?.validate()?.required("token")?;
    let claims = app
        .tokens()
        .read(&token, app.clock().now())
        .map_err(Error::bad_token)?;
    claims.check_untyped().map_err(Error::bad_token)?;
    let jti = claims.jti().map_err(Error::bad_token)?;
    let jwt = &app.settings().simple_jwt;
    if let (Some(jti), true) = (jti, jwt.blacklist_after_rotation) {
        let used = app
            .db()
            .read(|conn| Box::pin(async move { rows::is_used(conn, &jti).await }));
        let (is_blacklisted, is_rotated) = used.await?;
        // where the admin removed the row, the token was used all the same
        if is_blacklisted || jwt.rotate_refresh_tokens && is_rotated {
            return Err(Error::non_field(BLACKLISTED));
        }
    }
    Ok(empty())
}
