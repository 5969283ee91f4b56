//! The session of a client: its state, its tokens, logging out.

pub(crate) mod decide;
pub(crate) mod exchange;
pub(crate) mod flight;
mod flow;
mod guard;
pub(crate) mod key;
mod known;
mod lock;
pub(crate) mod login;
mod mounts;
pub(crate) mod slot;
#[cfg(test)]
mod tests;
pub(crate) mod verdict;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::sync::watch;

pub use self::login::{LoggedOut, Logout};
use self::slot::Slot;
use self::verdict::Need;
use crate::clock::{Millis, moment};
use crate::error::{Error, ErrorKind, Result};
use crate::inner::Inner;
use crate::state::SessionState;
use crate::store::{StoreError, StoredSession};
use crate::token::{AccessToken, fingerprint};

/// The session of a client: made by [`Client::session`](crate::Client::session). Cheap to clone.
///
/// A program that shows the session follows its state, and waits for a refresh that is under way before it ends:
///
/// ```
/// use gatepost_sdk::{Client, SessionState};
/// use std::time::Duration;
///
/// # async fn example(client: Client) {
/// let session = client.session();
/// let mut states = session.subscribe();
/// tokio::spawn(async move {
///     while states.changed().await.is_ok() {
///         match &*states.borrow_and_update() {
///             SessionState::Active { user, .. } => println!("signed in as {user}"),
///             SessionState::Expired { reason, .. } => println!("the session has ended: {reason}"),
///             _ => {}
///         }
///     }
/// });
/// session.wait_idle(Duration::from_secs(5)).await;
/// # }
/// ```
///
/// It belongs to one account: where somebody else logs in on the client later, this session stays that of whom it was.
#[derive(Clone)]
pub struct Session {
    client: Arc<Inner>,
    /// `None` while it is not known whose it is.
    own: Option<Arc<Slot>>,
}

/// What is known of a session, for showing it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionDetails {
    /// The name that was logged in with.
    pub user: String,
    /// When that was, by this machine's clock; `None` of a session that an older release has kept.
    pub begun_at: Option<DateTime<Utc>>,
    /// When the access token expires, by this machine's clock.
    pub access_expires_at: Option<DateTime<Utc>>,
    /// When the refresh token expires, by this machine's clock: until then the session lives without a login.
    pub refresh_expires_at: Option<DateTime<Utc>>,
    /// What tells one refresh token from another, as logs name it: no secret.
    pub refresh_id: String,
    /// The server's clock less this machine's, in seconds; 0 below two.
    pub clock_skew: i64,
    /// What the server's last answer with tokens named in `Gatepost-Features`, that of the login at first; empty for
    /// plain Django.
    pub features: Vec<String>,
    /// How often the stored session was changed.
    pub generation: u64,
}

impl Session {
    pub(crate) fn new(client: Arc<Inner>, own: Option<Arc<Slot>>) -> Self {
        Self { client, own }
    }

    async fn slot(&self) -> Result<Option<Arc<Slot>>> {
        match &self.own {
            Some(slot) => Ok(Some(slot.clone())),
            None => self.client.slot().await,
        }
    }

    /// Keeps tokens that came in another way: by a login of one's own, a device code, an import. What was kept before is
    /// ended at the server. Without an access token the first request gets one. The client must name its account:
    /// [`ClientBuilder::account`](crate::ClientBuilder::account) or [`Client::with_account`](crate::Client::with_account).
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where no account is named, or an access token was given to the client;
    /// [`ErrorKind::Store`]: the session can't be kept.
    pub async fn adopt(
        &self,
        refresh: impl Into<SecretString>,
        access: Option<SecretString>,
    ) -> Result<()> {
        let slot = match (&self.own, &self.client.given) {
            (Some(slot), _) => Some(slot.clone()),
            (None, None) => self.client.attached(),
            (None, Some(_)) => None,
        };
        let Some(slot) = slot else {
            return Err(Error::config("it is not known whose tokens these are")
                .with_hint("name the account of the client"));
        };
        let transport = &self.client.transport;
        login::check(&slot).await?;
        let clock = exchange::Reading {
            received: transport.now(),
            skew: None,
        };
        login::login(&slot, transport, access, refresh.into(), Vec::new(), clock).await
    }

