//! The session of a client: its state, its tokens, logging in and out.

pub(crate) mod lock;
pub(crate) mod slot;
pub(crate) mod state;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use tokio::sync::watch;

use crate::api_error::ApiError;
use crate::client::Client;
use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::session::state::SessionState;
use crate::token::AccessToken;

/// The session of a client: made by [`Client::session`]. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Session(Client);

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

/// What is known of a session, for showing it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionDetails {
    /// The name that was logged in with.
    pub user: String,
    /// When the access token expires, by this machine's clock.
    pub access_expires_at: Option<DateTime<Utc>>,
    /// When the refresh token expires, by this machine's clock: until then the session lives without a login.
    pub refresh_expires_at: Option<DateTime<Utc>>,
    /// The server's clock less this machine's, in seconds; 0 below two.
    pub clock_skew: i64,
    /// What the server's last answer with tokens named in `Gatepost-Features`; empty for plain Django.
    pub features: Vec<String>,
    /// How often the stored session was changed.
    pub generation: u64,
}

impl Session {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    /// The state now, as far as it is known, without asking anyone.
    pub fn state(&self) -> SessionState {
        self.0.0.state.borrow().clone()
    }

    /// The state as it changes. A receiver sees the last state, however late it looks.
    pub fn subscribe(&self) -> watch::Receiver<SessionState> {
        self.0.0.state.subscribe()
    }

    /// Reads the session from the store, if it was not read or another process has changed it, and gives its state.
    /// The network is not used.
    ///
    /// # Errors
    /// [`ErrorKind::Store`](crate::ErrorKind::Store); [`ErrorKind::Config`](crate::ErrorKind::Config) where the store has sessions of several users
    /// and none was named.
    pub async fn load(&self) -> Result<SessionState> {
        todo!()
    }

    /// What is known of the session, as [`Session::load`] finds it; `None` where there is none.
    ///
    /// # Errors
    /// As [`Session::load`].
    pub async fn details(&self) -> Result<Option<SessionDetails>> {
        todo!()
    }

    /// An access token that lives for at least `min_ttl`, for handing it to another program. It is exchanged for a
    /// new one where it would not; a new one is given even if the server makes them shorter.
    ///
    /// # Errors
    /// [`ErrorKind::NotSignedIn`](crate::ErrorKind::NotSignedIn), [`SessionExpired`](crate::ErrorKind::SessionExpired), [`Network`](crate::ErrorKind::Network),
    /// [`Timeout`](crate::ErrorKind::Timeout), [`Busy`](crate::ErrorKind::Busy), [`Store`](crate::ErrorKind::Store),
    /// [`NotAGatepostApi`](crate::ErrorKind::NotAGatepostApi).
    pub async fn access_token(&self, min_ttl: Duration) -> Result<AccessToken> {
        let _ = min_ttl;
        todo!()
    }

    /// Exchanges the tokens now, unless another process just did.
    ///
    /// # Errors
    /// As [`Session::access_token`].
    pub async fn refresh(&self) -> Result<AccessToken> {
        todo!()
    }

    /// Tries an ended session again: its refresh token is kept until it expires, and what ended it may be over
    /// (an account that is enabled again, a server that had the wrong key).
    ///
    /// # Errors
    /// As [`Session::access_token`]; [`SessionExpired`](crate::ErrorKind::SessionExpired) where the server still refuses it.
    pub async fn resume(&self) -> Result<SessionState> {
        todo!()
    }

    /// Ends the session.
    ///
    /// A server that can't be reached does not keep it alive here: see [`LoggedOut::revoked`].
    ///
    /// # Errors
    /// [`ErrorKind::Busy`](crate::ErrorKind::Busy): another process holds the session. [`ErrorKind::Store`](crate::ErrorKind::Store): it can't be
    /// read or removed.
    pub async fn logout(&self, how: Logout) -> Result<LoggedOut> {
        let _ = how;
        todo!()
    }

    /// Waits until no exchange of tokens is under way, at most so long: to be called before the program ends.
    /// Whether there is none.
    pub async fn settle(&self, limit: Duration) -> bool {
        let _ = limit;
        todo!()
    }

    pub(crate) async fn login(&self, username: &str, password: &SecretString) -> Result<Session> {
        let _ = (username, password);
        todo!()
    }

    /// The access token of the next request; `None` where nobody is logged in.
    pub(crate) async fn token_for_request(&self, once: bool) -> Result<Option<AccessToken>> {
        let _ = once;
        todo!()
    }

    /// What to do about a request whose token was refused with 401.
    pub(crate) async fn refused(
        &self,
        sent: &AccessToken,
        refusal: &ApiError,
        headers: &HeaderMap,
        tries: &mut Tries,
    ) -> Result<Next> {
        let _ = (sent, refusal, headers, tries);
        todo!()
    }

    /// The scheme of the `Authorization` header.
    pub(crate) fn scheme(&self) -> String {
        let scheme = self.0.0.scheme.lock();
        scheme.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes what an answer's date says of the clocks.
    pub(crate) fn note_date(&self, skew: Option<Millis>) {
        let _ = skew;
    }
}

/// What one request was tried with already.
#[derive(Default)]
pub(crate) struct Tries {
    refreshed: bool,
    waited: bool,
    other_scheme: bool,
}

/// What follows on a refused token.
pub(crate) enum Next {
    /// The answer stands.
    GiveUp,
    /// The request is sent again with this token.
    Again(AccessToken),
}
