//! `POST /api/token/blacklist/`: log out.

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::idempotency::IdempotencyKey;
use super::jwt::{BLACKLISTED, UserClaim};
use super::refresh::Presented;
use super::reuse::Verdict;
use super::rows::{self, Past};
use crate::app::App;
use crate::db::Id;
use crate::settings::Reuse;
use crate::web::body::Body;
use crate::web::error::Error;
use crate::web::fields::{Field, PLAIN, Serializer};
use crate::web::log::RequestId;
use crate::web::view::json;

/// What is asked for.
pub(crate) static FIELDS: Serializer = Serializer(&[Field::text("refresh", "Refresh", PLAIN)]);

/// `POST /api/token/blacklist/`: blacklists a refresh token; one that was rotated ends its chain where the same
/// key is shown, or where `refresh.reuse` is `revoke`.
pub(crate) async fn post(
    State(app): State<App>,
    key: IdempotencyKey,
    Extension(RequestId(request_id)): Extension<RequestId>,
    body: Body,
) -> Result<Response, Error> {
    let token = body
        .fields(&FIELDS)
        .await?
        .validate()?
        .required("refresh")?;
    let now = app.clock().now();
    let presented = Presented::read(app, &token, &key, request_id, now)?;
    let mut past = rows::past(&mut presented.app.db().read().await?, &presented.jti).await?;
    loop {
        let since = match presented.judge(&past) {
            Verdict::Unused => {
                let claims = &presented.claims;
                claims.check_refresh().map_err(Error::bad_token)?;
                claims.check_issuer().map_err(Error::bad_token)?;
                presented.blacklist().await?
            }
            verdict => return presented.end(verdict).await,
        };
        match since {
            None => return Ok(json(StatusCode::OK, "{}")),
            Some(since) => past = since,
        }
    }
}

impl Presented {
    /// Blacklists a token that was not used; tells what happened to it where another one was faster.
    async fn blacklist(&self) -> Result<Option<Past>, Error> {
        let row = self.outstanding(self.row_user().await?)?;
        let now = self.now;
        let taken = self.app.db().write(move |tx| {
            let row = row.clone();
            Box::pin(async move {
                if rows::take(tx, &row, now).await? {
                    Ok(None)
                } else {
                    rows::past(tx, &row.jti).await.map(Some)
                }
            })
        });
        Ok(taken.await?)
    }

    /// The user of the token's row: nobody where nobody has the key.
    pub(super) async fn row_user(&self) -> Result<Option<Id>, Error> {
        match self.claims.user_id() {
            Some(UserClaim::NoNumber) => Err(Error::bad_token("Token is invalid")),
            Some(claim) => match claim.users(self.app.users()).await?.as_slice() {
                [] => Ok(None),
                [user] => Ok(Some(user.id)),
                _ => Err(Error::bad_token("Token is invalid")),
            },
            None => Ok(None),
        }
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
        let family = rotation.family;
        if (has_key || revoke) && rows::is_alive(&mut self.app.db().read().await?, &family).await? {
            let now = self.now;
            let ended = self.app.db().write(move |tx| {
                let family = family.clone();
                Box::pin(async move { rows::revoke_chain(tx, &family, now).await })
            });
            ended.await?;
        }
        if has_key {
            Ok(json(StatusCode::OK, "{}"))
        } else {
            Err(Error::bad_token(BLACKLISTED))
        }
    }
}
