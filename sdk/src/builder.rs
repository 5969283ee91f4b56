//! How a client is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::client::Client;
use crate::clock::Clock;
use crate::endpoints::Endpoints;
use crate::error::{Error, Result};
use crate::http::{self, Http, Options, ProxyChoice};
use crate::inner::Inner;
use crate::scheme::Scheme;
use crate::store::caught::Caught;
use crate::store::{MemoryStore, TokenStore};
use crate::token::AccessToken;
use crate::transport::{Limits, RefreshMode, Transport};

/// Sets up a [`Client`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    address: String,
    store: Arc<dyn TokenStore>,
    account: Option<String>,
    given: Option<AccessToken>,
    timeout: Duration,
    retries: u32,
    options: Options,
    /// The first setting that can't be.
    error: Option<Error>,
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
            retries: 0,
            options: Options::new(),
            error: None,
            mode: RefreshMode::default(),
            endpoints: Endpoints::new(),
            allow_http: false,
            clock: Clock::system(),
            limits: Limits::default(),
            scheme: None,
        }
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

    /// How often a request is sent again by itself where that does no harm; never by default.
    ///
    /// That is GET, HEAD, OPTIONS, PUT and DELETE, after 429 and 503, after a connection that broke or could not be
    /// made, and after 502 and 504; a DELETE only where it was certainly not done. It waits as long as `Retry-After`
    /// says, but no longer than a minute, and otherwise 0.2 s, 0.4 s, … POST and PATCH are never sent again.
    pub fn retries(mut self, times: u32) -> Self {
        self.retries = times;
        self
    }

    /// The `User-Agent`; this crate's by default.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.options.user_agent = name.into();
        self
    }

    /// How long connecting may take; 5 seconds by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.options.connect = timeout;
        self
    }

    /// The proxy to go through: `http://`, `https://` or `socks5://`, with a name and password where it wants them.
    ///
    /// Without it the environment says (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not),
    /// except for servers on this machine.
    pub fn proxy(mut self, address: impl Into<String>) -> Self {
        self.options.proxy = ProxyChoice::Given(address.into());
        self
    }

    /// Goes through no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.options.proxy = ProxyChoice::None;
        self
    }

    /// Certificates to trust besides the system's, as PEM: of an authority, or a server's that is signed by itself.
    ///
    /// Where `SSL_CERT_FILE` or `SSL_CERT_DIR` is set, what they name is trusted in place of the system's.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.options.roots.push(pem.into());
        self
    }

    /// The certificate that the client shows to the server, with its private key, as PEM.
    pub fn client_identity(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.options.identity = Some(Arc::new(SecretSlice::from(pem.into())));
        self
    }

    /// A header that is sent with every request, also those that log in and refresh: what a gateway before the server
    /// asks for. Its value is never shown.
    pub fn default_header(mut self, name: &str, value: impl Into<SecretString>) -> Self {
        let value = value.into();
        let name = HeaderName::try_from(name.trim());
        let value = HeaderValue::try_from(value.expose_secret().trim());
        let own = [
            AUTHORIZATION,
            HOST,
            CONTENT_LENGTH,
            TRANSFER_ENCODING,
            CONNECTION,
        ];
        match (name, value) {
            (Ok(name), Ok(mut value)) if !own.contains(&name) => {
                value.set_sensitive(true);
                self.options.headers.append(name, value);
            }
            (Ok(name), Ok(_)) => {
                self.fail(Error::config(format!(
                    "the header {name} is the client's own"
                )));
            }
            (Ok(name), Err(_)) => {
                self.fail(Error::config(format!(
                    "the value of the header {name} has characters that no header can carry"
                )));
            }
            (Err(_), _) => self.fail(Error::config("a default header's name is none of HTTP")),
        }
        self
    }

    /// Changes the settings of the HTTP client last of all, for what this builder does not know. The proxy and the
    /// encryption are set already; redirects and retries must stay off.
    #[cfg(feature = "reqwest-builder")]
    pub fn configure_reqwest(
        mut self,
        change: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.options.hook = Some(Arc::new(change));
        self
    }

    /// Keeps the first error.
    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
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

    /// The client. Neither the network nor the store is touched; for https the certificates to trust are read.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): the address is none or may not be used, a setting or a
    /// variable of the environment that it names can't be used, or there are no certificates.
    pub fn build(mut self) -> Result<Client> {
        if let Some(error) = self.error {
            return Err(error);
        }
        // connecting must end first, or it would not be known whether anything was sent
        self.options.connect = self.options.connect.min(self.timeout * 15 / 16);
        let base = http::base(&self.address, self.allow_http)?;
        if self.account.as_deref().is_some_and(str::is_empty) {
            return Err(Error::config("the account's name is empty"));
        }
        let (client, proxy) = http::client(&base, &self.options)?;
        let http = Http {
            client,
            proxy,
            server: base.as_str().trim_end_matches('/').to_owned(),
            base,
            endpoints: self.endpoints,
            timeout: self.timeout,
            retries: self.retries,
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

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("address", &self.address)
            .field("store", &self.store.id())
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
