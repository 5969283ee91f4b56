//! `POST /api/token/refresh/`: the refresh transaction. One of all that use a token wins.
//!
//! The rows are those of "The rules of refresh" in `docs/security.md`.

use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};

use super::backend::NewRefreshToken;
use super::claims::{BLACKLISTED, UserClaim};
use super::cookie;
use super::pair::{self, Pair};
use super::presented::{self, Presented, REFRESH, Shown};
use super::reuse::Verdict;
use super::rotation_rows::{self, NewRotation, Rotated};
use super::rows::{self, Outstanding, Past, Rotation};
use super::{rule, user_claims};
use crate::db::Id;
use crate::http::error::Error;
use crate::http::fields::{Field, Kind, Serializer};
use crate::http::idempotency::REPLAYED;
use crate::http::operation::Operation;
use crate::metrics::Event;
use crate::settings::{Settings, TokenClass};

/// What is asked for, and what DRF describes beside it.
pub(crate) static FIELDS: Serializer =
    Serializer(&[REFRESH, Field::read_only("access", "Access", Kind::Text)]);

/// `POST /api/token/refresh/`, in the API's document.
pub(crate) fn refreshes(settings: &Settings) -> Operation {
    let operation = Operation::new("refreshTokens", "Get new tokens")
        .details("A refresh token is good once: keep the new one in its place. Whoever sends an `Idempotency-Key` may ask again with it where the answer was lost.")
        .takes("Refresh", presented::EXAMPLE)
        .answers(pair::refresh_answer(settings))
        .refuses(401, "The token is of no use, or its account is disabled.");
    presented::told(operation, settings)
}

/// `POST /api/token/refresh/`: a new access token and, with rotation on, a new refresh token.
pub(crate) async fn post(shown: Shown) -> Response {
    let features = shown.features();
    let refreshed = refresh(shown).await;
    let response = refreshed.unwrap_or_else(IntoResponse::into_response);
    // also with a refusal: where the features are not named, a proxy may have stripped the key
    features.on(response)
}

async fn refresh(shown: Shown) -> Result<Response, Error> {
    shown.must_sign()?;
    let presented = shown.read().await?;
    // a token that was used already is decided on a read connection
    let past = presented.past().await?;
    presented.refresh(past).await
}

impl Presented {
    async fn refresh(&self, mut past: Past) -> Result<Response, Error> {
        loop {
            match self.judge(&past) {
                Verdict::Unused => {
                    self.check()?;
                    let user = self.user(&past).await?;
                    if let Some(response) = self.rotate(&past, user).await? {
                        self.app.count(Event::Rotation);
                        return Ok(response);
                    }
                    // another one took it since we looked
                    past = self.past().await?;
                }
                Verdict::Replay(rotation) => {
                    self.app.count(Event::Replay);
                    return self.replay(&past, rotation).await;
                }
                Verdict::Late(rotation) => return self.refuse_late(rotation).await,
                Verdict::Reuse(rotation) => return self.refuse_reuse(rotation).await,
                Verdict::Expired(_) | Verdict::Blacklisted => {
                    return Err(Error::bad_token(BLACKLISTED));
                }
            }
        }
    }

    fn check(&self) -> Result<(), Error> {
        let refresh = TokenClass::Refresh;
        self.claims.check(refresh).map_err(Error::bad_token)
    }

