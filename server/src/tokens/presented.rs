//! A refresh token that somebody shows, perhaps with an `Idempotency-Key`, to refresh or to log out: read, looked up,
//! judged.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{FromRequest, Request};
use django::json::Object;

use super::backend::NewRefreshToken;
use super::claims::{Claims, INVALID, UserClaim};
use super::cookie;
use super::pair::Features;
use super::reuse::{Verdict, judge};
use super::rotation_rows::Own;
use super::rows::{self, Outstanding, Past};
use crate::app::App;
use crate::db::{self, Id, Moment};
use crate::http::body::Body;
use crate::http::error::Error;
use crate::http::fields::{Field, PLAIN, Serializer};
use crate::http::idempotency;
use crate::http::operation::{Operation, Parameter};
use crate::settings::Settings;

/// The field that holds the token.
pub(super) const REFRESH: Field = Field::text("refresh", "Refresh", PLAIN);
static FIELDS: Serializer = Serializer(&[REFRESH]);

/// A body, in the API's document.
pub(super) const EXAMPLE: &str = r#"{"refresh":"eyJhbGciOi…"}"#;

/// What is told of whoever shows a refresh token, there.
pub(super) fn told(operation: Operation, settings: &Settings) -> Operation {
    let key = Parameter::header(
        "Idempotency-Key",
        "A text that nobody else can guess, the same for each try of one request.",
    );
    operation
        .and_if(settings.simple_jwt.uses_up(), |operation| {
            operation.parameter(key.pattern("^[!-~]{1,255}$"))
        })
        .and_if(settings.cookies.is_on(), |operation| {
            operation.refuses(
                403,
                "The cookie's token was sent by a page that may not use it.",
            )
        })
}

/// A refresh token in a request's body, or else in its cookie, not read yet, and the `Idempotency-Key` that is shown with
/// it: chosen by the client before it sends, kept as a hash.
pub(crate) struct Shown {
    app: App,
    token: String,
    /// Whether it came in the cookie.
    in_cookie: bool,
    key: Option<String>,
    request_id: String,
}

impl FromRequest<App> for Shown {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let body = Body::of(request)?;
        let key = idempotency::key(body.headers()).map(str::to_owned);
        let request_id = app.request_ids().text(body.context());
        let page = body.context().page;
        let cookie = cookie::find(&app.settings().cookies, body.headers());
        // with a cookie the field may be absent, and no more
        let form = if cookie.is_some() {
            body.partial_fields(&FIELDS).await?
        } else {
            body.fields(&FIELDS).await?
        };
        let in_body = form.validate()?.take("refresh");
        let in_cookie = in_body.is_none();
        if in_cookie {
            cookie::must_be_trusted(page)?;
        }
        let token = in_body.or(cookie);
        Ok(Self {
            app: app.clone(),
            token: token.ok_or_else(|| Error::internal("a required field is absent"))?,
            in_cookie,
            key,
            request_id,
        })
    }
}

impl Shown {
    /// What the answer may say that this server does beyond Django.
    pub(super) fn features(&self) -> Features {
        Features::of(self.app.settings(), self.key.is_some())
    }

    /// The server of the cookie in which it came; none where it came in the body.
    pub(super) fn of_cookie(&self) -> Option<App> {
        self.in_cookie.then(|| self.app.clone())
    }

    /// Refuses where no successor can be made.
    pub(super) fn must_sign(&self) -> Result<(), Error> {
        self.app.tokens().must_sign()
    }

    /// Checks signature and times, without the database.
    pub(super) async fn read(self) -> Result<Presented, Error> {
        let now = self.app.clock().now();
        let tokens = self.app.tokens();
        tokens.look_for_key(&self.token).await?;
        let claims = tokens.read(&self.token, now);
        let claims = claims.map_err(Error::bad_token)?;
        let jti = claims.jti().map_err(Error::bad_token)?;
        // SHA-256 over the presented token's id and the key
        let hash = |(jti, key): (&String, &String)| {
            hex::encode(digest(&SHA256, &[jti.as_bytes(), key.as_bytes()].concat()))
        };
        Ok(Presented {
            key_hash: jti.as_ref().zip(self.key.as_ref()).map(hash),
            app: self.app,
            token: self.token,
            in_cookie: self.in_cookie,
            claims,
            anew: OnceLock::new(),
            jti,
            request_id: self.request_id,
            now,
        })
    }
}

