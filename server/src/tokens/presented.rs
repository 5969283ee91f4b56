//! A refresh token that somebody shows, perhaps with an `Idempotency-Key`, to refresh or to log out: read, looked up,
//! judged.

use std::convert::Infallible;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::backend::NewRefreshToken;
use super::claims::{Claims, INVALID, UserClaim};
use super::reuse::{Verdict, judge};
use super::rows::{self, Outstanding, Past};
use crate::app::App;
use crate::db::{self, Id, Moment};
use crate::http::error::Error;

/// The `Idempotency-Key` of a refresh: chosen by the client before it sends, kept as a hash.
///
/// The header's value; none where it is absent, longer than 255 characters or not visible ASCII.
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// Whether the request's key arrived.
    pub(super) fn is_shown(&self) -> bool {
        self.0.is_some()
    }

    /// SHA-256 over the presented token's id and the key, in hexadecimal.
    pub(super) fn hash(&self, jti: &str) -> Option<String> {
        let key = self.0.as_ref()?;
        let both = [jti.as_bytes(), key.as_bytes()].concat();
        Some(hex::encode(digest(&SHA256, &both)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let value = parts
            .headers
            .get("idempotency-key")
            .and_then(|value| value.to_str().ok());
        let is_key = |key: &&str| {
            (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        };
        Ok(Self(value.filter(is_key).map(str::to_owned)))
    }
}

/// A refresh token that was read, and who shows it.
pub(super) struct Presented {
    pub(super) app: App,
    pub(super) claims: Claims,
    pub(super) jti: String,
    pub(super) key_hash: Option<String>,
    pub(super) request_id: String,
    pub(super) now: Moment,
}

impl Presented {
    /// Checks signature and times, without the database.
    pub(super) fn read(
        app: App,
        token: &str,
        key: &IdempotencyKey,
        request_id: String,
    ) -> Result<Self, Error> {
        let now = app.clock().now();
        let claims = app.tokens().read(token, now).map_err(Error::bad_token)?;
        let jti = claims.jti().map_err(Error::bad_token)?;
        let key_hash = key.hash(&jti);
        Ok(Self {
            app,
            claims,
            jti,
            key_hash,
            request_id,
            now,
        })
    }

    /// What happened to the token so far, as a read connection sees it.
    pub(super) async fn past(&self) -> db::Result<Past> {
        rows::past(&mut self.app.db().read().await?, &self.jti).await
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
    pub(super) async fn row_user(&self) -> Result<Option<Id>, Error> {
        match self.claims.user_id() {
            Some(UserClaim::NoNumber) => Err(Error::bad_token(INVALID)),
            Some(claim) => match claim.users(self.app.users()).await?.as_slice() {
                [] => Ok(None),
                [user] => Ok(Some(user.id)),
                _ => Err(Error::bad_token(INVALID)),
            },
            None => Ok(None),
        }
    }

    /// The token's own row, for a database that never saw it.
    pub(super) fn row(&self, user: Option<Id>) -> Result<Outstanding, Error> {
        let expires_at = self.claims.expires_at();
        let token = NewRefreshToken {
            token: self.app.tokens().token(&self.claims)?,
            claims: self.claims.clone(),
            jti: self.jti.clone(),
            expires_at: expires_at.ok_or_else(|| Error::bad_token(INVALID))?,
        };
        let stored = self.app.settings().tokens.stored;
        Ok(Outstanding::of(&token, stored, user, self.now))
    }
}
