//! What is done about a token that is shown again by somebody who should not have it: an event, and the end of
//! its chain. The rows are those of "The rules of refresh" in `docs/security.md`.

use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};

use super::claims::{BLACKLISTED, UserClaim};
use super::presented::Presented;
use super::rows::{self, Event, Rotation};
use crate::http::error::Error;
use crate::http::idempotency::REPLAYED;
use crate::metrics;
use crate::settings::Reuse;

impl Presented {
    /// Row 3: the right key too late. Nothing is revoked, for it may be the owner; it is noted.
    pub(super) async fn refuse_late(&self, rotation: Rotation) -> Result<Response, Error> {
        self.app.count(metrics::Event::LateReplay);
        self.note("late-replay", rotation, false).await?;
        let mut response = Error::bad_token(BLACKLISTED).into_response();
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("late"));
        Ok(response)
    }

    /// Rows 4 and 6: notes it, and ends the chain where `refresh.reuse` says so.
    pub(super) async fn refuse_reuse(&self, rotation: Rotation) -> Result<Response, Error> {
        self.app.count(metrics::Event::Reuse);
        let revoke = self.app.settings().refresh.reuse == Reuse::Revoke;
        self.note("reuse", rotation, revoke).await?;
        Err(Error::bad_token(BLACKLISTED))
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
            chain: rotation.chain,
            jti: self.jti()?.to_owned(),
            request_id: self.request_id.clone(),
        };
        // whoever floods us with an old token keeps nobody from writing
        if !self.has_to_note(&event, revoke).await? {
            return Ok(());
        }
        let (row, now) = (event.clone(), self.now);
        let listed_at = self.app.dates().kept(now);
        let is_new = self
            .app
            .db()
            .write(move |tx| {
                let event = row.clone();
                Box::pin(async move {
                    if revoke {
                        rows::revoke_chain(tx, &event.chain, listed_at).await?;
                    }
                    rows::add_event(tx, &event, now).await
                })
            })
            .await?;
        if is_new {
            tracing::warn!(
                user.id = event.user.map(|id| id.0),
                token.jti = event.jti,
                token.chain = event.chain,
                revoked = revoke,
                "a refresh token was shown again: {kind}"
            );
        }
        Ok(())
    }

    /// Whether an event is new, or a chain that is to end has a live link.
    async fn has_to_note(&self, event: &Event, revoke: bool) -> Result<bool, Error> {
        let event = event.clone();
        let has_to = self.app.db().read(move |conn| {
            Box::pin(async move {
                Ok(!rows::has_event(conn, &event).await?
                    || revoke && rows::is_alive(conn, &event.chain).await?)
            })
        });
        Ok(has_to.await?)
    }
}
