//! A server behind a proxy, and a client whose clock is the test's.

use std::time::Duration;

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{AccessToken, Client, Clock, RefreshMode, TokenStore};

use crate::proxy::{Act, Proxy, json};
use crate::server::{Server, enter};

pub(crate) const REFRESH: &str = "POST /api/token/refresh/";
pub(crate) const PROFILE: &str = "GET /api/users/profile/";
pub(crate) const NOT_VALID: &str = r#"{"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[]}"#;

pub(crate) struct Case {
    pub(crate) server: Server,
    pub(crate) proxy: Proxy,
    pub(crate) clock: Clock,
    pub(crate) client: Client,
}

pub(crate) fn system() -> i64 {
    Clock::system().now()
}

/// Whoever removes the server's dates lets the client's clock alone say how old a token is.
pub(crate) async fn case_with(settings: &str, store: impl TokenStore, mode: RefreshMode) -> Case {
    let server = Server::with(settings).await;
    let proxy = Proxy::before(&server.url).await;
    proxy.rule(|_| Act::Without("date"));
    let clock = Clock::at(system());
    let client = Client::builder(&proxy.url)
        .store(store)
        .refresh(mode)
        .clock(clock.clone());
    let client = client.build().expect("a client");
    enter(&client, "ada").await;
    Case {
        server,
        proxy,
        clock,
        client,
    }
}

pub(crate) async fn case() -> Case {
    case_with("", MemoryStore::new(), RefreshMode::OnDemand).await
}

impl Case {
    pub(crate) async fn token(&self) -> AccessToken {
        self.client
            .session()
            .access_token(Duration::ZERO)
            .await
            .expect("a token")
    }

    /// The server refuses this token from now on.
    pub(crate) fn refuse(&self, token: &AccessToken) {
        let refused = format!("Bearer {}", token.expose());
        self.proxy
            .rule(move |seen| match seen.header("authorization") {
                Some(value) if value == refused => json("401 Unauthorized", NOT_VALID),
                _ => Act::Without("date"),
            });
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        let seen = self.proxy.seen(REFRESH);
        seen.iter()
            .map(|seen| seen.header("idempotency-key").expect("a key").to_owned())
            .collect()
    }
}
