//! `POST /api/token/refresh/`: the refresh transaction. One of all that use a token wins.

use axum::extract::{Extension, State};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};

use super::idempotency::IdempotencyKey;
use super::jwt::{BLACKLISTED, Claims, Refresh, UserClaim};
use super::pair;
use super::reuse::{Verdict, judge};
use super::rows::{self, Event, Outstanding, Past, Rotation};
use crate::app::App;
use crate::db::{Id, Moment};
use crate::settings::{Reuse, Stored};
use crate::web::body::Body;
use crate::web::error::Error;
use crate::web::fields::{Field, PLAIN, Serializer};
use crate::web::log::RequestId;

/// What is asked for, and what DRF describes beside it.
pub(crate) static FIELDS: Serializer = Serializer(&[
    Field::text("refresh", "Refresh", PLAIN),
    Field::read_only("access", "Access", "string"),
]);

/// A refresh token that was read and looked up, and who shows it.
pub(super) struct Presented {
    pub(super) app: App,
    pub(super) claims: Claims,
    pub(super) jti: String,
    pub(super) key_hash: Option<String>,
    pub(super) request_id: String,
    pub(super) now: Moment,
}

/// `POST /api/token/refresh/`: a new access token and, with rotation on, a new refresh token.
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
    let is_repeatable = key.is_shown() && app.settings().simple_jwt.uses_up();
    let answered = answer(app, &token, &key, request_id).await;
    let response = answered.unwrap_or_else(IntoResponse::into_response);
    // also with a refusal: where the features are not named, a proxy may have stripped the key
    Ok(if is_repeatable {
        pair::with_features(response)
    } else {
        response
    })
}

async fn answer(
    app: App,
    token: &str,
    key: &IdempotencyKey,
    request_id: String,
) -> Result<Response, Error> {
    let now = app.clock().now();
    let presented = Presented::read(app, token, key, request_id, now)?;
    // a token that was used already is decided on a read connection
    let past = rows::past(&mut presented.app.db().read().await?, &presented.jti).await?;
    presented.answer(past).await
}

