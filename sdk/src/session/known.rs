//! What this process knows of a session: pure, without network or store.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::{Millis, Skew, moment};
use crate::reason::ExpiredReason;
use crate::state::{Degraded, SessionState};
use crate::store::{EntryKey, StoreError, StoredSession};

/// How long early refreshes rest after the first that failed, and after the last.
const REST: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(16));

/// What the store holds, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) enum Known {
    /// It was not read.
    #[default]
    Unread,
    /// Nobody is logged in.
    Nothing,
    /// Somebody was, until another process removed the session.
    Gone,
    /// A session, which may have ended.
    Session(StoredSession),
}

/// What this process knows of a session.
#[derive(Default)]
pub(crate) struct Memory {
    known: Known,
    /// Tokens that the server gave and the store did not take.
    unsaved: Option<StoredSession>,
    /// Why it did not.
    refusal: Option<StoreError>,
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
    /// Why the store can't be read, while nothing else is known.
    unreadable: Option<StoreError>,
    failures: u32,
    rests_until: Option<Instant>,
}

impl Memory {
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

    /// Takes that the store can't be read.
    pub(crate) fn unreadable(&mut self, error: StoreError) {
        self.unreadable = Some(error);
    }

    /// Takes what was written to the store.
    pub(crate) fn saved(&mut self, entry: StoredSession) {
        self.version += 1;
        self.unsaved = None;
        self.doubt = false;
        self.known = Known::Session(entry);
    }

    /// Takes what the store did not take.
    pub(crate) fn not_saved(&mut self, entry: StoredSession, error: StoreError) {
        self.version += 1;
        self.unsaved = Some(entry);
        self.refusal = Some(error);
    }

    /// Why the store does not have the newest tokens, where it does not.
    pub(crate) fn refusal(&self) -> Option<&StoreError> {
        self.unsaved.as_ref().and(self.refusal.as_ref())
    }

    /// Forgets a session that was logged out.
    pub(crate) fn removed(&mut self) {
        self.version += 1;
        self.unsaved = None;
        self.doubt = false;
        self.known = Known::Nothing;
    }

    /// Notes what an answer says of the clocks; whether it says anything new.
    pub(crate) fn note_skew(&mut self, skew: Option<Skew>) -> bool {
        let Some(skew) = skew else { return false };
        let before = self.skew();
        let now = skew.or(before);
        self.skew = Some(now);
        now != before
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

    /// How long an access token still lives.
    pub(super) fn remaining(&self, entry: &StoredSession, now: Millis) -> Millis {
        let exp = entry
            .access_exp
            .map_or(Millis::MAX, |exp| exp.saturating_mul(1000));
        exp.saturating_sub(self.server(now))
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
            Known::Unread => {
                let reason = self.unreadable.clone();
                return SessionState::Unknown { reason };
            }
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
            expires_at: moment(exp.map(|exp| self.local(exp))),
            degraded: match self.unsaved {
                Some(_) => Some(Degraded::StoreFailed),
                None => {
                    (self.offline && self.remaining(entry, now) <= 0).then_some(Degraded::Offline)
                }
            },
        }
    }
}
