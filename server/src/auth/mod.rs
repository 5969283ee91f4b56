//! Who sends a request: the `Authorization` header, the access token in it, and the user that it names.

mod bearer;
mod token_user;

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use self::bearer::bearer;
pub(crate) use self::token_user::TokenUser;
use crate::accounts::User;
use crate::app::App;
use crate::db::{Conn, Id, Work};
use crate::http::error::Error;
use crate::settings::{SimpleJwt, TokenClass};
use crate::tokens::{BLACKLISTED, Claims, UserClaim, has_password, is_blacklisted};

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
    /// Whom a good token names, where nobody is to be looked up.
    Token(Arc<TokenUser>),
}

impl Caller {
    /// The key of the user; none where a token has another name of his.
    pub(crate) fn id(&self) -> Option<Id> {
        match self {
            Self::Named(id) => Some(*id),
            Self::Known(CurrentUser(user)) => Some(user.id),
            Self::Token(user) => user.id(),
        }
    }

    /// Whether the caller is the user with this key.
    pub(crate) fn is(&self, id: Id) -> bool {
        match self {
            Self::Token(user) => user.is(id),
            caller => caller.id() == Some(id),
        }
    }

    /// The user, for what needs one's row.
    ///
    /// # Errors
    /// 403 where a token alone has signed in; the reference fails.
    pub(crate) fn user(self) -> Result<CurrentUser, Error> {
        match self {
            Self::Known(user) => Ok(user),
            Self::Token(_) => Err(Error::forbidden()),
            Self::Named(_) => Err(Error::internal("nobody has looked the caller up")),
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
        let must_be_active = app.settings().simple_jwt.check_user_is_active;
        let found = app.users().find_and_read(id, must_be_active, body);
        let (user, found) = found.await?;
        may_ask(user, must_be_active)?;
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

/// SimpleJWT's `JWTAuthentication`: `None` where no token of ours is shown, 401 where a bad one is. A program's own
/// handler gets the user's row, even where Gatepost's are content with the token.
pub(crate) async fn authenticate(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<CurrentUser>, Error> {
    match claimed(app, headers).await? {
        None => Ok(None),
        Some(claim) => Ok(Some(claim.known(app).await?)),
    }
}

/// Whom a token names that is good in itself.
pub(crate) struct Claimed {
    claims: Claims,
    user: UserClaim,
}

impl Claimed {
    /// Who asks by it. Where nothing but the user has to be looked up, a handler that reads does so itself.
    pub(crate) async fn caller(self, app: &App, is_read: bool) -> Result<Caller, Error> {
        let settings = app.settings();
        if settings.tokens.stateless {
            return Ok(Caller::Token(Arc::new(TokenUser::of(self.claims))));
        }
        match self.user {
            UserClaim::Id(id) if is_read && !settings.simple_jwt.check_revoke_token => {
                Ok(Caller::Named(id))
            }
            _ => Ok(Caller::Known(self.known(app).await?)),
        }
    }

    /// The user, who may ask.
    async fn known(&self, app: &App) -> Result<CurrentUser, Error> {
        let must_be_active = app.settings().simple_jwt.check_user_is_active;
        let user = may_ask(self.user.user(app.users()).await?, must_be_active)?;
        if has_password(app, user.id, self.claims.password().as_deref()).await? {
            Ok(CurrentUser(user))
        } else {
            Err(Error::password_changed())
        }
    }
}

/// Whom a token names that is good in itself; the user has not been looked up yet.
pub(crate) async fn claimed(app: &App, headers: &HeaderMap) -> Result<Option<Claimed>, Error> {
    let jwt = &app.settings().simple_jwt;
    let Some(token) = bearer(headers, jwt)? else {
        return Ok(None);
    };
    let tokens = app.tokens();
    tokens.look_for_key(&token).await?;
    let claims = tokens.read(&token, app.clock().now());
    let claims = claims.map_err(|message| {
        let of_class = |class: &TokenClass| (*class, message);
        Error::bad_bearer(jwt.auth_token_classes.iter().map(of_class))
    })?;
    check(app, &claims).await?;
    let user = claims.user_id().ok_or_else(Error::no_user_identification)?;
    Ok(Some(Claimed { claims, user }))
}

/// Whether a token is of one of AUTH_TOKEN_CLASSES, which are tried in their order.
async fn check(app: &App, claims: &Claims) -> Result<(), Error> {
    let mut refusals = Vec::new();
    for class in &app.settings().simple_jwt.auth_token_classes {
        match check_class(app, claims, *class).await? {
            Ok(()) => return Ok(()),
            Err(message) => refusals.push((*class, message)),
        }
    }
    Err(Error::bad_bearer(refusals))
}

async fn check_class(
    app: &App,
    claims: &Claims,
    class: TokenClass,
) -> Result<Result<(), &'static str>, Error> {
    if class.is_listed() {
        let jti = match claims.jti() {
            Ok(jti) => jti,
            Err(message) => return Ok(Err(message)),
        };
        if is_blacklisted(app, jti).await? {
            return Ok(Err(BLACKLISTED));
        }
    }
    Ok(claims.check(class))
}

fn may_ask(user: Option<Arc<User>>, must_be_active: bool) -> Result<Arc<User>, Error> {
    let user = user.ok_or_else(Error::user_not_found)?;
    if user.is_active || !must_be_active {
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

    /// The token of the `Authorization` header is refused, by each class for a reason.
    fn bad_bearer(refusals: impl IntoIterator<Item = (TokenClass, &'static str)>) -> Self {
        let refusals = refusals.into_iter();
        let named = refusals.map(|(class, message)| [class.name(), class.token_type(), message]);
        Self::Unauthenticated {
            detail: "Given token not valid for any token type".into(),
            code: Some("token_not_valid"),
            tokens: Some(named.collect()),
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
