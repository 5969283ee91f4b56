//! Which session is the caller's own: that of a refresh token which he shows.

use super::claims::{Claims, UserClaim};
use super::rows;
use crate::accounts::User;
use crate::app::App;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN};
use crate::settings::TokenClass;

/// The field that holds it.
pub(crate) const REFRESH: Field = Field::text("refresh", "Refresh", PLAIN).write_only();

/// The chain of a token that a user shows as his own.
///
/// # Errors
/// 400 where it is not his, or where he can't use it any more.
pub(crate) async fn own_chain(app: &App, token: &str, user: &User) -> Result<String, Error> {
    let tokens = app.tokens();
    tokens.look_for_key(token).await?;
    let claims = tokens.read(token, app.clock().now());
    let claims = claims.ok().filter(|claims| is_own(app, claims, user));
    let jti = claims.and_then(|claims| claims.jti().ok().flatten());
    let jti = jti.ok_or_else(not_own)?;
    let past = app.db().read({
        let jti = jti.clone();
        move |conn| Box::pin(async move { rows::past(conn, Some(&jti), None).await })
    });
    let past = past.await?;
    if past.is_blacklisted || past.rotation().is_some() {
        return Err(not_own());
    }
    Ok(past.next(&jti).0)
}

/// Whether a token is of a kind that has a session, and names this user.
fn is_own(app: &App, claims: &Claims, user: &User) -> bool {
    let is_of = |class| claims.check(class).is_ok();
    let has_session =
        is_of(TokenClass::Refresh) || app.settings().tokens.sliding && is_of(TokenClass::Sliding);
    let is_his = match claims.user_id() {
        Some(UserClaim::Id(id)) => id == user.id,
        Some(UserClaim::Username(name)) => name == user.username,
        Some(UserClaim::Email(email)) => email == user.email,
        Some(UserClaim::Nobody | UserClaim::NoNumber) | None => false,
    };
    has_session && is_his
}

fn not_own() -> Error {
    Error::field(
        "refresh",
        "This is not a refresh token of yours that can still be used: show the newest one of this session.",
    )
}
