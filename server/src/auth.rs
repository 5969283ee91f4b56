//! Who sends a request: the `Authorization` header, the access token in it, and the user that it names.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use memchr::memchr2;
use secrecy::ExposeSecret;

use crate::accounts::{self, User};
use crate::app::App;
use crate::db::{Conn, Id, Work};
use crate::http::error::Error;
use crate::settings::SimpleJwt;
use crate::tokens::{UserClaim, of_password};

/// The signed-in user. A handler that takes this as an argument answers 401 to everybody else.
#[derive(Clone)]
pub struct CurrentUser(pub Arc<User>);

impl<S> FromRequestParts<S> for CurrentUser
where
    S: Send + Sync,
    App: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        // the dispatch has looked already; a program that mounts our router beside its own has not
        if let Some(Caller::Known(user)) = parts.extensions.get() {
            return Ok(user.clone());
        }
        let app = App::from_ref(state);
        let user = Box::pin(authenticate(&app, &parts.headers))
            .await
            .and_then(|user| user.ok_or_else(Error::not_authenticated));
        user.map_err(|error| {
            let mut response = error.into_response();
            add_challenge(&mut response, &app.settings().simple_jwt);
            response
        })
    }
}

/// Who asks, as a handler gets it.
#[derive(Clone)]
pub(crate) enum Caller {
    /// Whom a good token names: the handler looks him up as it reads, in the same turn of the database.
    Named(Id),
    /// A user who may ask.
    Known(CurrentUser),
}

impl Caller {
    /// The key of the user.
    pub(crate) fn id(&self) -> Id {
        match self {
            Self::Named(id) => *id,
            Self::Known(CurrentUser(user)) => user.id,
        }
    }

    /// The user, where somebody has looked.
    pub(crate) fn known(self) -> Option<CurrentUser> {
        match self {
            Self::Named(_) => None,
            Self::Known(user) => Some(user),
        }
    }

    /// Looks the caller up, and reads what `body` does if he may ask.
    pub(crate) async fn read<T, F>(self, app: &App, body: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t, 'c> FnOnce(&'t mut Conn<'c>) -> Work<'t, T> + Clone + Send + 'static,
    {
        let Self::Named(id) = self else {
            return Ok(app.db().read(body).await?);
        };
        let (user, found) = app.users().find_and_read(id, body).await?;
        may_ask(user)?;
        found.ok_or_else(|| Error::internal("an active user's request was not read"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Error::internal("the route reads for nobody").into_response())
    }
}

/// `WWW-Authenticate` on a 401, with the first of AUTH_HEADER_TYPES, as SimpleJWT's `authenticate_header`.
pub(crate) fn add_challenge(response: &mut Response, jwt: &SimpleJwt) {
    if response.status() != StatusCode::UNAUTHORIZED {
        return;
    }
    let scheme = jwt.auth_header_types.first();
    let scheme = scheme.map_or("Bearer", String::as_str);
    if let Ok(value) = HeaderValue::try_from(format!("{scheme} realm=\"api\"")) {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, value);
    }
}

/// SimpleJWT's `JWTAuthentication`: `None` where no token of ours is shown, 401 where a bad one is.
pub(crate) async fn authenticate(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<CurrentUser>, Error> {
    match claimed(app, headers)? {
        None => Ok(None),
        Some(claim) => Ok(Some(user_of(app, &claim).await?)),
    }
}

/// Whom a token names that is good in itself.
pub(crate) struct Claimed {
    pub(crate) user: UserClaim,
    /// What it says about the user's password, where that is asked.
    password: Option<String>,
}

impl Claimed {
    /// The user's key, where nothing but the user has to be looked up: a handler does so as it reads.
    pub(crate) fn key(&self, app: &App) -> Option<Id> {
        match self.user {
            UserClaim::Id(id) if !app.settings().simple_jwt.check_revoke_token => Some(id),
            _ => None,
        }
    }
}

/// Whom a token names that is good in itself; the database has not been asked yet.
pub(crate) fn claimed(app: &App, headers: &HeaderMap) -> Result<Option<Claimed>, Error> {
    let Some(token) = bearer(headers, &app.settings().simple_jwt)? else {
        return Ok(None);
    };
    let claims = app.tokens().read(&token, app.clock().now());
    let claims = claims.map_err(Error::bad_bearer)?;
    claims.check_access().map_err(Error::bad_bearer)?;
    let user = claims.user_id().ok_or_else(Error::no_user_identification)?;
    let password = claims.password();
    Ok(Some(Claimed { user, password }))
}

/// The user of a claim, who may ask.
pub(crate) async fn user_of(app: &App, claim: &Claimed) -> Result<CurrentUser, Error> {
    let user = may_ask(claim.user.user(app.users()).await?)?;
    if app.settings().simple_jwt.check_revoke_token {
        let encoded = accounts::rows::password(app.db(), user.id).await?;
        let now = encoded.map(|encoded| of_password(encoded.expose_secret()));
        if claim.password != now {
            return Err(Error::password_changed());
        }
    }
    Ok(CurrentUser(user))
}

fn may_ask(user: Option<Arc<User>>) -> Result<Arc<User>, Error> {
    let user = user.ok_or_else(Error::user_not_found)?;
    if user.is_active {
        Ok(user)
    } else {
        Err(Error::user_inactive())
    }
}

/// What SimpleJWT's `JWTAuthentication` says.
impl Error {
    pub(crate) fn bad_authorization_header() -> Self {
        Self::unauthenticated(
            "Authorization header must contain two space-delimited values",
            Some("bad_authorization_header"),
        )
    }

    /// The token of the `Authorization` header is refused.
    pub(crate) fn bad_bearer(message: &'static str) -> Self {
        Self::Unauthenticated {
            detail: "Given token not valid for any token type",
            code: Some("token_not_valid"),
            token: Some(message),
        }
    }

    pub(crate) fn no_user_identification() -> Self {
        Self::unauthenticated(
            "Token contained no recognizable user identification",
            Some("token_not_valid"),
        )
    }

    pub(crate) fn user_not_found() -> Self {
        Self::unauthenticated("User not found", Some("user_not_found"))
    }

    pub(crate) fn password_changed() -> Self {
        Self::unauthenticated(
            "The user's password has been changed.",
            Some("password_changed"),
        )
    }

    pub(crate) fn user_inactive() -> Self {
        Self::unauthenticated("User is inactive", Some("user_inactive"))
    }
}

/// The token of `Authorization: Bearer TOKEN`, or of the header and schemes that AUTH_HEADER_NAME and
/// AUTH_HEADER_TYPES name.
fn bearer<'h>(headers: &'h HeaderMap, jwt: &SimpleJwt) -> Result<Option<Cow<'h, str>>, Error> {
    let mut values = headers.get_all(&jwt.auth_header_name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => token_of(only.as_bytes(), jwt),
        // repeated headers are one, joined by a comma
        (Some(first), Some(second)) => {
            let values = [first, second].into_iter().chain(values);
            let joined = values
                .map(HeaderValue::as_bytes)
                .collect::<Vec<_>>()
                .join(&b',');
            Ok(token_of(&joined, jwt)?.map(|token| token.into_owned().into()))
        }
    }
}