/// A refresh token that was read, and who shows it.
pub(super) struct Presented {
    pub(super) app: App,
    token: String,
    pub(super) in_cookie: bool,
    pub(super) claims: Claims,
    /// The claims with those of the user read anew, where that is told and the user was found.
    pub(super) anew: OnceLock<Object>,
    /// None where no database can hold it.
    jti: Option<String>,
    pub(super) key_hash: Option<String>,
    pub(super) request_id: String,
    pub(super) now: Moment,
}

impl Presented {
    /// The id, for a row.
    ///
    /// # Errors
    /// "Token is invalid" where no row can hold it. The reference comes to it last, and fails.
    pub(super) fn jti(&self) -> Result<&str, Error> {
        let jti = self.jti.as_deref();
        jti.ok_or_else(|| Error::bad_token(INVALID))
    }

    /// The claims of which the next token is made.
    pub(super) fn object(&self) -> &Object {
        self.anew.get().unwrap_or_else(|| self.claims.object())
    }

    /// What happened to the token so far, and how the user is whose key it names: one look on a read connection.
    pub(super) async fn past(&self) -> db::Result<Past> {
        let (jti, user) = (self.jti.clone(), self.claims.user_id());
        let user = user.and_then(UserClaim::lookup);
        let past = self.app.db().read(move |conn| {
            Box::pin(async move { rows::past(conn, jti.as_deref(), user).await })
        });
        past.await
    }

    /// What the token is to be answered: by the rules of `docs/security.md`, or as Django where a refresh does
    /// not use tokens up.
    pub(super) fn judge(&self, past: &Past) -> Verdict {
        if self.app.settings().simple_jwt.uses_up() {
            let grace = self.app.settings().refresh.grace;
            return judge(past, self.key_hash.as_deref(), self.now, grace);
        }
        if past.is_blacklisted {
            Verdict::Blacklisted
        } else {
            Verdict::Unused
        }
    }

    /// The user of the token's row: nobody where nobody has the key.
    pub(super) async fn row_user(&self, past: &Past) -> Result<Option<Id>, Error> {
        match self.claims.user_id() {
            Some(UserClaim::NoNumber) => Err(Error::bad_token(INVALID)),
            Some(UserClaim::Id(id)) => Ok(past.user_is_active.map(|_| id)),
            Some(claim) => match claim.users(self.app.users()).await?.as_slice() {
                [] => Ok(None),
                [user] => Ok(Some(user.id)),
                _ => Err(Error::bad_token(INVALID)),
            },
            None => Ok(None),
        }
    }

    /// The token's own row, which is made for a database that never saw it.
    pub(super) fn own(&self, past: &Past, user: Option<Id>) -> Result<Own, Error> {
        if let Some(id) = past.own_id {
            return Ok(Own::Known(id));
        }
        let tokens = self.app.tokens();
        let text = if tokens.can_sign() {
            tokens.token(self.object())?
        } else {
            self.token.clone()
        };
        let token = NewRefreshToken {
            token: text,
            kept: None,
            claims: self.object().clone(),
            jti: self.jti()?.to_owned(),
            expires_at: self.expires_at()?,
        };
        let stored = self.app.settings().tokens.stored;
        let row = Outstanding::of(&token, stored, user, self.now, self.app.dates());
        Ok(Own::Unknown(row))
    }

    pub(super) fn expires_at(&self) -> Result<Moment, Error> {
        let expires_at = self.claims.expires_at();
        expires_at.ok_or_else(|| Error::bad_token(INVALID))
    }
}
