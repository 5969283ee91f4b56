//! What a command works with: the settings, the accounts, and the client of the session in use.

use std::cell::OnceCell;

use gatepost_sdk::{Client, ClientBuilder, Degraded, SessionState};

use crate::accounts::{Account, Accounts};
use crate::args::{Global, Store};
use crate::errors::{Exit, Failure};
use crate::output::Style;
use crate::settings::Settings;
use crate::store;

/// Where a Gatepost serves when nobody says otherwise.
const DEFAULT_SERVER: &str = "http://127.0.0.1:8000";

/// What a command works with.
pub(crate) struct Context {
    pub(crate) style: Style,
    pub(crate) settings: Settings,
    pub(crate) accounts: Accounts,
    /// The client whose session may be in the middle of an exchange when the command ends.
    client: OnceCell<Client>,
}

impl Context {
    /// Reads the settings and accounts.toml; neither the network nor a store.
    pub(crate) fn new(flags: &Global) -> Result<Self, Failure> {
        let settings = Settings::load(flags)?;
        Ok(Self {
            style: Style::choose(flags.json),
            accounts: Accounts::load(&settings.config)?,
            settings,
            client: OnceCell::new(),
        })
    }

    /// The address of the server, as it is named or known.
    pub(crate) fn address(&self) -> &str {
        let named = self.settings.server.as_deref();
        named
            .or(self.accounts.default_server())
            .unwrap_or(DEFAULT_SERVER)
    }

    /// The server's name in accounts.toml and in the stores.
    pub(crate) fn server(&self) -> Result<String, Failure> {
        let address = self.address();
        if self
            .accounts
            .all
            .iter()
            .any(|account| account.server == address)
        {
            return Ok(address.to_owned());
        }
        Ok(self.anonymous()?.server().to_owned())
    }

    /// The account in use, where accounts.toml knows it.
    pub(crate) fn account(&self) -> Result<Option<&Account>, Failure> {
        self.accounts
            .find(&self.server()?, self.settings.account.as_deref())
    }

    /// The beginning of a client that has no session.
    pub(crate) fn builder(&self, address: &str) -> ClientBuilder {
        let is_allowed = self
            .accounts
            .all
            .iter()
            .any(|account| account.server == address && account.allow_http);
        Client::builder(address)
            .user_agent(concat!("gatepost/", env!("CARGO_PKG_VERSION")))
            .allow_http(self.settings.allow_http || is_allowed)
    }

    /// A client of the server that has no session.
    pub(crate) fn anonymous(&self) -> Result<Client, Failure> {
        self.builder(self.address()).build().map_err(|error| {
            let failure = Failure::from(error);
            if self.address().starts_with("http://") {
                failure.hint("use https://, or add --allow-http on a network that you trust")
            } else {
                failure
            }
        })
    }

    /// The client of the session in use.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let builder = self.builder(self.address());
        if let Some(token) = &self.settings.token {
            return Ok(self.using(builder.access_token(token.clone()).build()?));
        }
        let named = self.settings.store.filter(|store| *store != Store::Auto);
        let builder = match (self.account()?, named, &self.settings.account) {
            (Some(account), named, _) => builder
                .account(&account.user)
                .shared_store(store::open(named.unwrap_or(account.store), &self.settings)),
            (None, Some(named), user) => {
                let builder = builder.shared_store(store::open(named, &self.settings));
                match user {
                    Some(user) => builder.account(user),
                    None => builder,
                }
            }
            (None, None, _) => return Err(self.signed_out()?),
        };
        Ok(self.using(builder.build()?))
    }

    /// Remembers a client, so that an exchange of its tokens is waited for at the end.
    pub(crate) fn using(&self, client: Client) -> Client {
        self.client.get_or_init(|| client).clone()
    }

    /// The client that was used.
    pub(crate) fn used(&self) -> Option<&Client> {
        self.client.get()
    }

    /// That nobody is logged in.
    pub(crate) fn signed_out(&self) -> Result<Failure, Failure> {
        let server = self.server()?;
        Ok(match &self.settings.account {
            Some(user) => Failure::signed_out(&format!("{server} as {user}")),
            None => Failure::signed_out(&server),
        })
    }

    /// What the session lacks although the command succeeded.
    pub(crate) async fn aftermath(&self) -> Result<(), Failure> {
        let Some(client) = self.used() else {
            return Ok(());
        };
        let SessionState::Active {
            degraded: Some(Degraded::StoreFailed),
            ..
        } = client.session().state()
        else {
            return Ok(());
        };
        let details = client.session().details().await.ok().flatten();
        let repeats = details.is_some_and(|details| {
            details
                .features
                .iter()
                .any(|feature| feature == "refresh-idempotency")
        });
        if repeats {
            crate::output::warn(
                "warning: the new tokens could not be stored; the next command asks the server for them again",
            );
            return Ok(());
        }
        Err(Failure::new(
            Exit::Store,
            "store",
            "the new tokens could not be stored, and this server sends them only once",
        )
        .hint("unlock the store and log in again"))
    }
}
