//! `POST /api/token/sliding/` and `POST /api/token/sliding/refresh/`: one token in the place of two.

use std::borrow::Cow;

use axum::extract::State;
use axum::response::Response;

use super::claims::{BLACKLISTED, INVALID};
use super::obtain;
use super::pair;
use super::verify::is_blacklisted;
use super::{rule, user_claims};
use crate::app::App;
use crate::db::UserTable;
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN, Serializer};
use crate::http::operation::Operation;
use crate::settings::{Settings, TokenClass};

/// What a refresh asks for.
pub(crate) static FIELDS: Serializer = Serializer(&[Field::text("token", "Token", PLAIN)]);

/// `POST /api/token/sliding/`, in the API's document.
pub(crate) fn obtains(users: UserTable, settings: &Settings) -> Operation {
    let operation = Operation::new("obtainSlidingToken", "Log in with one token")
        .details("A sliding token signs requests in and gets its own successor.")
        .answers(pair::sliding_answer());
    obtain::logs_in(operation, users, settings)
}

/// `POST /api/token/sliding/refresh/`, there.
pub(crate) fn refreshes() -> Operation {
    Operation::new("refreshSlidingToken", "Get a new sliding token")
        .takes("SlidingRefresh", r#"{"token":"eyJhbGciOi…"}"#)
        .answers(pair::sliding_answer())
        .refuses(401, "The token is of no use.")
}

/// `POST /api/token/sliding/`: checks the password as a login does, and hands out a sliding token.
pub(crate) async fn post(State(app): State<App>, body: Body) -> Result<Response, Error> {
    obtain::obtain(&app, body, TokenClass::Sliding).await
}

/// `POST /api/token/sliding/refresh/`: the same token with a later end. As in Django it keeps its id, writes no row, and
/// nobody looks at the user; but a changed password ends it where CHECK_REVOKE_TOKEN is on.
pub(crate) async fn refresh(State(app): State<App>, body: Body) -> Result<Response, Error> {
    let mut fields = body.fields(&FIELDS).await?.validate()?;
    app.tokens().must_sign()?;
    let token = fields.required("token")?;
    let now = app.clock().now();
    let tokens = app.tokens();
    tokens.look_for_key(&token).await?;
    let claims = tokens.read(&token, now).map_err(Error::bad_token)?;
    let jti = claims.jti().map_err(Error::bad_token)?;
    if is_blacklisted(&app, jti).await? {
        return Err(Error::bad_token(BLACKLISTED));
    }
    claims
        .check(TokenClass::Sliding)
        .map_err(Error::bad_token)?;
    let name = &app.settings().simple_jwt.sliding_token_refresh_exp_claim;
    if claims.get(name).is_none() {
        return Err(Error::bad_token(format!("Token has no '{name}' claim")));
    }
    let until = claims.moment(name);
    let until = until.ok_or_else(|| Error::bad_token(INVALID))?;
    if app.tokens().is_past(until, now) {
        return Err(Error::bad_token(format!(
            "Token '{name}' claim has expired"
        )));
    }
    claims.check_issuer().map_err(Error::bad_token)?;
    let settings = app.settings();
    let reads_anew = settings.tokens.claims_at_refresh;
    let mut shown = Cow::Borrowed(claims.object());
    if (reads_anew || settings.simple_jwt.check_revoke_token) && claims.names_a_user(false) {
        let user = match claims.user_id() {
            Some(claim) => claim.user(app.users()).await?,
            None => None,
        };
        let user = user.ok_or_else(Error::no_account_of_token)?;
        if !rule::has_password(&app, user.id, claims.password().as_deref()).await? {
            return Err(Error::password_changed());
        }
        if reads_anew {
            shown = Cow::Owned(user_claims::anew(&app, user.id, &shown).await?);
        }
    }
    let token = app.tokens().sliding_again(&shown, now)?;
    Ok(pair::sliding(&token))
}
