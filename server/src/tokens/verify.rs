//! `POST /api/token/verify/`: whether a token of any type is valid.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::jwt::BLACKLISTED;
use super::rows;
use crate::app::App;
use crate::web::body::Body;
use crate::web::error::Error;
use crate::web::fields::{Field, PLAIN, Serializer};
use crate::web::view::json;

/// What is asked for.
pub(crate) static FIELDS: Serializer = Serializer(&[Field::text("token", "Token", PLAIN)]);

/// `POST /api/token/verify/`: never looks at the user; a blacklisted token is 400, as in Django.
pub(crate) async fn post(State(app): State<App>, body: Body) -> Result<Response, Error> {
    let token = body.fields(&FIELDS).await?.validate()?.required("token")?;
    let claims = app
        .keys()
        .read(&token, app.clock().now())
        .map_err(Error::bad_token)?;
    claims.check_untyped().map_err(Error::bad_token)?;
    let jti = claims.jti().map_err(Error::bad_token)?;
    if app.settings().simple_jwt.blacklist_after_rotation
        && rows::is_blacklisted(&mut app.db().read().await?, &jti).await?
    {
        return Err(Error::non_field(BLACKLISTED));
    }
    Ok(json(StatusCode::OK, "{}"))
}