impl Presented {
    pub(super) fn read(
        app: App,
        token: &str,
        key: &IdempotencyKey,
        request_id: String,
        now: Moment,
    ) -> Result<Self, Error> {
        let claims = app.keys().read(token, now).map_err(Error::bad_token)?;
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

    async fn answer(&self, past: Past) -> Result<Response, Error> {
        let mut verdict = self.judge(&past);
        if verdict == Verdict::Unused {
            self.claims.check_refresh().map_err(Error::bad_token)?;
            let user = self.user().await?;
            match self.rotate(user).await? {
                Ok(response) => return Ok(response),
                // another one took it since we looked
                Err(since) => verdict = self.judge(&since),
            }
        }
        match verdict {
            Verdict::Unused => Err(Error::internal("a token that is taken looks unused")),
            Verdict::Replay(rotation) => self.replay(&rotation).await,
            Verdict::Late(rotation) => self.refuse_late(rotation).await,
            Verdict::Reuse(rotation) => {
                self.reuse(rotation).await?;
                Err(Error::bad_token(BLACKLISTED))
            }
            Verdict::Expired(_) | Verdict::Blacklisted => Err(Error::bad_token(BLACKLISTED)),
        }
    }

    pub(super) fn judge(&self, past: &Past) -> Verdict {
        if self.app.settings().simple_jwt.uses_up() {
            return judge(
                past,
                self.key_hash.as_deref(),
                self.now,
                self.app.settings().refresh.grace,
            );
        }
        if past.is_blacklisted {
            Verdict::Blacklisted
        } else {
            Verdict::Unused
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

    /// Row 1 of the rules: takes the token and hands out its successor, or tells what happened to it since.
    async fn rotate(&self, user: Option<Id>) -> Result<Result<Response, Past>, Error> {
        let settings = self.app.settings();
        let access = self.access()?;
        if !settings.simple_jwt.rotate_refresh_tokens {
            return Ok(Ok(pair::answer(&[("access", &access)])));
        }
        let lifetime = settings.simple_jwt.refresh_token_lifetime.get();
        let expires = self
            .now
            .plus(lifetime)
            .ok_or_else(|| Error::internal("refresh_token_lifetime ends after the year 9999"))?;
        let child = self.successor(self.app.entropy().jti(), self.now, expires)?;
        let parent = self.outstanding(user)?;
        let next = child.outstanding(&self.app, user, self.now);
        let (uses_up, key_hash, now) = (
            settings.simple_jwt.uses_up(),
            self.key_hash.clone(),
            self.now,
        );
        let taken = self.app.db().write(move |tx| {
            let (parent, next, key_hash) = (parent.clone(), next.clone(), key_hash.clone());
            Box::pin(async move {
                if uses_up
                    && (!rows::take(tx, &parent, now).await?
                        || !rows::add_rotation(tx, &parent, &next, key_hash.as_deref()).await?)
                {
                    return rows::past(tx, &parent.jti).await.map(Some);
                }
                if rows::add_outstanding(tx, &next).await? {
                    Ok(None)
                } else {
                    Err(sqlx::Error::RowNotFound) // no successor, so nothing is taken either
                }
            })
        });
        match taken.await {
            Ok(None) => Ok(Ok(pair::answer(&[
                ("access", &access),
                ("refresh", &child.token),
            ]))),
            Ok(Some(past)) => Ok(Err(past)),
            // deleted since the user was looked up
            Err(sqlx::Error::RowNotFound) => Err(Error::no_account_of_token()),
            Err(error) => Err(error.into()),
        }
    }

    /// Rows 2 and 5: the same successor again, with a fresh access token. Nothing is written.
    async fn replay(&self, rotation: &Rotation) -> Result<Response, Error> {
        self.claims.check_refresh().map_err(Error::bad_token)?;
        self.user().await?;
        let child = self.successor(
            rotation.child_jti.clone(),
            rotation.issued_at,
            rotation.child_exp,
        )?;
        let mut response = pair::answer(&[("access", &self.access()?), ("refresh", &child.token)]);
        response
            .headers_mut()
            .insert(pair::REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }

    /// Row 3: the right key too late. Nothing is revoked, for it may be the owner; it is noted.
    async fn refuse_late(&self, rotation: Rotation) -> Result<Response, Error> {
        self.note("late-replay", rotation, false).await?;
        let mut response = Error::bad_token(BLACKLISTED).into_response();
        response
            .headers_mut()
            .insert(pair::REPLAYED, HeaderValue::from_static("late"));
        Ok(response)
    }

    /// Rows 4 and 6: notes it, and ends the chain where `refresh.reuse` says so.
    async fn reuse(&self, rotation: Rotation) -> Result<(), Error> {
        self.note(
            "reuse",
            rotation,
            self.app.settings().refresh.reuse == Reuse::Revoke,
        )
        .await
    }

    async fn note(
        &self,
        kind: &'static str,
        rotation: Rotation,
        revoke: bool,
    ) -> Result<(), Error> {
        let event = Event {
            kind,
            user: self.claims.user_id().and_then(UserClaim::lookup),
            family: rotation.family,
            jti: self.jti.clone(),
            request_id: self.request_id.clone(),
        };
        // whoever floods us with an old token keeps nobody from writing
        if !self.has_to_note(&event, revoke).await? {
            return Ok(());
        }
        let (row, now) = (event.clone(), self.now);
        let is_new = self
            .app
            .db()
            .write(move |tx| {
                let event = row.clone();
                Box::pin(async move {
                    if revoke {
                        rows::revoke_chain(tx, &event.family, now).await?;
                    }
                    rows::add_event(tx, &event, now).await
                })
            })
            .await?;
        if is_new {
            tracing::warn!(
                user.id = event.user.map(|id| id.0),
                token.jti = event.jti,
                token.family = event.family,
                revoked = revoke,
                "a refresh token was shown again: {kind}"
            );
        }
        Ok(())
    }

    /// Whether an event is new, or a chain that is to end has a live link.
    async fn has_to_note(&self, event: &Event, revoke: bool) -> Result<bool, Error> {
        let mut conn = self.app.db().read().await?;
        Ok(!rows::has_event(&mut conn, event).await?
            || revoke && rows::is_alive(&mut conn, &event.family).await?)
    }

    /// The presented token's own row, for a database that never saw it.
    pub(super) fn outstanding(&self, user: Option<Id>) -> Result<Outstanding, Error> {
        let refresh = Refresh {
            token: self
                .app
                .keys()
                .token(&self.claims)
                .map_err(Error::internal)?,
            claims: self.claims.clone(),
            jti: self.jti.clone(),
            expires_at: self
                .claims
                .expires_at()
                .ok_or_else(|| Error::bad_token("Token is invalid"))?,
        };
        Ok(refresh.outstanding(&self.app, user, self.now))
    }

    fn successor(&self, jti: String, issued: Moment, expires: Moment) -> Result<Refresh, Error> {
        self.app
            .keys()
            .successor(&self.claims, jti, issued, expires)
            .map_err(Error::internal)
    }

    fn access(&self) -> Result<String, Error> {
        self.claims.check_issuer().map_err(Error::bad_token)?;
        self.app
            .keys()
            .access_of(&self.claims, self.now, self.app.entropy())
            .map_err(Error::internal)
    }
}

impl Refresh {
    /// The token's row; its text is kept as `tokens.stored` says.
    pub(super) fn outstanding(
        &self,
        app: &App,
        user: Option<Id>,
        created_at: Moment,
    ) -> Outstanding {
        let text = match app.settings().tokens.stored {
            Stored::Signed => self.token.as_str(),
            Stored::Unsigned => self
                .token
                .rsplit_once('.')
                .map_or("", |(unsigned, _)| unsigned),
        };
        Outstanding {
            jti: self.jti.clone(),
            text: text.to_owned(),
            user,
            created_at,
            expires_at: self.expires_at,
        }
    }
}
