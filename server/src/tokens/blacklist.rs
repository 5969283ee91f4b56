//! `POST /api/token/blacklist/`: log out.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::claims::BLACKLISTED;
use super::cookie;
use super::presented::{self, Presented, REFRESH, Shown};
use super::reuse::Verdict;
use super::rotation_rows;
use super::rows::{self, Past};
use crate::db;
use crate::http::answer::empty;
use crate::http::error::Error;
use crate::http::fields::Serializer;
use crate::http::operation::{Answer, Operation};
use crate::settings::{Reuse, Settings, TokenClass};

/// What is asked for.
pub(crate) static FIELDS: Serializer = Serializer(&[REFRESH]);

/// `POST /api/token/blacklist/`, in the API's document.
pub(crate) fn logs_out(settings: &Settings) -> Operation {
    let operation = Operation::new("logOut", "Log out")
        .details("Ends the session of a refresh token. An access token that was handed out lives on until it expires.")
        .takes("LogOut", presented::EXAMPLE)
        .answers(Answer::empty(200, "The session is ended."))
        .refuses(401, "The token is of no use.");
    presented::told(operation, settings)
}

/// `POST /api/token/blacklist/`: blacklists a refresh token; one that was rotated ends its chain where the same
/// key is shown, or where `refresh.reuse` is `revoke`. A cookie is removed with the token, and with one that is of no use.
pub(crate) async fn post(shown: Shown) -> Response {
    let of_cookie = shown.of_cookie();
    let ended = log_out(shown).await;
    let mut response = ended.unwrap_or_else(IntoResponse::into_response);
    let is_decided = [StatusCode::OK, StatusCode::UNAUTHORIZED].contains(&response.status());
    if let Some(app) = of_cookie.filter(|_| is_decided) {
        cookie::remove(&mut response, app.settings());
    }
    response
}

async fn log_out(shown: Shown) -> Result<Response, Error> {
    let presented = shown.read().await?;
    loop {
        let past = presented.past().await?;
        match presented.judge(&past) {
            Verdict::Unused => {
                let claims = &presented.claims;
                claims
                    .check(TokenClass::Refresh)
                    .map_err(Error::bad_token)?;
                claims.check_issuer().map_err(Error::bad_token)?;
                if presented.blacklist(&past).await? {
                    return Ok(empty());
                }
                // another one took it since we looked
            }
            verdict => return presented.end(verdict).await,
        }
    }
}

impl Presented {
    /// Blacklists a token that was not used; `false` where another one was faster.
    async fn blacklist(&self, past: &Past) -> Result<bool, Error> {
        let own = self.own(past, self.row_user(past).await?)?;
        Ok(rotation_rows::log_out(self.app.db(), own, self.app.dates().kept(self.now)).await?)
    }

    /// A token that was used: its chain ends with it, for whoever holds its key or where reuse revokes.
    async fn end(&self, verdict: Verdict) -> Result<Response, Error> {
        let revoke = self.app.settings().refresh.reuse == Reuse::Revoke;
        let (rotation, has_key) = match verdict {
            Verdict::Replay(rotation) | Verdict::Late(rotation) | Verdict::Expired(rotation) => {
                let has_key = rotation.key_hash.is_some();
                (rotation, has_key)
            }
            Verdict::Reuse(rotation) => (rotation, false),
            Verdict::Unused | Verdict::Blacklisted => return Err(Error::bad_token(BLACKLISTED)),
        };
        let chain = rotation.chain;
        if (has_key || revoke) && self.is_alive(chain.clone()).await? {
            let now = self.app.dates().kept(self.now);
            let ended = self.app.db().write(move |tx| {
                let chain = chain.clone();
                Box::pin(async move { rows::revoke_chain(tx, &chain, now).await })
            });
            ended.await?;
        }
        if has_key {
            Ok(empty())
        } else {
            Err(Error::bad_token(BLACKLISTED))
        }
    }

    /// Whether a chain has a link that can still be used.
    async fn is_alive(&self, chain: String) -> db::Result<bool> {
        let is_alive = self
            .app
            .db()
            .read(|conn| Box::pin(async move { rows::is_alive(conn, &chain).await }));
        is_alive.await
    }
}
