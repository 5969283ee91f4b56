//! Logging in and out: both change the stored session under its lock, in a task of their own.

use std::sync::Arc;

use reqwest::{Method, StatusCode};
use secrecy::SecretString;

use super::exchange;
use super::flow;
use super::key;
use super::slot::Slot;
use super::state::ExpiredReason;
use super::{LoggedOut, Logout};
use crate::api::auth::credentials;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::http;
use crate::store::StoredSession;
use crate::token::{AccessToken, Claims};
use crate::types::Pair;

/// Obtains tokens and stores them over whatever session of the user there was, which is ended first.
pub(super) async fn login(
    slot: &Arc<Slot>,
    client: &Client,
    username: &str,
    password: &SecretString,
) -> Result<()> {
    // a store that can't be used is found out before the password is sent
    slot.store.load(slot.key()).await?;
    let http = client.http();
    let sent = http.clock.millis();
    let answer = client
        .request(Method::POST, &http.endpoints.token)
        .anonymous()
        .json(&credentials(username, password))
        .send()
        .await?
        .checked()
        .await
        .map_err(|error| match error.status() {
            Some(StatusCode::UNAUTHORIZED) => error.with_hint(
                "check the username and the password, and that the account is not disabled",
            ),
            _ => error,
        })?;
    let received = http.clock.millis();
    let skew = http::skew(answer.headers(), sent, received).unwrap_or(0);
    let path = answer.path().to_owned();
    let pair: Pair = answer.json().await?;
    let Some(refresh) = pair.refresh else {
        return Err(Error::new(ErrorKind::Decode { path }));
    };
    let entry = StoredSession {
        generation: 0,
        secret: Some(key::new_secret()?),
        refresh,
        access_exp: Claims::of(&pair.access).exp(),
        access: Some(pair.access),
        received: received.saturating_add(skew),
        skew,
        features: Vec::new(),
        mark: None,
    };
    let (slot, client) = (slot.clone(), client.clone());
    detached(async move {
        let installed = install(&slot, &client, entry.clone()).await;
        if installed.is_err() {
            // nobody will ever use it
            revoke(&client, &entry).await.ok();
        }
        installed
    })
    .await
}

async fn install(slot: &Arc<Slot>, client: &Client, mut entry: StoredSession) -> Result<()> {
    let mut guard = slot.lock(&client.0.limits).await?;
    let outcome = async {
        let old = slot.store.load(slot.key()).await?;
        if let Some(old) = &old
            && let Err(error) = revoke(client, old).await
        {
            tracing::warn!(cause = %error, "the session before could not be ended at the server");
        }
        entry.generation = guard.next(old.map_or(0, |old| old.generation));
        flow::save(slot, &entry, 1).await?;
        flow::saved(slot, &mut guard, entry, client.http().clock.millis());
        Ok(())
    }
    .await;
    flow::leave(slot, guard);
    outcome
}

/// Ends the session here and, if wanted, at the server.
pub(super) async fn logout(slot: &Arc<Slot>, client: &Client, how: Logout) -> Result<LoggedOut> {
    let (slot, client) = (slot.clone(), client.clone());
    detached(async move {
        let mut guard = slot.lock(&client.0.limits).await?;
        let outcome = async {
            let stored = slot.store.load(slot.key()).await?;
            let unsaved = slot.memory().unsaved().cloned();
            let mut problem = None;
            if let (Some(stored), Logout::Server) = (&stored, how) {
                // tokens that could not be stored are the newest where the server gives them only once
                let newest = unsaved.filter(|_| !stored.repeats());
                problem = revoke(&client, newest.as_ref().unwrap_or(stored))
                    .await
                    .err();
            }
            slot.store.remove(slot.key()).await?;
            let generation = guard.next(stored.as_ref().map_or(0, |stored| stored.generation));
            {
                let mut memory = slot.memory();
                memory.removed();
                memory.seen = guard.counts().then_some(generation);
            }
            guard.note_done(generation);
            slot.publish(client.http().clock.millis());
            Ok(LoggedOut {
                revoked: stored.is_some() && how == Logout::Server && problem.is_none(),
                problem,
            })
        }
        .await;
        flow::leave(&slot, guard);
        outcome
    })
    .await
}

/// Marks the session as ended, if the token that was refused is still its own.
pub(super) async fn end(
    slot: &Arc<Slot>,
    client: &Client,
    refused: &AccessToken,
    reason: ExpiredReason,
) -> Result<()> {
    let (slot, client, refused) = (slot.clone(), client.clone(), refused.clone());
    detached(async move {
        let mut guard = slot.lock(&client.0.limits).await?;
        let outcome = async {
            let stored = slot.store.load(slot.key()).await?;
            slot.memory().adopt(stored.clone());
            let is_current = slot.memory().is_current(&refused);
            if let Some(stored) = stored.filter(|stored| is_current && stored.mark.is_none()) {
                flow::mark(
                    &slot,
                    &mut guard,
                    stored,
                    reason,
                    client.http().clock.millis(),
                )
                .await;
            }
            Ok(())
        }
        .await;
        flow::leave(&slot, guard);
        outcome
    })
    .await
}

async fn revoke(client: &Client, entry: &StoredSession) -> Result<()> {
    let key = flow::key_of(entry);
    exchange::blacklist(
        client.http(),
        &client.0.limits,
        &entry.refresh,
        key.as_deref(),
    )
    .await
}

/// Runs to its end, whoever goes away meanwhile.
async fn detached<T: Send + 'static>(
    task: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(task)
        .await
        .unwrap_or_else(|error| Err(Error::caused(ErrorKind::Network, error)))
}
