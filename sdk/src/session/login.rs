//! Keeping a new session and ending one: all change the stored session under its lock, in a task of their own.

use std::sync::Arc;

use secrecy::SecretString;

use super::exchange::{self, Reading};
use super::guard::Guard;
use super::key;
use super::slot::Slot;
use crate::error::{Error, ErrorKind, Result};
use crate::state::ExpiredReason;
use crate::store::StoredSession;
use crate::token::{AccessToken, Claims};
use crate::transport::Transport;

/// What logging out does at the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Logout {
    /// The refresh token is blacklisted, with all that came of it; the session is removed here whatever the server
    /// answers. An access token that was copied stays valid until it expires.
    #[default]
    Server,
    /// The session is removed here alone.
    Local,
}

/// What came of logging out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoggedOut {
    /// Whether the server accepts the session's refresh token no longer.
    pub revoked: bool,
    /// Why it could not be revoked.
    pub problem: Option<Error>,
}

/// Stores the tokens of a login over whatever session of the user there was, which is ended first.
pub(crate) async fn login(
    slot: &Arc<Slot>,
    transport: &Arc<Transport>,
    access: SecretString,
    refresh: SecretString,
    clock: Reading,
) -> Result<()> {
    let skew = clock.skew.unwrap_or(0);
    let session = StoredSession {
        generation: 0,
        secret: Some(key::new_secret()?),
        refresh,
        access_exp: Claims::of(&access).exp(),
        access: Some(access),
        received: clock.received.saturating_add(skew),
        skew,
        features: Vec::new(),
        mark: None,
    };
    let (slot, transport) = (slot.clone(), transport.clone());
    detached(async move {
        let installed = install(&slot, &transport, session.clone()).await;
        if installed.is_err() {
            // nobody will ever use it
            revoke(&transport, &session).await.ok();
        }
        installed
    })
    .await
}

async fn install(
    slot: &Arc<Slot>,
    transport: &Arc<Transport>,
    mut session: StoredSession,
) -> Result<()> {
    let mut guard = Guard::lock(slot, transport).await?;
    let outcome = async {
        let old = slot.store.load(slot.key()).await?;
        if let Some(old) = &old
            && let Err(error) = revoke(transport, old).await
        {
            tracing::warn!(cause = %error, "the session before could not be ended at the server");
        }
        session.generation = guard.next(old.map_or(0, |old| old.generation));
        guard.save(&session, 1).await?;
        guard.saved(session);
        Ok(())
    }
    .await;
    guard.leave();
    outcome
}

/// Ends the session here and, if wanted, at the server.
pub(super) async fn logout(
    slot: &Arc<Slot>,
    transport: &Arc<Transport>,
    how: Logout,
) -> Result<LoggedOut> {
    let (slot, transport) = (slot.clone(), transport.clone());
    detached(async move {
        let mut guard = Guard::lock(&slot, &transport).await?;
        let outcome = async {
            let stored = slot.store.load(slot.key()).await?;
            let unsaved = slot.memory().unsaved().cloned();
            let mut problem = None;
            if let (Some(stored), Logout::Server) = (&stored, how) {
                // tokens that could not be stored are the newest where the server gives them only once
                let newest = unsaved.filter(|_| !stored.repeats());
                problem = revoke(&transport, newest.as_ref().unwrap_or(stored))
                    .await
                    .err();
            }
            slot.store.remove(slot.key()).await?;
            guard.removed(guard.next(stored.as_ref().map_or(0, |stored| stored.generation)));
            Ok(LoggedOut {
                revoked: stored.is_some() && how == Logout::Server && problem.is_none(),
                problem,
            })
        }
        .await;
        guard.leave();
        outcome
    })
    .await
}

/// Marks the session as ended, if the token that was refused is still its own.
pub(crate) async fn end(
    slot: &Arc<Slot>,
    transport: &Arc<Transport>,
    refused: &AccessToken,
    reason: ExpiredReason,
) -> Result<()> {
    let (slot, transport, refused) = (slot.clone(), transport.clone(), refused.clone());
    detached(async move {
        let mut guard = Guard::lock(&slot, &transport).await?;
        let outcome = async {
            let stored = slot.store.load(slot.key()).await?;
            slot.memory().adopt(stored.clone());
            let is_current = slot.memory().is_current(&refused);
            if let Some(stored) = stored.filter(|stored| is_current && stored.mark.is_none()) {
                guard.mark(stored, reason).await;
            }
            Ok(())
        }
        .await;
        guard.leave();
        outcome
    })
    .await
}

async fn revoke(transport: &Transport, session: &StoredSession) -> Result<()> {
    let secret = session.secret.as_ref();
    let key = secret.map(|secret| key::refresh_key(secret, &session.refresh));
    exchange::blacklist(transport, &session.refresh, key.as_deref()).await
}

/// Runs to its end, whoever goes away meanwhile.
async fn detached<T: Send + 'static>(
    task: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(task)
        .await
        .unwrap_or_else(|error| Err(Error::caused(ErrorKind::Network, error)))
}