/// The second of a header's two words. Words are separated by ASCII white space; another scheme, or the same in other
/// letters, is nobody's.
fn token_of<'v>(value: &'v [u8], jwt: &SimpleJwt) -> Result<Option<Cow<'v, str>>, Error> {
    // no header holds other white space
    let end_of_word = |value: &[u8]| memchr2(b' ', b'\t', value);
    let value = value.trim_ascii();
    let (scheme, token) = value.split_at(end_of_word(value).unwrap_or(value.len()));
    if !(jwt.auth_header_types.iter()).any(|known| known.as_bytes() == scheme) {
        return Ok(None);
    }
    let token = token.trim_ascii_start();
    if token.is_empty() || end_of_word(token).is_some() {
        return Err(Error::bad_authorization_header());
    }
    // what is not ASCII is in no token; and of two ways to read what is, this is the fast one
    Ok(Some(match str::from_utf8(token) {
        Ok(token) => token.into(),
        Err(_) => String::from_utf8_lossy(token),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn with(settings: &str, name: &'static str, values: &[&str]) -> Result<Option<String>, ()> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().unwrap());
        }
        let jwt = Settings::from_toml(settings).unwrap().simple_jwt;
        let token = bearer(&headers, &jwt).map_err(drop)?;
        Ok(token.map(Cow::into_owned))
    }

    fn of(values: &[&str]) -> Result<Option<String>, ()> {
        with("", "authorization", values)
    }

    #[test]
    fn header_and_schemes_are_settings() {
        let x = || Ok(Some("x".to_owned()));
        let types = "simple_jwt.auth_header_types = ['JWT', 'Bearer']";
        assert_eq!(with(types, "authorization", &["Bearer x"]), x());
        assert_eq!(with(types, "authorization", &["JWT x"]), x());
        assert_eq!(with(types, "authorization", &["jwt x"]), Ok(None));
        let name = "simple_jwt.auth_header_name = 'HTTP_X_ACCESS_TOKEN'";
        assert_eq!(with(name, "x-access-token", &["Bearer x"]), x());
        assert_eq!(with(name, "x-access-token", &["x"]), Ok(None));
        assert_eq!(with(name, "authorization", &["Bearer x"]), Ok(None));
    }

    #[test]
    fn a_bearer_header_has_two_words() {
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[""]), Ok(None));
        assert_eq!(of(&["bearer x"]), Ok(None));
        assert_eq!(of(&["Bearer  x\t"]), Ok(Some("x".to_owned())));
        assert_eq!(of(&["Bearer"]), Err(()));
        assert_eq!(of(&["Bearer x y"]), Err(()));
        assert_eq!(of(&["Bearer x", "Bearer y"]), Err(()));
    }
}
