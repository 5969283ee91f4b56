//! The client and how it is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use secrecy::SecretString;
use tokio::sync::watch;

use crate::api::posts::Posts;
use crate::clock::Clock;
use crate::endpoints::Endpoints;
use crate::error::{Error, Result};
use crate::http::{self, Http};
use crate::inner::Inner;
use crate::request::Request;
use crate::scheme::Scheme;
use crate::session::Session;
use crate::state::SessionState;
use crate::store::caught::Caught;
use crate::store::{MemoryStore, TokenStore};
use crate::token::AccessToken;
use crate::transport::{Limits, RefreshMode, Transport};

/// A client of one server. Cheap to clone; clones share the session.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

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
    scheme: Option<String>,
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
            scheme: None,
        }
    }

    /// The server's address without a final slash: its name in the store.
    pub fn server(&self) -> &str {
        self.0.server()
    }

    /// The user whose session is used, where one was named or found.
    pub fn account(&self) -> Option<String> {
        self.0.user()
    }

    /// A client of the same server and store for another user. It shares the connections, not the session.
    #[must_use]
    pub fn with_account(&self, user: impl Into<String>) -> Self {
        let (transport, store) = (self.0.transport.clone(), self.0.store.clone());
        Self(Inner::new(transport, store, Some(user.into()), None))
    }

    /// The session: its state, its tokens, logging out. It is that of the account that the client uses now, and stays
    /// so.
    pub fn session(&self) -> Session {
        Session::new(self.0.clone(), self.0.attached())
    }

    /// The state of the session that the client uses, as it changes: also when somebody else logs in on it after a
    /// logout, while a [`Session`] stays that of its own account.
    pub fn subscribe(&self) -> watch::Receiver<SessionState> {
        self.0.state.subscribe()
    }

    /// The posts.
    pub fn posts(&self) -> Posts {
        Posts::new(self.0.clone())
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
        Request::new(self.0.clone(), method, path)
    }

    pub(crate) fn http(&self) -> &Http {
        &self.0.transport.http
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

    /// The scheme of the `Authorization` header, the first of the server's `AUTH_HEADER_TYPES`. Without it, `Bearer`
    /// until the server takes another one that it offers.
    pub fn auth_scheme(mut self, scheme: impl Into<String>) -> Self {
        self.scheme = Some(scheme.into());
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
        let transport = Arc::new(Transport {
            http,
            limits: self.limits,
            mode: self.mode,
            scheme: Scheme::new(self.scheme),
        });
        let store = Arc::new(Caught(self.store));
        let inner = Inner::new(transport, store, self.account, self.given);
        Ok(Client(inner))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
