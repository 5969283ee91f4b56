//! A refresh token that somebody shows, to refresh or to log out: read, looked up, judged.

use super::backend::NewRefreshToken;
use super::claims::{Claims, INVALID, UserClaim};
use super::idempotency::IdempotencyKey;
use super::reuse::{Verdict, judge};
use super::rows::{self, Outstanding, Past};
use crate::app::App;
use crate::db::{self, Id, Moment};
use crate::http::error::Error;

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
