//! The refresh of a session while it is under way: who begins it, who takes part in it, who need not wait for it.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::flow;
use super::slot::{Flight, Slot};
use super::verdict::{Need, Verdict};
use crate::clock::Millis;
use crate::error::{Error, ErrorKind, Result};
use crate::store::StoredSession;
use crate::token::AccessToken;
use crate::transport::{RefreshMode, Transport};

/// How often a caller joins somebody else's refresh before it gives up.
const JOINS: usize = 3;

/// How often a refresh is begun again that was ended with its runtime.
const LOST: usize = 3;

/// How long a request waits for a refresh while its access token has not expired.
const EARLY: Duration = Duration::from_secs(3);

/// The access token of a request; `None` where nobody is logged in.
pub(crate) async fn access(
    slot: &Arc<Slot>,
    transport: &Arc<Transport>,
    need: &Need,
) -> Result<Option<AccessToken>> {
    slot.notice(transport).await?;
    let unexpired = || slot.memory().unexpired(need, transport.now());
    for _ in 0..JOINS {
        let verdict = {
            let memory = slot.memory();
            match memory.verdict(need, transport.now()) {
                // it would have been exchanged early, but that did not work a moment ago
                Verdict::Refresh if memory.rests() => memory
                    .unexpired(need, transport.now())
                    .map_or(Verdict::Refresh, Verdict::Use),
                verdict => verdict,
            }
        };
        match verdict {
            Verdict::Nobody => return Ok(None),
            Verdict::Ended(reason) => return Err(Error::expired(reason)),
            Verdict::Use(token) => {
                refresh_behind(slot, transport);
                return Ok(Some(token));
            }
            Verdict::Refresh => {}
        }
        let flight = fly(slot, transport, need);
        let limit = unexpired().map_or(Duration::MAX, |_| EARLY);
        let Ok((is_ours, outcome)) = tokio::time::timeout(limit, flight).await else {
            // it goes on by itself, and the token is good meanwhile
            match unexpired() {
                Some(token) => return Ok(Some(token)),
                None => continue,
            }
        };
        match outcome {
            // what this refresh brought is used, whatever its expiry: never two in a row
            Ok(()) if is_ours => break,
            Ok(()) => {}
            Err(error) => {
                return match unexpired() {
                    Some(token) if !ends(&error) => {
                        tracing::debug!(cause = %error, "an early refresh failed, the access token is still good");
                        Ok(Some(token))
                    }
                    _ => Err(error),
                };
            }
        }
    }
    let memory = slot.memory();
    match memory.verdict(&Need::default(), transport.now()) {
        Verdict::Nobody => Ok(None),
        Verdict::Ended(reason) => Err(Error::expired(reason)),
        Verdict::Use(_) | Verdict::Refresh => {
            Ok(memory.current().and_then(StoredSession::access_token))
        }
    }
}

/// Begins a refresh that nobody waits for, where one is due.
fn refresh_behind(slot: &Arc<Slot>, transport: &Arc<Transport>) {
    let need = {
        let (memory, now) = (slot.memory(), transport.now());
        let is_half = transport.mode == RefreshMode::Background && memory.is_past_half(now);
        if memory.rests() || !is_half && memory.unsaved().is_none() {
            return;
        }
        Need {
            min_ttl: if is_half { Millis::MAX } else { 0 },
            ..Need::default()
        }
    };
    drop(join_or_begin(slot, transport, &need));
}

/// Takes part in the refresh that is under way, or begins one; whether it was begun, and its outcome.
pub(crate) async fn fly(
    slot: &Arc<Slot>,
    transport: &Arc<Transport>,
    need: &Need,
) -> (bool, Result<()>) {
    let mut lost = 0;
    loop {
        let (is_ours, mut flight) = join_or_begin(slot, transport, need);
        let outcome = match flight.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone(),
            Err(_) => None, // it was ended with its runtime, which need not be ours
        };
        match outcome {
            // somebody else's refresh does not try an ended session
            Some(_) if need.resume && !is_ours => {}
            Some(outcome) => return (is_ours, outcome),
            None if lost == LOST => return (is_ours, Err(Error::new(ErrorKind::Interrupted))),
            None => lost += 1,
        }
    }
}

/// The refresh runs in a task of its own to its end: a caller that goes away takes nothing with it.
fn join_or_begin(slot: &Arc<Slot>, transport: &Arc<Transport>, need: &Need) -> (bool, Flight) {
    let mut flight = slot.flight.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(flight) = flight.as_ref()
        // an outcome that is there is of the past, a sender that is gone has failed
        && flight.borrow().is_none()
        && flight.has_changed().is_ok()
    {
        return (false, flight.clone());
    }
    let (sender, receiver) = watch::channel(None);
    *flight = Some(receiver.clone());
    let (slot, transport, need) = (slot.clone(), transport.clone(), need.clone());
    tokio::spawn(async move {
        let outcome = flow::run(&slot, &transport, &need).await;
        {
            let mut memory = slot.memory();
            match &outcome {
                Ok(()) if memory.unsaved().is_none() => memory.succeeded(),
                _ => memory.failed(),
            }
        }
        slot.publish(transport.now());
        let _ = sender.send(Some(outcome));
    });
    (true, receiver)
}

/// Waits until nobody changes the session, at most so long; whether nobody does.
pub(crate) async fn wait_idle(slot: &Slot, limit: Duration) -> bool {
    let idle = async {
        let flight = slot
            .flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(mut flight) = flight {
            let _ = flight.wait_for(Option::is_some).await;
        }
        drop(slot.gate.lock().await);
    };
    tokio::time::timeout(limit, idle).await.is_ok()
}

/// Whether an error says that there is no session any more.
fn ends(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotSignedIn | ErrorKind::SessionExpired(_)
    )
}
