//! Keeping a new session and ending one: all change the stored session under its lock, in a task of their own.

use std::sync::Arc;

use secrecy::SecretString;

use super::exchange::{self, Reading};
use super::guard::Guard;
use super::key;
use super::slot::Slot;
use crate::error::{Error, ErrorKind, Result};
use crate::reason::ExpiredReason;
use crate::store::{LockPlace, StoreError, StoredSession, private};
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
    /// Why the store still has the session, which ended at the server all the same.
    pub left: Option<Error>,
}

/// Stores the tokens of a login over whatever session of the user there was, and then ends that one at the server.
pub(crate) async fn login(
    slot: &Arc<Slot>,
    transport: &Arc<Transport>,
    access: Option<SecretString>,
    refresh: SecretString,
    features: Vec<String>,
    clock: Reading,
) -> Result<()> {
    let skew = clock.skew.map_or(0, |skew| skew.or(0));
    let session = StoredSession {
        generation: 0,
        secret: Some(key::new_secret()?),
        refresh,
        access_exp: access.as_ref().and_then(|access| Claims::of(access).exp()),
        access,
        received: clock.received.saturating_add(skew),
        begun: Some(clock.received.saturating_add(skew).div_euclid(1000)),
        skew,
        features,
        mark: None,
    };
    let (slot, transport) = (slot.clone(), transport.clone());
    detached(async move {
        match install(&slot, &transport, session.clone()).await {
            Ok(old) => {
                let old = old.filter(|old| !old.holds(&session.refresh));
                if let Some(old) = old
                    && let Err(error) = revoke(&transport, &old).await
                {
                    tracing::warn!(cause = %error, "the session before could not be ended at the server");
                }
                Ok(())
            }
            Err(error) => {
                // nobody will ever use it
                revoke(&transport, &session).await.ok();
                Err(error)
            }
        }
    })
    .await
}

/// Whether a login can be kept, as far as that can be known before the password is sent.
pub(crate) async fn check(slot: &Slot) -> Result<()> {
    readable(slot.store.load(slot.key()).await)?;
    if let Ok(LockPlace::File(path)) = &slot.place {
        private::check_owner(path)?;
    }
    Ok(slot.store.check(slot.key()).await?)
}

/// What was stored; what can't be understood counts as nothing, since a login or a logout is what cures it.
fn readable(
    loaded: Result<Option<StoredSession>, StoreError>,
) -> Result<Option<StoredSession>, StoreError> {
    match loaded {
        Err(StoreError::Corrupt(what)) => {
            tracing::warn!(cause = what, "the stored session can't be read");
            Ok(None)
        }
        loaded => loaded,
    }
}

/// Stores the session; gives the one before.
async fn install(
    slot: &Arc<Slot>,
    transport: &Arc<Transport>,
    mut session: StoredSession,
) -> Result<Option<StoredSession>> {
    let mut guard = Guard::lock(slot, transport).await?;
    let outcome = async {
        match &guard.impossible {
            // it would die at its first expiry; better to say so now
            Some(why) if !session.repeats() || matches!(why, StoreError::Foreign { .. }) => {
                return Err(why.clone().into());
            }
            _ => {}
        }
        let old = readable(slot.store.load(slot.key()).await)?;
        let newest = newest(slot, old.as_ref());
        session.generation = guard.next(old.map_or(0, |old| old.generation));
        guard.save(&session, 1).await?;
        guard.saved(session);
        Ok(newest)
    }
    .await;
    guard.leave();
    outcome
}

/// The session whose refresh token is the newest: tokens that could not be stored, where the server gives them only
/// once.
fn newest(slot: &Slot, stored: Option<&StoredSession>) -> Option<StoredSession> {
    let stored = stored?;
    let unsaved = slot.memory().unsaved().cloned();
    let unsaved = unsaved.filter(|_| !stored.repeats());
    Some(unsaved.unwrap_or_else(|| stored.clone()))
}

/// Ends the session here and, if wanted, at the server.
pub(super) async fn logout(
    slot: &Arc<Slot>,
    transport: &Arc<Transport>,
    how: Logout,
) -> Result<LoggedOut> {
    // a keyring that asks for its password is waited for before others have to wait for the lock
    readable(slot.store.load(slot.key()).await)?;
    let (slot, transport) = (slot.clone(), transport.clone());
    detached(async move {
        let mut guard = Guard::lock(&slot, &transport).await?;
        let outcome = async {
            let loaded = slot.store.load(slot.key()).await;
            let mut problem = match &loaded {
                Err(error) if how == Logout::Server => Some(error.clone().into()),
                _ => None,
            };
            let stored = readable(loaded)?;
            let newest = newest(&slot, stored.as_ref());
            if let (Some(newest), Logout::Server) = (&newest, how) {
                problem = revoke(&transport, newest).await.err();
            }
            let revoked = newest.is_some() && how == Logout::Server && problem.is_none();
            let removed = slot.store.remove(slot.key()).await;
            if let (Err(error), Some(stored), true) = (&removed, &stored, revoked) {
                let left = Some(error.clone().into());
                guard.mark(stored.clone(), ExpiredReason::Blacklisted).await;
                return Ok(LoggedOut {
                    revoked,
                    problem,
                    left,
                });
            }
            removed?;
            guard.removed(guard.next(stored.map_or(0, |stored| stored.generation)));
            Ok(LoggedOut {
                revoked,
                problem,
                left: None,
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
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Interrupted)))
}