    /// The state now, as far as it is known, without asking anyone.
    pub fn state(&self) -> SessionState {
        self.subscribe().borrow().clone()
    }

    /// Why the store does not have the newest tokens, as long as it does not
    /// ([`Degraded::StoreFailed`](crate::Degraded::StoreFailed)).
    pub async fn store_problem(&self) -> Option<StoreError> {
        let slot = self.slot().await.ok().flatten()?;
        slot.memory().refusal().cloned()
    }

    /// The state as it changes. A receiver sees the last state, however late it looks.
    pub fn subscribe(&self) -> watch::Receiver<SessionState> {
        match &self.own {
            Some(slot) => slot.subscribe(),
            None => self.client.state.subscribe(),
        }
    }

    /// Reads the session from the store, if it was not read or another process has changed it, and gives its state.
    /// The network is not used.
    ///
    /// # Errors
    /// [`ErrorKind::Store`]; [`ErrorKind::Config`] where the store has sessions of several users
    /// and none was named.
    pub async fn load(&self) -> Result<SessionState> {
        if self.client.given.is_some() {
            return Ok(self.state());
        }
        match self.slot().await {
            Ok(Some(slot)) => slot.notice(&self.client.transport).await?,
            Ok(None) => {
                self.client.state.send_replace(SessionState::SignedOut);
            }
            Err(error) => {
                if let ErrorKind::Store(error) = error.kind() {
                    let reason = Some(error.clone());
                    let unknown = SessionState::Unknown { reason };
                    self.client.state.send_replace(unknown);
                }
                return Err(error);
            }
        }
        Ok(self.state())
    }

    /// What is known of the session, as [`Session::load`] finds it; `None` where there is none.
    ///
    /// # Errors
    /// As [`Session::load`].
    pub async fn details(&self) -> Result<Option<SessionDetails>> {
        self.load().await?;
        let Some(slot) = self.slot().await? else {
            return Ok(None);
        };
        let memory = slot.memory();
        let Some(entry) = memory.current() else {
            return Ok(None);
        };
        let local =
            |exp: Option<i64>| moment(exp.map(|exp| memory.local(exp.saturating_mul(1000))));
        Ok(Some(SessionDetails {
            user: slot.key().user().to_owned(),
            begun_at: local(entry.begun),
            access_expires_at: local(entry.access_exp),
            refresh_expires_at: local(entry.refresh_exp()),
            refresh_id: fingerprint(&entry.refresh),
            clock_skew: memory.skew() / 1000,
            features: entry.features.clone(),
            generation: entry.generation,
        }))
    }

    /// An access token that lives for at least `min_ttl`, for handing it to another program. It is exchanged for a
    /// new one where it would not; a new one is given even if the server makes them shorter.
    ///
    /// # Errors
    /// [`ErrorKind::NotSignedIn`], [`SessionExpired`](crate::ErrorKind::SessionExpired), [`Network`](crate::ErrorKind::Network),
    /// [`Timeout`](crate::ErrorKind::Timeout), [`Busy`](crate::ErrorKind::Busy), [`Store`](crate::ErrorKind::Store),
    /// [`UnexpectedAnswer`](crate::ErrorKind::UnexpectedAnswer).
    pub async fn access_token(&self, min_ttl: Duration) -> Result<AccessToken> {
        let need = Need {
            min_ttl: Millis::try_from(min_ttl.as_millis()).unwrap_or(Millis::MAX),
            ..Need::default()
        };
        let token = if let Some(slot) = &self.own {
            flight::access(slot, &self.client.transport, &need).await?
        } else {
            let access = self.client.access(&need).await?;
            access.map(|(token, _)| token)
        };
        token.ok_or_else(|| Error::new(ErrorKind::NotSignedIn))
    }

