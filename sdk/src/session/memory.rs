//! What this process knows of a session, and what follows from it: pure, without network or store.

use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use crate::clock::Millis;
use crate::session::state::{Degraded, ExpiredReason, SessionState};
use crate::store::{EntryKey, StoredSession};
use crate::token::AccessToken;

/// The longest time before the expiry at which a token is exchanged.
const MARGIN: Millis = 60_000;

/// A token of at most this age that is refused is not exchanged for another one.
const YOUNG: Millis = 10_000;

/// How long early refreshes rest after the first that failed, and after the last.
const REST: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(16));

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

/// What the store holds, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    /// It was not read.
    Unread,
    /// Nobody is logged in.
    Nothing,
    /// Somebody was, until another process removed the session.
    Gone,
    /// A session, which may have ended.
    Session(StoredSession),
}

/// What a request has to do.
pub(crate) enum Verdict {
    Nobody,
    Ended(ExpiredReason),
    Use(AccessToken),
    Refresh,
}

/// What this process knows of a session.
pub(crate) struct Memory {
    known: Known,
    /// Tokens that the server gave and the store did not take.
    unsaved: Option<StoredSession>,
    /// Grows with every change of the two.
    version: u64,
    /// The lock file's generation when the store was last read.
    pub(crate) seen: Option<u64>,
    /// The server's clock less this machine's, by the last answer.
    skew: Option<Millis>,
    /// A refresh of the current token was sent and its outcome is not known.
    pub(crate) doubt: bool,
    pub(crate) refreshing: bool,
    pub(crate) offline: bool,
    failures: u32,
    rests_until: Option<Instant>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            known: Known::Unread,
            unsaved: None,
            version: 0,
            seen: None,
            skew: None,
            doubt: false,
            refreshing: false,
            offline: false,
            failures: 0,
            rests_until: None,
        }
    }

    pub(crate) fn known(&self) -> &Known {
        &self.known
    }

    pub(crate) fn unsaved(&self) -> Option<&StoredSession> {
        self.unsaved.as_ref()
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// What the store holds.
    pub(crate) fn stored(&self) -> Option<&StoredSession> {
        match &self.known {
            Known::Session(entry) => Some(entry),
            Known::Unread | Known::Nothing | Known::Gone => None,
        }
    }

    /// The newest tokens.
    pub(crate) fn current(&self) -> Option<&StoredSession> {
        self.unsaved.as_ref().or(self.stored())
    }

    /// Takes what the store holds.
    pub(crate) fn adopt(&mut self, stored: Option<StoredSession>) {
        let before = self.stored();
        let same = match (&stored, before) {
            (Some(stored), Some(before)) => stored.holds(&before.refresh),
            _ => false,
        };
        if !same {
            self.unsaved = None;
            self.doubt = false;
        }
        self.version += 1;
        self.known = match (stored, &self.known) {
            (Some(mut stored), Known::Session(before))
                if stored.access.is_none() && same && stored.mark.is_none() =>
            {
                // too long for the store; it is still ours to use
                stored.access.clone_from(&before.access);
                Known::Session(stored)
            }
            (Some(stored), _) => Known::Session(stored),
            (None, Known::Session(_) | Known::Gone) => Known::Gone,
            (None, Known::Unread | Known::Nothing) => Known::Nothing,
        };
    }

    /// Takes what was written to the store.
    pub(crate) fn saved(&mut self, entry: StoredSession) {
        self.version += 1;
        self.unsaved = None;
        self.doubt = false;
        self.known = Known::Session(entry);
    }

    /// Takes what the store did not take.
    pub(crate) fn not_saved(&mut self, entry: StoredSession) {
        self.version += 1;
        self.unsaved = Some(entry);
    }

    /// Forgets a session that was logged out.
    pub(crate) fn removed(&mut self) {
        self.version += 1;
        self.unsaved = None;
        self.doubt = false;
        self.known = Known::Nothing;
    }

    /// Notes what an answer says of the clocks; whether it says anything new.
    pub(crate) fn note_skew(&mut self, skew: Option<Millis>) -> bool {
        let Some(skew) = skew else { return false };
        let is_new = skew.saturating_sub(self.skew()).saturating_abs() >= 2000;
        if is_new || self.skew.is_none() {
            self.skew = Some(skew);
        }
        is_new
    }

    pub(crate) fn skew(&self) -> Millis {
        let stored = || self.current().map(|entry| entry.skew);
        self.skew.or_else(stored).unwrap_or(0)
    }

    /// The server's clock at this moment of ours.
    pub(crate) fn server(&self, now: Millis) -> Millis {
        now.saturating_add(self.skew())
    }

    /// This machine's clock at this moment of the server's.
    pub(crate) fn local(&self, server: Millis) -> Millis {
        server.saturating_sub(self.skew())
    }

    /// What a request has to do.
    pub(crate) fn verdict(&self, need: &Need, now: Millis) -> Verdict {
        let Some(stored) = self.stored() else {
            return match self.known {
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
        let entry = self.current();
        entry.is_some_and(|entry| {
            life(entry).is_some_and(|life| self.remaining(entry, now) < life / 2)
        })
    }

    fn remaining(&self, entry: &StoredSession, now: Millis) -> Millis {
        let exp = entry
            .access_exp
            .map_or(Millis::MAX, |exp| exp.saturating_mul(1000));
        exp.saturating_sub(self.server(now))
    }

    /// Whether a token was made so recently that another one would be refused as well: then the server's replicas
    /// or clocks are not of one mind, and it is not exchanged.
    pub(crate) fn is_young(&self, token: &AccessToken, now: Millis) -> bool {
        let entry = self.current();
        let Some(entry) = entry.filter(|entry| is_of(entry, token)) else {
            return false;
        };
        let limit = life(entry).map_or(YOUNG, |life| YOUNG.min(life / 4));
        let age = self.server(now).saturating_sub(entry.received);
        (0..limit).contains(&age) && self.remaining(entry, now) > 0
    }

    /// Whether this is the token that requests are sent with.
    pub(crate) fn is_current(&self, token: &AccessToken) -> bool {
        self.current().is_some_and(|entry| is_of(entry, token))
    }

    /// Whether refreshes that are not yet needed rest, since the last ones failed.
    pub(crate) fn rests(&self) -> bool {
        self.rests_until.is_some_and(|until| Instant::now() < until)
    }

    pub(crate) fn failed(&mut self) {
        let rest = REST
            .0
            .saturating_mul(1 << self.failures.min(10))
            .min(REST.1);
        self.failures = self.failures.saturating_add(1);
        self.rests_until = Some(Instant::now() + rest);
    }

    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
        self.rests_until = None;
        self.offline = false;
    }

    /// What a program may show.
    pub(crate) fn state(&self, key: &EntryKey, now: Millis) -> SessionState {
        let user = key.user().to_owned();
        let entry = match &self.known {
            Known::Unread => return SessionState::Unknown,
            Known::Nothing => return SessionState::SignedOut,
            Known::Gone => {
                return SessionState::Expired {
                    user,
                    reason: ExpiredReason::LoggedOutElsewhere,
                };
            }
            Known::Session(stored) => self.unsaved.as_ref().unwrap_or(stored),
        };
        if self.refreshing {
            return SessionState::Refreshing { user };
        }
        if let Some(mark) = entry.mark {
            return SessionState::Expired {
                user,
                reason: mark.reason,
            };
        }
        let exp = entry.access_exp.map(|exp| exp.saturating_mul(1000));
        SessionState::Active {
            user,
            expires_at: super::slot::moment(exp.map(|exp| self.local(exp))),
            degraded: match self.unsaved {
                Some(_) => Some(Degraded::StoreFailed),
                None => {
                    (self.offline && self.remaining(entry, now) <= 0).then_some(Degraded::Offline)
                }
            },
        }
    }
}

fn is_of(entry: &StoredSession, token: &AccessToken) -> bool {
    entry.access.as_ref().map(access).as_ref() == Some(token)
}

fn access(token: &SecretString) -> AccessToken {
    AccessToken::from(token.clone())
}

/// An entry's access token, unless it is the one that will not do.
fn other(entry: &StoredSession, need: &Need) -> Option<AccessToken> {
    let token = access(entry.access.as_ref()?);
    (need.other_than.as_ref() != Some(&token)).then_some(token)
}

/// How long an access token lives, from when it came: its own `iat` may be its refresh token's.
fn life(entry: &StoredSession) -> Option<Millis> {
    let exp = entry.access_exp?.saturating_mul(1000);
    Some(exp.saturating_sub(entry.received)).filter(|life| *life > 0)
}

fn margin(life: Millis) -> Millis {
    MARGIN.min(life / 4)
}