    /// The user whom the claims name, who must be there, and whom the rule lets in. A claim that Python takes for false
    /// is not looked at, but somebody may have it: an empty mail address.
    async fn user(&self, past: &Past) -> Result<Option<Id>, Error> {
        let rotates = self.app.settings().simple_jwt.rotate_refresh_tokens;
        if !self.claims.names_a_user(rotates) {
            // without another token no row is written that would name somebody
            return if rotates {
                self.row_user(past).await
            } else {
                Ok(None)
            };
        }
        let user = match self.claims.user_id() {
            Some(UserClaim::Id(id)) => past.user_is_active.map(|is_active| (id, is_active)),
            Some(claim) => {
                let user = claim.user(self.app.users()).await?;
                user.map(|user| (user.id, user.is_active))
            }
            None => None,
        };
        let (id, is_active) = user.ok_or_else(Error::no_account_of_token)?;
        if !rule::allows(&self.app, id, is_active).await? {
            return Err(Error::no_account_of_token());
        }
        // SimpleJWT hands out an access token that it then refuses
        let password = self.claims.password();
        if !rule::has_password(&self.app, id, password.as_deref()).await? {
            return Err(Error::password_changed());
        }
        if self.app.settings().tokens.claims_at_refresh {
            let anew = user_claims::anew(&self.app, id, self.claims.object()).await?;
            // a second look finds what the first one has read
            let _ = self.anew.set(anew);
        }
        Ok(Some(id))
    }

    /// Row 1: takes the token and hands out its successor; `None` where another one took it.
    async fn rotate(&self, past: &Past, user: Option<Id>) -> Result<Option<Response>, Error> {
        let (tokens, settings) = (self.app.tokens(), self.app.settings());
        let access = self.access()?;
        let access = access.as_str();
        if !settings.simple_jwt.rotate_refresh_tokens {
            return Ok(Some(self.answer(access, None)));
        }
        let made = tokens.successor_of(self.object(), self.now, self.app.entropy())?;
        let dates = self.app.dates();
        let child = Outstanding::of(&made, settings.tokens.stored, user, self.now, dates);
        let db = self.app.db();
        let rotated = if settings.simple_jwt.uses_up() {
            let (chain, generation) = past.next(self.jti()?);
            let new = NewRotation {
                own: self.own(past, user)?,
                parent_jti: self.jti()?.to_owned(),
                parent_exp: self.expires_at()?,
                chain,
                generation,
                key_hash: self.key_hash.clone(),
                child,
                child_exp: made.expires_at,
                issued_at: self.now,
                listed_at: dates.kept(self.now),
            };
            rotation_rows::rotate(db, new).await?
        } else {
            let added = db.write_once(move |tx| {
                let child = child.clone();
                Box::pin(async move { rows::add_outstanding(tx, &child).await })
            });
            if added.await? {
                Rotated::Now
            } else {
                Rotated::ByNobody
            }
        };
        match rotated {
            Rotated::Now => Ok(Some(self.answer(access, Some(&made)))),
            Rotated::Before => Ok(None),
            // deleted since the user was looked up
            Rotated::ByNobody => Err(Error::no_account_of_token()),
        }
    }

    /// Rows 2 and 5: the same successor again, with a fresh access token. Nothing is written.
    async fn replay(&self, past: &Past, rotation: Rotation) -> Result<Response, Error> {
        self.check()?;
        self.user(past).await?;
        let child = self.app.tokens().successor_again(
            self.object(),
            rotation.child_jti,
            rotation.issued_at,
            rotation.child_exp,
        )?;
        let mut response = self.answer(&self.access()?, Some(&child));
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }

    /// The new tokens; the refresh token goes where the old one came from.
    fn answer(&self, access: &str, refresh: Option<&NewRefreshToken>) -> Response {
        let (in_body, in_cookie) = if self.in_cookie {
            (None, refresh)
        } else {
            (refresh, None)
        };
        let refresh = in_body.map(|refresh| refresh.token.as_str());
        let mut response = Pair { access, refresh }.refreshed();
        if let Some(refresh) = in_cookie {
            cookie::set(&mut response, self.app.settings(), refresh, self.now);
        }
        response
    }

    fn access(&self) -> Result<String, Error> {
        self.claims.check_issuer().map_err(Error::bad_token)?;
        let tokens = self.app.tokens();
        Ok(tokens.access_of_shown(self.object(), self.now, self.app.entropy())?)
    }
}
