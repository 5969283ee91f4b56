//! The client and how it is set up.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use secrecy::SecretString;
use tokio::sync::watch;

use crate::api::posts::Posts;
use crate::clock::Clock;
use crate::endpoints::Endpoints;
use crate::error::{Error, Result};
use crate::http::{self, Http};
use crate::request::Request;
use crate::session::Session;
use crate::session::slot::{Limits, Slot};
use crate::session::state::SessionState;
use crate::store::{EntryKey, MemoryStore, TokenStore};
use crate::token::AccessToken;

/// A client of one server. Cheap to clone; clones share the session.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) http: Http,
    pub(crate) store: Arc<dyn TokenStore>,
    pub(crate) mode: RefreshMode,
    pub(crate) limits: Limits,
    /// An access token that the program gave; then there is no session.
    pub(crate) given: Option<AccessToken>,
    pub(crate) account: Mutex<Account>,
    pub(crate) scheme: Mutex<String>,
    pub(crate) state: Arc<watch::Sender<SessionState>>,
}

/// Whose session a client uses.
#[derive(Default)]
pub(crate) struct Account {
    /// The user that was named; `None` for the only one that the store knows.
    pub(crate) user: Option<String>,
    pub(crate) slot: Option<Arc<Slot>>,
}

/// When tokens are exchanged for new ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshMode {
    /// When a request needs it, shortly before the access token expires: for programs that do one thing and end.
    #[default]
    OnDemand,
    /// Also behind a request once half of the access token's life is over, so that no request waits for it: for
    /// programs that stay.
    Background,
}

/// Sets up a [`Client`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    address: String,
    store: Arc<dyn TokenStore>,
    account: Option<String>,
    given: Option<AccessToken>,
    timeout: Duration,
    user_agent: String,
    mode: RefreshMode,
    endpoints: Endpoints,
    allow_http: bool,
    clock: Clock,
    limits: Limits,
}

impl Client {
    /// Begins to set up a client of the server at this address, for example `https://api.example.org`; a path is
    /// kept.
    pub fn builder(address: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            address: address.into(),
            store: Arc::new(MemoryStore::new()),
            account: None,
            given: None,
            timeout: Duration::from_secs(30),
            user_agent: concat!("gatepost-sdk/", env!("CARGO_PKG_VERSION")).to_owned(),
            mode: RefreshMode::default(),
            endpoints: Endpoints::new(),
            allow_http: false,
            clock: Clock::system(),
            limits: Limits::default(),
        }
    }

    /// The server's address without a final slash: its name in the store.
    pub fn server(&self) -> &str {
        &self.0.http.server
    }

    /// The user whose session is used, where one was named or found.
    pub fn account(&self) -> Option<String> {
        let account = self
            .0
            .account
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let slot = account
            .slot
            .as_ref()
            .map(|slot| slot.key().user().to_owned());
        slot.or_else(|| account.user.clone())
    }

    /// A client of the same server and store for another user. It shares the connections, not the session.
    #[must_use]
    pub fn with_account(&self, user: impl Into<String>) -> Self {
        let inner = &self.0;
        Self::assemble(
            inner.http.clone(),
            inner.store.clone(),
            inner.mode,
            inner.limits,
            Some(user.into()),
            None,
        )
    }

    /// The session: its state, its tokens, logging out.
    pub fn session(&self) -> Session {
        Session::new(self.clone())
    }

    /// The posts.
    pub fn posts(&self) -> Posts {
        Posts::new(self.clone())
    }

    /// Any request to the server; `path` begins below its address and may have a query.
    ///
    /// ```no_run
    /// # async fn example(client: gatepost_sdk::Client) -> gatepost_sdk::Result<()> {
    /// use gatepost_sdk::Method;
    /// let anything: serde_json::Value = client
    ///     .request(Method::GET, "/api/anything/")
    ///     .query("limit", &10)
    ///     .send_json()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request::new(self.clone(), method, path)
    }

    pub(crate) fn http(&self) -> &Http {
        &self.0.http
    }

    fn assemble(
        http: Http,
        store: Arc<dyn TokenStore>,
        mode: RefreshMode,
        limits: Limits,
        user: Option<String>,
        given: Option<AccessToken>,
    ) -> Self {
        let state = match &given {
            Some(token) => SessionState::Token {
                expires_at: crate::session::slot::moment(token.claims().exp_millis()),
            },
            None => SessionState::Unknown,
        };
        let state = Arc::new(watch::Sender::new(state));
        let slot = match (&user, &given) {
            (Some(user), None) => {
                let slot = Slot::of(&store, EntryKey::new(http.server.as_str(), user.as_str()));
                slot.tell(&state, http.clock.millis());
                Some(slot)
            }
            _ => None,
        };
        Self(Arc::new(Inner {
            http,
            store,
            mode,
            limits,
            given,
            account: Mutex::new(Account { user, slot }),
            scheme: Mutex::new("Bearer".to_owned()),
            state,
        }))
    }
}

impl ClientBuilder {
    /// Where sessions are kept; a [`MemoryStore`] by default.
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Arc::new(store);
        self
    }

    /// The same for a store that is shared already.
    pub fn shared_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = store;
        self
    }

    /// Whose session to use. Without it, the only one that the store has for the server.
    pub fn account(mut self, user: impl Into<String>) -> Self {
        self.account = Some(user.into());
        self
    }

    /// An access token to send with every request. It is never refreshed and never stored, and the store is not
    /// read.
    pub fn access_token(mut self, token: impl Into<SecretString>) -> Self {
        self.given = Some(AccessToken::from(token.into()));
        self
    }

    /// How long the server may be silent; 30 seconds by default. A refresh has limits of its own: 10 seconds a
    /// try, 25 in all.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The `User-Agent`; this crate's by default.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// When tokens are exchanged; [`RefreshMode::OnDemand`] by default.
    pub fn refresh(mut self, mode: RefreshMode) -> Self {
        self.mode = mode;
        self
    }

    /// Where the API's resources are; Gatepost's paths by default.
    pub fn endpoints(mut self, endpoints: Endpoints) -> Self {
        self.endpoints = endpoints;
        self
    }

    /// Allows passwords and tokens over `http://` to another machine. To this one it is always allowed.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Where the time comes from, for tests.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    #[cfg(test)]
    pub(crate) fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The client. Neither the network nor the store is touched; for https the system's certificates are read.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): the address is none or may not be used, or there are no
    /// certificates.
    pub fn build(self) -> Result<Client> {
        let base = http::base(&self.address, self.allow_http)?;
        if self.account.as_deref().is_some_and(str::is_empty) {
            return Err(Error::config("the account's name is empty"));
        }
        let http = Http {
            client: Http::client(&base, &self.user_agent)?,
            server: base.as_str().trim_end_matches('/').to_owned(),
            base,
            endpoints: self.endpoints,
            timeout: self.timeout,
            clock: self.clock,
        };
        Ok(Client::assemble(
            http,
            self.store,
            self.mode,
            self.limits,
            self.account,
            self.given,
        ))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.server())
            .field("account", &self.account())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("address", &self.address)
            .field("store", &self.store.id())
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