    /// The access token as it is kept, where it lives for at least `min_ttl`; `None` where it would have to be exchanged
    /// first. The network is not used: this is for what must neither wait nor change the session.
    ///
    /// # Errors
    /// As [`Session::load`].
    pub async fn kept_token(&self, min_ttl: Duration) -> Result<Option<AccessToken>> {
        if let Some(given) = &self.client.given {
            return Ok(Some(given.clone()));
        }
        let state = self.load().await?;
        let Some(slot) = self.slot().await?.filter(|_| state.is_signed_in()) else {
            return Ok(None);
        };
        let min_ttl = Millis::try_from(min_ttl.as_millis()).unwrap_or(Millis::MAX);
        let until = self.client.transport.now().saturating_add(min_ttl);
        let memory = slot.memory();
        let entry = memory.current();
        let entry = entry.filter(|entry| {
            let exp = entry.access_exp.map(|exp| exp.saturating_mul(1000));
            exp.is_some_and(|exp| memory.local(exp) > until)
        });
        Ok(entry.and_then(StoredSession::access_token))
    }

    /// Exchanges the tokens now, unless another process just did.
    ///
    /// # Errors
    /// As [`Session::access_token`].
    pub async fn refresh(&self) -> Result<AccessToken> {
        if self.client.given.is_some() {
            return Err(Error::config(
                "an access token that was given can't be refreshed",
            ));
        }
        let Some(slot) = self.slot().await? else {
            return Err(Error::new(ErrorKind::NotSignedIn));
        };
        slot.notice(&self.client.transport).await?;
        let need = Need {
            other_than: slot
                .memory()
                .current()
                .and_then(StoredSession::access_token),
            ..Need::default()
        };
        let token = flight::access(&slot, &self.client.transport, &need).await?;
        token.ok_or_else(|| Error::new(ErrorKind::NotSignedIn))
    }

    /// Tries an ended session again: its refresh token is kept until it expires, and what ended it may be over
    /// (an account that is enabled again, a server that had the wrong key).
    ///
    /// # Errors
    /// As [`Session::access_token`]; [`SessionExpired`](crate::ErrorKind::SessionExpired) where the server still refuses it.
    pub async fn resume(&self) -> Result<SessionState> {
        let Some(slot) = self.slot().await? else {
            return Err(Error::new(ErrorKind::NotSignedIn));
        };
        let need = Need {
            resume: true,
            ..Need::default()
        };
        let (_, outcome) = flight::fly(&slot, &self.client.transport, &need).await;
        outcome?;
        Ok(self.state())
    }

    /// Ends the session.
    ///
    /// A server that can't be reached does not keep it alive here: see [`LoggedOut::revoked`].
    ///
    /// # Errors
    /// [`ErrorKind::Busy`]: somebody else is changing the session. [`ErrorKind::Store`]: it can't be read or removed.
    pub async fn logout(&self, how: Logout) -> Result<LoggedOut> {
        match self.slot().await? {
            Some(slot) => login::logout(&slot, &self.client.transport, how).await,
            None => Ok(LoggedOut {
                revoked: false,
                problem: None,
                left: None,
            }),
        }
    }

    /// Waits until no exchange of tokens is under way, at most so long: to be called before the program ends.
    /// Whether there is none.
    pub async fn wait_idle(&self, limit: Duration) -> bool {
        match self.own.clone().or_else(|| self.client.attached()) {
            Some(slot) => flight::wait_idle(&slot, limit).await,
            None => true,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("server", &self.client.server())
            .field("account", &self.own.as_ref().map(|slot| slot.key().user()))
            .finish_non_exhaustive()
    }
}
