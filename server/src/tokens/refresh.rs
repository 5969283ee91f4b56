//! `POST /api/token/refresh/`: the refresh transaction. One of all that use a token wins.
//!
//! The rows are those of "The rules of refresh" in `docs/security.md`.

use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};

use super::claims::BLACKLISTED;
use super::pair::{self, Pair};
use super::presented::{Presented, REFRESH, Shown};
use super::reuse::Verdict;
use super::rows::{self, Outstanding, Past, Rotation};
use crate::db::Id;
use crate::http::error::Error;
use crate::http::fields::{Field, Kind, Serializer};

/// What is asked for, and what DRF describes beside it.
pub(crate) static FIELDS: Serializer =
    Serializer(&[REFRESH, Field::read_only("access", "Access", Kind::Text)]);

/// `POST /api/token/refresh/`: a new access token and, with rotation on, a new refresh token.
pub(crate) async fn post(shown: Shown) -> Response {
    let is_repeatable = shown.is_repeatable();
    let refreshed = refresh(shown).await;
    let response = refreshed.unwrap_or_else(IntoResponse::into_response);
    // also with a refusal: where the features are not named, a proxy may have stripped the key
    if is_repeatable {
        pair::with_features(response)
    } else {
        response
    }
}

async fn refresh(shown: Shown) -> Result<Response, Error> {
    let presented = shown.read()?;
    // a token that was used already is decided on a read connection
    let past = presented.past().await?;
    presented.refresh(past).await
}

/// What came of taking a token.
enum Taken {
    /// It is this request's.
    Now,
    /// It was taken before, and this is what happened to it.
    Before(Past),
    /// Its user is gone.
    ByNobody,
}

/// What came of a rotation.
enum Rotated {
    Pair(Response),
    /// The token was taken before, and this is what happened to it.
    Before(Past),
}

impl Presented {
    async fn refresh(&self, past: Past) -> Result<Response, Error> {
        let mut verdict = self.judge(&past);
        if verdict == Verdict::Unused {
            self.claims.check_refresh().map_err(Error::bad_token)?;
            let user = self.user().await?;
            match self.rotate(user).await? {
                Rotated::Pair(response) => return Ok(response),
                // another one took it since we looked
                Rotated::Before(since) => verdict = self.judge(&since),
            }
        }
        match verdict {
            Verdict::Unused => Err(Error::internal("a token that is taken looks unused")),
            Verdict::Replay(rotation) => self.replay(rotation).await,
            Verdict::Late(rotation) => self.refuse_late(rotation).await,
            Verdict::Reuse(rotation) => self.refuse_reuse(rotation).await,
            Verdict::Expired(_) | Verdict::Blacklisted => Err(Error::bad_token(BLACKLISTED)),
        }
    }

    /// The user whom the claims name, who must be there and active. A claim that Python takes for false is not looked
    /// at, but somebody may have it: an empty mail address.
    async fn user(&self) -> Result<Option<Id>, Error> {
        if !self.claims.names_a_user() {
            return self.row_user().await;
        }
        let claim = self.claims.user_id();
        let claim = claim.ok_or_else(Error::no_account_of_token)?;
        let user = claim.user(self.app.users()).await?;
        let user = user.filter(|user| user.is_active);
        user.map(|user| Some(user.id))
            .ok_or_else(Error::no_account_of_token)
    }

    /// Row 1: takes the token and hands out its successor, or tells what happened to it since.
    async fn rotate(&self, user: Option<Id>) -> Result<Rotated, Error> {
        let (tokens, settings) = (self.app.tokens(), self.app.settings());
        let access = self.access()?;
        let access = access.as_str();
        if !settings.simple_jwt.rotate_refresh_tokens {
            let refresh = None;
            return Ok(Rotated::Pair(Pair { access, refresh }.refreshed()));
        }
        let child = tokens.successor_of(self.claims.object(), self.now, self.app.entropy())?;
        let parent = self.row(user)?;
        let next = Outstanding::of(&child, settings.tokens.stored, user, self.now);
        let uses_up = settings.simple_jwt.uses_up();
        let (key_hash, now) = (self.key_hash.clone(), self.now);
        let taken = self.app.db().write(move |tx| {
            let (parent, next, key_hash) = (parent.clone(), next.clone(), key_hash.clone());
            Box::pin(async move {
                if uses_up
                    && (!rows::take(tx, &parent, now).await?
                        || !rows::add_rotation(tx, &parent, &next, key_hash.as_deref()).await?)
                {
                    return rows::past(tx, &parent.jti).await.map(Taken::Before);
                }
                if rows::add_outstanding(tx, &next).await? {
                    Ok(Taken::Now)
                } else {
                    tx.abandon(); // no successor, so nothing is taken either
                    Ok(Taken::ByNobody)
                }
            })
        });
        match taken.await? {
            Taken::Now => {
                let refresh = Some(child.token.as_str());
                Ok(Rotated::Pair(Pair { access, refresh }.refreshed()))
            }
            Taken::Before(since) => Ok(Rotated::Before(since)),
            // deleted since the user was looked up
            Taken::ByNobody => Err(Error::no_account_of_token()),
        }
    }

    /// Rows 2 and 5: the same successor again, with a fresh access token. Nothing is written.
    async fn replay(&self, rotation: Rotation) -> Result<Response, Error> {
        self.claims.check_refresh().map_err(Error::bad_token)?;
        self.user().await?;
        let child = self.app.tokens().successor_again(
            self.claims.object(),
            rotation.child_jti,
            rotation.issued_at,
            rotation.child_exp,
        );
        let pair = Pair {
            access: &self.access()?,
            refresh: Some(&child.token),
        };
        let mut response = pair.refreshed();
        response
            .headers_mut()
            .insert(pair::REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }

    fn access(&self) -> Result<String, Error> {
        self.claims.check_issuer().map_err(Error::bad_token)?;
        let tokens = self.app.tokens();
        Ok(tokens.access_of(self.claims.object(), self.now, self.app.entropy())?)
    }
}
