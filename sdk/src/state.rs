//! The states of a session, for programs that show them.

use chrono::{DateTime, Utc};

use crate::reason::ExpiredReason;
use crate::store::StoreError;

/// What the session is in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionState {
    /// It is not known whether somebody is logged in.
    Unknown {
        /// Why the store can't be read; `None` where it was not asked yet: see [`Session::load`](crate::Session::load).
        reason: Option<StoreError>,
    },
    /// Nobody is logged in.
    SignedOut,
    /// Somebody is logged in.
    #[non_exhaustive]
    Active {
        /// The name that was logged in with.
        user: String,
        /// When the access token expires, by this machine's clock. It is refreshed before that.
        expires_at: Option<DateTime<Utc>>,
        /// What does not work at the moment.
        degraded: Option<Degraded>,
    },
    /// The tokens are being exchanged for new ones.
    #[non_exhaustive]
    Refreshing {
        /// The name that was logged in with.
        user: String,
    },
    /// The session has ended; a new login is needed.
    #[non_exhaustive]
    Expired {
        /// The name that was logged in with.
        user: String,
        /// Why.
        reason: ExpiredReason,
    },
    /// The program gave an access token of its own; it is not refreshed and not kept.
    #[non_exhaustive]
    Token {
        /// When it expires, by this machine's clock.
        expires_at: Option<DateTime<Utc>>,
    },
}

impl Default for SessionState {
    /// Nothing was asked yet.
    fn default() -> Self {
        Self::Unknown { reason: None }
    }
}

impl SessionState {
    /// [`SessionState::Active`], for the tests of programs that show it.
    pub fn active(user: impl Into<String>, expires_at: Option<DateTime<Utc>>) -> Self {
        Self::Active {
            user: user.into(),
            expires_at,
            degraded: None,
        }
    }

    /// [`SessionState::Refreshing`], for such tests.
    pub fn refreshing(user: impl Into<String>) -> Self {
        Self::Refreshing { user: user.into() }
    }

    /// [`SessionState::Expired`], for such tests.
    pub fn expired(user: impl Into<String>, reason: ExpiredReason) -> Self {
        Self::Expired {
            user: user.into(),
            reason,
        }
    }

    /// [`SessionState::Token`], for such tests.
    pub fn token(expires_at: Option<DateTime<Utc>>) -> Self {
        Self::Token { expires_at }
    }

    /// An active one of which this does not work at the moment; any other one as it is.
    #[must_use]
    pub fn with_degraded(mut self, what: Degraded) -> Self {
        if let Self::Active { degraded, .. } = &mut self {
            *degraded = Some(what);
        }
        self
    }

    /// The name that was logged in with, where there is one.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Active { user, .. } | Self::Refreshing { user } | Self::Expired { user, .. } => {
                Some(user)
            }
            Self::Unknown { .. } | Self::SignedOut | Self::Token { .. } => None,
        }
    }

    /// Whether requests are sent with a token.
    pub fn is_signed_in(&self) -> bool {
        matches!(
            self,
            Self::Active { .. } | Self::Refreshing { .. } | Self::Token { .. }
        )
    }
}

/// What does not work while a session lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Degraded {
    /// The new tokens could not be stored. At Gatepost nothing is lost when the process ends now, at Django the
    /// session is.
    StoreFailed,
    /// The access token has expired and the server can't be reached to exchange it.
    Offline,
}
