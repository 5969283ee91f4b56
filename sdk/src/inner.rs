//! What the clones of a client share, with all that it makes: the way to the server, the store, whose session it is.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::clock::{Skew, moment};
use crate::error::{Error, Result};
use crate::session::flight;
use crate::session::slot::Slot;
use crate::session::verdict::Need;
use crate::state::SessionState;
use crate::store::{EntryKey, TokenStore};
use crate::token::AccessToken;
use crate::transport::Transport;

pub(crate) struct Inner {
    pub(crate) transport: Arc<Transport>,
    pub(crate) store: Arc<dyn TokenStore>,
    /// An access token that the program gave; then there is no session.
    pub(crate) given: Option<AccessToken>,
    pub(crate) state: Arc<watch::Sender<SessionState>>,
    /// The user that was named; `None` for the only one that the store knows.
    named: Option<String>,
    slot: Mutex<Option<Arc<Slot>>>,
    /// Whoever logs in on the client holds this.
    pub(crate) entering: tokio::sync::Mutex<()>,
}

impl Inner {
    pub(crate) fn new(
        transport: Arc<Transport>,
        store: Arc<dyn TokenStore>,
        named: Option<String>,
        given: Option<AccessToken>,
    ) -> Arc<Self> {
        let state = match &given {
            Some(token) => SessionState::Token {
                expires_at: moment(token.claims().exp_millis()),
            },
            None => SessionState::default(),
        };
        let inner = Arc::new(Self {
            transport,
            store,
            given,
            state: Arc::new(watch::Sender::new(state)),
            named,
            slot: Mutex::default(),
            entering: tokio::sync::Mutex::default(),
        });
        if let (Some(user), None) = (&inner.named, &inner.given) {
            inner.attach(inner.slot_of(user));
        }
        inner
    }

    /// The server's address without a final slash: its name in the store.
    pub(crate) fn server(&self) -> &str {
        &self.transport.http.server
    }

    /// The user whose session is used, where one was named or found.
    pub(crate) fn user(&self) -> Option<String> {
        let slot = self.attached();
        slot.map(|slot| slot.key().user().to_owned())
            .or_else(|| self.named.clone())
    }

    /// The session of this user in the client's store.
    pub(crate) fn slot_of(&self, user: &str) -> Arc<Slot> {
        Slot::of(&self.store, EntryKey::new(self.server(), user))
    }

    /// The session that the client uses, where it is known whose that is.
    pub(crate) fn attached(&self) -> Option<Arc<Slot>> {
        let slot = self.slot.lock();
        slot.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whose session keeps the client from being used for another account, if one does.
    pub(crate) async fn engaged(&self, slot: &Arc<Slot>) -> Option<String> {
        let attached = self.attached().filter(|old| !Arc::ptr_eq(old, slot))?;
        attached.read(&self.transport).await;
        let memory = attached.memory();
        let is_alive = memory.stored().is_some_and(|entry| entry.mark.is_none());
        is_alive.then(|| attached.key().user().to_owned())
    }

    /// Makes this the session that the client uses.
    pub(crate) fn attach(&self, slot: Arc<Slot>) {
        let mut attached = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        match &*attached {
            Some(old) if Arc::ptr_eq(old, &slot) => return,
            Some(old) => old.forget(&self.state),
            None => {}
        }
        slot.tell(&self.state, self.transport.now());
        *attached = Some(slot);
    }

    /// The session that the client uses: that of the user who was named or, without a name, the only one.
    pub(crate) async fn slot(&self) -> Result<Option<Arc<Slot>>> {
        if let Some(slot) = self.attached() {
            return Ok(Some(slot));
        }
        if self.given.is_some() {
            return Ok(None);
        }
        let keys = self.store.list(self.server()).await?;
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
                    self.server(),
                    names.join(", ")
                ));
                Err(error.with_hint("name the account"))
            }
        }
    }

    /// The access token to send, and whose it is unless it was given; `None` where nobody is logged in.
    pub(crate) async fn access(
        &self,
        need: &Need,
    ) -> Result<Option<(AccessToken, Option<Arc<Slot>>)>> {
        if let Some(token) = self.given.clone() {
            return Ok(Some((token, None)));
        }
        let Some(slot) = self.slot().await? else {
            return Ok(None);
        };
        let token = flight::access(&slot, &self.transport, need).await?;
        Ok(token.map(|token| (token, Some(slot))))
    }

    /// Whether the server has named this among what it does beyond Django, as far as the session tells.
    pub(crate) async fn names(&self, feature: &str) -> bool {
        let Ok(Some(slot)) = self.slot().await else {
            return false;
        };
        let is_known = slot.memory().current().is_some();
        if !is_known && slot.notice(&self.transport).await.is_err() {
            return false;
        }
        let memory = slot.memory();
        let features = memory.current().map(|entry| &entry.features);
        features.is_some_and(|features| features.iter().any(|name| name == feature))
    }

    /// Notes what an answer's date says of the clocks.
    pub(crate) fn note_date(&self, skew: Option<Skew>) {
        if let Some(slot) = self.attached()
            && slot.memory().note_skew(skew)
        {
            slot.publish(self.transport.now());
        }
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.server())
            .field("account", &self.user())
            .finish_non_exhaustive()
    }
}
