//! The client of a server.

use std::fmt;
use std::sync::Arc;

use reqwest::Method;
use tokio::sync::watch;

use crate::api::account::Me;
use crate::api::list::List;
use crate::api::posts::Posts;
use crate::http::Http;
use crate::inner::Inner;
use crate::request::Request;
use crate::session::Session;
use crate::state::SessionState;
use crate::unreachable::ProxyInUse;

/// A client of one server. Cheap to clone; clones share the session.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

impl Client {
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

    /// The account that is logged in: its sessions, another password, its end.
    pub fn me(&self) -> Me {
        Me::new(self.0.clone())
    }

    /// Any request to the server; `path` begins below its address and may have a query.
    ///
    /// ```no_run
    /// # async fn example(client: gatepost_sdk::Client) -> gatepost_sdk::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Invoice {
    ///     number: String,
    /// }
    ///
    /// let new = serde_json::json!({ "customer": 7 });
    /// let invoice: Invoice = client.post("/api/invoices/").json(&new).send_json().await?;
    /// println!("{}", invoice.number);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request::new(self.0.clone(), method, path)
    }

    /// A GET of [`Client::request`].
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// A POST of [`Client::request`].
    pub fn post(&self, path: &str) -> Request {
        self.request(Method::POST, path)
    }

    /// A PUT of [`Client::request`].
    pub fn put(&self, path: &str) -> Request {
        self.request(Method::PUT, path)
    }

    /// A PATCH of [`Client::request`].
    pub fn patch(&self, path: &str) -> Request {
        self.request(Method::PATCH, path)
    }

    /// A DELETE of [`Client::request`].
    pub fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    /// The list at a path, of items of one's own type: a bare array, or pages by number, by limit and offset or by
    /// cursor, whichever the server has.
    ///
    /// ```no_run
    /// # async fn example(client: gatepost_sdk::Client) -> gatepost_sdk::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Invoice {
    ///     number: String,
    /// }
    ///
    /// let mut invoices = client.list::<Invoice>("/api/invoices/").query(&[("paid", "false")]).stream();
    /// while let Some(invoice) = invoices.next().await {
    ///     println!("{}", invoice?.number);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list<T>(&self, path: &str) -> List<T> {
        List::new(self.0.clone(), path)
    }

    /// The proxy that requests go through, without its name and password; `None` where they go there directly.
    pub fn proxy(&self) -> Option<&ProxyInUse> {
        self.http().proxy.as_ref()
    }

    pub(crate) fn http(&self) -> &Http {
        &self.0.transport.http
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
