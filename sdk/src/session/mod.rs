//! The session of a client: its state, its tokens, logging in and out.

mod decide;
mod enter;
mod exchange;
mod flow;
pub(crate) mod key;
pub(crate) mod lock;
mod memory;
pub(crate) mod slot;
pub(crate) mod state;
#[cfg(test)]
mod tests;

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use secrecy::SecretString;
use tokio::sync::watch;

use self::memory::Need;
use self::slot::Slot;
use self::state::{ExpiredReason, SessionState};
use crate::api_error::ApiError;
use crate::client::{Account, Client};
use crate::clock::Millis;
use crate::error::{Error, ErrorKind, Result};
use crate::store::EntryKey;
use crate::token::AccessToken;

/// How long one waits before a token that was just made is shown again.
const REPLICA_LAG: Duration = Duration::from_secs(1);

/// The session of a client: made by [`Client::session`]. Cheap to clone.
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
    /// [`ErrorKind::Store`]; [`ErrorKind::Config`] where the store has sessions of several users
    /// and none was named.
    pub async fn load(&self) -> Result<SessionState> {
        if self.0.0.given.is_some() {
            return Ok(self.state());
        }
        match self.slot().await? {
            Some(slot) => slot.notice(&self.0).await?,
            None => {
                self.0.0.state.send_replace(SessionState::SignedOut);
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
            |exp: Option<i64>| slot::moment(exp.map(|exp| memory.local(exp.saturating_mul(1000))));
        Ok(Some(SessionDetails {
            user: slot.key().user().to_owned(),
            access_expires_at: local(entry.access_exp),
            refresh_expires_at: local(entry.refresh_exp()),
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
        let ticket = self.ticket(&need).await?;
        let token = ticket.map(|ticket| ticket.token);
        token.ok_or_else(|| Error::new(ErrorKind::NotSignedIn))
    }

    /// Exchanges the tokens now, unless another process just did.
    ///
    /// # Errors
    /// As [`Session::access_token`].
    pub async fn refresh(&self) -> Result<AccessToken> {
        if self.0.0.given.is_some() {
            return Err(Error::config(
                "an access token that was given can't be refreshed",
            ));
        }
        let slot = self.slot().await?;
        let slot = slot.ok_or_else(|| Error::new(ErrorKind::NotSignedIn))?;
        slot.notice(&self.0).await?;
        let access = slot
            .memory()
            .current()
            .and_then(|entry| entry.access.clone());
        let need = Need {
            other_than: access.map(AccessToken::from),
            ..Need::default()
        };
        let token = slot.access(&self.0, &need).await?;
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
        let (_, outcome) = slot.fly(&self.0, &need).await;
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
            Some(slot) => enter::logout(&slot, &self.0, how).await,
            None => Ok(LoggedOut {
                revoked: false,
                problem: None,
            }),
        }
    }

    /// Waits until no exchange of tokens is under way, at most so long: to be called before the program ends.
    /// Whether there is none.
    pub async fn wait_idle(&self, limit: Duration) -> bool {
        let slot = self.account().slot.clone();
        match slot {
            Some(slot) => slot.wait_idle(limit).await,
            None => true,
        }
    }

    pub(crate) async fn login(&self, username: &str, password: &SecretString) -> Result<Session> {
        if self.0.0.given.is_some() {
            return Err(
                Error::config("the client was given an access token, so it can't log in")
                    .with_hint("leave out the access token to log in"),
            );
        }
        // the server trims it as well
        let user = username.trim();
        if user.is_empty() {
            return Err(Error::config("the username is empty"));
        }
        let slot = self.slot_of(user);
        enter::login(&slot, &self.0, username, password).await?;
        self.attach(slot);
        Ok(self.clone())
    }

    /// What the next request is sent with; `None` where nobody is logged in.
    pub(crate) async fn ticket_for_request(&self, once: bool) -> Result<Option<Ticket>> {
        let need = Need {
            careful: once,
            ..Need::default()
        };
        self.ticket(&need).await
    }

    async fn ticket(&self, need: &Need) -> Result<Option<Ticket>> {
        if let Some(token) = self.0.0.given.clone() {
            return Ok(Some(Ticket { token, slot: None }));
        }
        let Some(slot) = self.slot().await? else {
            return Ok(None);
        };
        let token = slot.access(&self.0, need).await?;
        Ok(token.map(|token| Ticket {
            token,
            slot: Some(slot),
        }))
    }

    /// The session that the client uses: that of the user who was named or, without a name, the only one.
    async fn slot(&self) -> Result<Option<Arc<Slot>>> {
        if let Some(slot) = &self.account().slot {
            return Ok(Some(slot.clone()));
        }
        if self.0.0.given.is_some() {
            return Ok(None);
        }
        let keys = self.0.0.store.list(self.0.server()).await?;
        match keys.as_slice() {
            [] => Ok(None),
            [key] => {
                let slot = self.slot_of(key.user());
                self.attach(slot.clone());
                Ok(Some(slot))
            }
            keys => {
                let names: Vec<_> = keys.iter().map(EntryKey::user).collect();
                let error = Error::config(format!(
                    "there are sessions of several accounts at {}: {}",
                    self.0.server(),
                    names.join(", ")
                ));
                Err(error.with_hint("name the account"))
            }
        }
    }

    fn slot_of(&self, user: &str) -> Arc<Slot> {
        Slot::of(&self.0.0.store, EntryKey::new(self.0.server(), user))
    }

    /// Makes this the session that the client uses.
    fn attach(&self, slot: Arc<Slot>) {
        let state = &self.0.0.state;
        let mut account = self.account();
        match &account.slot {
            Some(old) if Arc::ptr_eq(old, &slot) => return,
            Some(old) => old.forget(state),
            None => {}
        }
        slot.tell(state, self.0.http().clock.millis());
        account.slot = Some(slot);
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        let account = self.0.0.account.lock();
        account.unwrap_or_else(PoisonError::into_inner)
    }

    /// What to do about a request whose token was refused with 401; it may be sent again with the ticket then.
    pub(crate) async fn refused(
        &self,
        ticket: &mut Ticket,
        refusal: &ApiError,
        headers: &HeaderMap,
        tries: &mut Tries,
    ) -> Result<Next> {
        match (refusal.code(), &ticket.slot) {
            (None, _) if refusal.detail().is_some() => {
                self.try_other_scheme(refusal, headers, tries)
            }
            (Some("token_not_valid"), Some(slot)) => {
                let (slot, sent) = (slot.clone(), ticket.token.clone());
                self.replace(&slot, &sent, ticket, tries).await
            }
            (Some("password_changed"), Some(slot)) => {
                let reason = ExpiredReason::PasswordChanged;
                enter::end(slot, &self.0, &ticket.token, reason).await?;
                Err(Error::expired(reason))
            }
            _ => Ok(Next::GiveUp),
        }
    }

    async fn replace(
        &self,
        slot: &Arc<Slot>,
        sent: &AccessToken,
        ticket: &mut Ticket,
        tries: &mut Tries,
    ) -> Result<Next> {
        let now = self.0.http().clock.millis();
        if slot.memory().is_young(sent, now) {
            // another one would be refused as well; a replica that lags behind may accept this one in a second
            if std::mem::replace(&mut tries.waited, true) {
                return Ok(Next::GiveUp);
            }
            tokio::time::sleep(REPLICA_LAG).await;
            return Ok(Next::Again);
        }
        if std::mem::replace(&mut tries.refreshed, true) {
            return Ok(Next::GiveUp);
        }
        let need = Need {
            other_than: Some(sent.clone()),
            ..Need::default()
        };
        match slot.access(&self.0, &need).await? {
            Some(token) if token != *sent => {
                ticket.token = token;
                Ok(Next::Again)
            }
            _ => Ok(Next::GiveUp),
        }
    }

    /// A 401 without a code says that no token was seen: the server looks for another scheme.
    fn try_other_scheme(
        &self,
        refusal: &ApiError,
        headers: &HeaderMap,
        tries: &mut Tries,
    ) -> Result<Next> {
        // those of proxies, which want a password
        const FOREIGN: [&str; 4] = ["basic", "digest", "negotiate", "ntlm"];
        let offered = headers
            .get(WWW_AUTHENTICATE)
            .and_then(|value| value.to_str().ok());
        let offered = offered.and_then(|value| value.split_whitespace().next());
        match offered {
            Some(offered)
                if !tries.other_scheme
                    && offered != self.scheme()
                    && !FOREIGN.contains(&offered.to_ascii_lowercase().as_str()) =>
            {
                tries.other_scheme = true;
                let scheme = self.0.0.scheme.lock();
                offered.clone_into(&mut scheme.unwrap_or_else(PoisonError::into_inner));
                Ok(Next::Again)
            }
            _ => Err(Error::caused(
                ErrorKind::AuthScheme,
                Error::new(ErrorKind::Api(refusal.clone())),
            )),
        }
    }

    /// The scheme of the `Authorization` header.
    pub(crate) fn scheme(&self) -> String {
        let scheme = self.0.0.scheme.lock();
        scheme.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes what an answer's date says of the clocks.
    pub(crate) fn note_date(&self, skew: Option<Millis>) {
        if skew.is_none() {
            return;
        }
        if let Some(slot) = &self.account().slot
            && slot.memory().note_skew(skew)
        {
            slot.publish(self.0.http().clock.millis());
        }
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
    /// The request is sent again.
    Again,
}

/// What a request is sent with, and whose it is: that does not change on the way.
pub(crate) struct Ticket {
    pub(crate) token: AccessToken,
    /// `None` for a token that the program gave.
    slot: Option<Arc<Slot>>,
}
