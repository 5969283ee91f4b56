//! What a request has to do, by what is known of the session: pure, without network or store.

use std::time::Duration;

use super::known::{Known, Memory};
use crate::clock::Millis;
use crate::reason::ExpiredReason;
use crate::store::StoredSession;
use crate::token::AccessToken;

/// The longest time before the expiry at which a token is exchanged.
const MARGIN: Millis = 60_000;

/// A token of at most this age that is refused is not exchanged for another one.
const YOUNG: Millis = 10_000;

/// How long one waits before a token that was just made is shown again: a replica of the server may lag behind.
pub(crate) const REPLICA_LAG: Duration = Duration::from_secs(1);

/// What is asked of an access token.
#[derive(Clone, Debug, Default)]
pub(crate) struct Need {
    /// One that was refused, or that is to be exchanged.
    pub(crate) other_than: Option<AccessToken>,
    /// How long it must live.
    pub(crate) min_ttl: Millis,
    /// A body that can be sent once is about to be sent.
    pub(crate) careful: bool,
    /// An ended session is to be tried again.
    pub(crate) resume: bool,
}

/// What a request has to do.
pub(crate) enum Verdict {
    Nobody,
    Ended(ExpiredReason),
    Use(AccessToken),
    Refresh,
}

impl Memory {
    /// What a request has to do.
    pub(crate) fn verdict(&self, need: &Need, now: Millis) -> Verdict {
        let Some(stored) = self.stored() else {
            return match self.known() {
                Known::Gone => Verdict::Ended(ExpiredReason::LoggedOutElsewhere),
                _ => Verdict::Nobody,
            };
        };
        match stored.mark {
            Some(_) if need.resume => return Verdict::Refresh,
            Some(mark) => return Verdict::Ended(mark.reason),
            None => {}
        }
        let token = self
            .current()
            .and_then(|entry| self.sufficient(entry, need, now));
        token.map_or(Verdict::Refresh, Verdict::Use)
    }

    /// The access token of an entry, where it is what is needed.
    pub(crate) fn sufficient(
        &self,
        entry: &StoredSession,
        need: &Need,
        now: Millis,
    ) -> Option<AccessToken> {
        let token = other(entry, need)?;
        let Some(life) = life(entry) else {
            return Some(token); // its expiry is unknown, or can't be judged by these clocks: the server will say
        };
        let margin = margin(life).saturating_mul(if need.careful { 2 } else { 1 });
        // a token can't be asked to live longer than the server makes them
        let ttl = need.min_ttl.min(life / 4 * 3);
        (self.remaining(entry, now) > margin.max(ttl)).then_some(token)
    }

    /// The access token, where it has not expired: for use when a new one can't be had.
    pub(crate) fn unexpired(&self, need: &Need, now: Millis) -> Option<AccessToken> {
        let entry = self.current().filter(|entry| entry.mark.is_none())?;
        let token = other(entry, need)?;
        (self.remaining(entry, now) > need.min_ttl.max(0)).then_some(token)
    }

    /// Whether half of the access token's life is over.
    pub(crate) fn is_past_half(&self, now: Millis) -> bool {
        let is_past = |entry| life(entry).is_some_and(|life| self.remaining(entry, now) < life / 2);
        self.current().is_some_and(is_past)
    }

    /// Whether a token was made so recently that another one would be refused as well: then the server's replicas
    /// or clocks are not of one mind, and it is not exchanged.
    pub(crate) fn is_young(&self, token: &AccessToken, now: Millis) -> bool {
        let Some(entry) = self.current().filter(|_| self.is_current(token)) else {
            return false;
        };
        let limit = life(entry).map_or(YOUNG, |life| YOUNG.min(life / 4));
        let age = self.server(now).saturating_sub(entry.received);
        (0..limit).contains(&age) && self.remaining(entry, now) > 0
    }

    /// Whether a token's time is over, as far as it says and by the server's clock.
    pub(crate) fn is_expired(&self, token: &AccessToken, now: Millis) -> bool {
        let exp = token.claims().exp_millis();
        exp.is_some_and(|exp| exp <= self.server(now))
    }

    /// Whether this is the token that requests are sent with.
    pub(crate) fn is_current(&self, token: &AccessToken) -> bool {
        let current = self.current().and_then(StoredSession::access_token);
        current.as_ref() == Some(token)
    }
}

/// An entry's access token, unless it is the one that will not do.
fn other(entry: &StoredSession, need: &Need) -> Option<AccessToken> {
    let token = entry.access_token()?;
    (need.other_than.as_ref() != Some(&token)).then_some(token)
}

fn margin(life: Millis) -> Millis {
    MARGIN.min(life / 4)
}

/// How long an access token lives, from when it came: its own `iat` may be its refresh token's.
fn life(entry: &StoredSession) -> Option<Millis> {
    let exp = entry.access_exp?.saturating_mul(1000);
    Some(exp.saturating_sub(entry.received)).filter(|life| *life > 0)
}
