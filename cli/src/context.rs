//! What a command works with: the settings, the accounts, and the client of the session in use.

use std::cell::{OnceCell, RefCell};
use std::path::Path;
use std::time::Duration;

use gatepost_sdk::{Client, ClientBuilder, Degraded, SecretString, SessionState};

use crate::accounts::{Account, Accounts};
use crate::args::{Global, Store};
use crate::errors::{Exit, Failure};
use crate::headers::Headers;
use crate::output::Output;
use crate::settings::{NamedBy, Settings};
use crate::{editor, store, values};

/// Where a Gatepost serves when nobody says otherwise.
const DEFAULT_SERVER: &str = "http://127.0.0.1:8000";

/// How long a token must live that is used as it is.
const KEPT_FOR: Duration = Duration::from_secs(2);

/// What a command works with.
pub(crate) struct Context {
    pub(crate) output: Output,
    pub(crate) settings: Settings,
    pub(crate) accounts: Accounts,
    /// What is wrong with the settings, where a command works all the same.
    pub(crate) mistakes: RefCell<Vec<Failure>>,
    /// The client whose session may be in the middle of an exchange when the command ends.
    client: OnceCell<Client>,
}

impl Context {
    /// Reads the settings, config.toml and accounts.toml; neither the network nor a store.
    pub(crate) fn new(flags: &Global, output: Output) -> Result<Self, Failure> {
        let settings = Settings::load(flags)?;
        editor::choose(settings.editor.as_deref());
        Ok(Self {
            output,
            accounts: Accounts::load(&settings.config)?,
            settings,
            mistakes: RefCell::default(),
            client: OnceCell::new(),
        })
    }

    /// The same where settings may be wrong: what can't be read is noted, and holds as if nobody had said it.
    pub(crate) fn in_spite(flags: &Global, output: Output) -> Result<Self, Failure> {
        let (settings, mut mistakes) = Settings::in_spite(flags)?;
        editor::choose(settings.editor.as_deref());
        let accounts = Accounts::load(&settings.config).unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            Accounts::default()
        });
        Ok(Self {
            output,
            accounts,
            settings,
            mistakes: RefCell::new(mistakes),
            client: OnceCell::new(),
        })
    }

    /// The same settings with accounts.toml as it is now.
    pub(crate) fn anew(output: Output, settings: Settings) -> Result<Self, Failure> {
        Ok(Self {
            output,
            accounts: Accounts::load(&settings.config)?,
            settings,
            mistakes: RefCell::default(),
            client: OnceCell::new(),
        })
    }

    /// The address of the server that is named, or else of the account in use.
    fn chosen(&self) -> Option<&str> {
        let named = self.settings.server.as_deref();
        named.or(self.accounts.server.as_deref())
    }

    /// The address of the server, as it is named or known.
    pub(crate) fn address(&self) -> &str {
        self.chosen()
            .or(self.accounts.only_server())
            .unwrap_or(DEFAULT_SERVER)
    }

    /// The server's name in accounts.toml and in the stores.
    pub(crate) fn server(&self) -> Result<String, Failure> {
        let is_open = self.chosen().or(self.accounts.only_server()).is_none();
        if is_open && !self.accounts.all.is_empty() {
            return Err(Failure::usage("no server is chosen").hint(
                "add --server URL; `gatepost accounts` lists those that you are logged in to",
            ));
        }
        let address = self.address();
        if self.accounts.at(address).next().is_some() {
            return Ok(address.to_owned());
        }
        let client = self.build(self.builder(address)?)?;
        Ok(client.server().to_owned())
    }

    /// The same; `None` where accounts are known, and none of them is in use.
    pub(crate) fn chosen_server(&self) -> Result<Option<String>, Failure> {
        if self.chosen().is_none() && !self.accounts.all.is_empty() {
            return Ok(None);
        }
        self.server().map(Some)
    }

    /// The account in use, where accounts.toml knows it.
    pub(crate) fn account(&self) -> Result<Option<&Account>, Failure> {
        if self.chosen().is_none() {
            return Ok(None);
        }
        let user = self.settings.account.as_deref();
        Ok(self.accounts.find(&self.server()?, user))
    }

    /// The beginning of a client that has no session: with what the flags and accounts.toml say of the server.
    pub(crate) fn builder(&self, address: &str) -> Result<ClientBuilder, Failure> {
        self.with_headers(address, &self.headers(address))
    }

    fn with_headers(&self, address: &str, headers: &Headers) -> Result<ClientBuilder, Failure> {
        let address = address.trim_end_matches('/');
        let known = || self.accounts.at(address);
        let is_allowed = known().any(|account| account.allow_http);
        let mut builder = Client::builder(address)
            .user_agent(format!(
                "gatepost/{} ({})",
                env!("CARGO_PKG_VERSION"),
                std::env::consts::OS
            ))
            .allow_http(self.settings.allow_http || is_allowed);
        if let Some(timeout) = self.settings.timeout {
            builder = builder.timeout(timeout);
        }
        if let Some(path) = self.ca_cert(address) {
            let of_config = self.settings.is_ca_cert_of_config;
            let certificates = certificates(path).map_err(|failure| if of_config { failure.hint("ca_cert in config.toml must name a file in PEM, with -----BEGIN CERTIFICATE-----; `gatepost config edit` opens it") } else { failure });
            builder = builder.root_certificate(certificates?);
        }
        for (name, value) in headers.iter() {
            builder = builder.default_header(name, value);
        }
        Ok(builder)
    }

    /// The file of certificates to trust for a server.
    pub(crate) fn ca_cert(&self, address: &str) -> Option<&Path> {
        let known = self
            .accounts
            .at(address)
            .find_map(|account| account.ca_cert.as_deref());
        self.settings.ca_cert.as_deref().or(known)
    }

    /// The headers that a gateway before a server asks for: those of the account in use, and only where it has none of a
    /// name those of another account.
    pub(crate) fn headers(&self, address: &str) -> Headers {
        let known = self.accounts.at(address);
        let known = known.fold(Headers::default(), |all, account| {
            account.request_headers.over(&all)
        });
        let user = self.settings.account.as_deref();
        let own = self.accounts.find(address, user);
        let known = own.map_or(known.clone(), |own| own.request_headers.over(&known));
        self.settings.headers.over(&known)
    }

    /// A client of the server that has no session.
    pub(crate) fn anonymous(&self) -> Result<Client, Failure> {
        let address = self.server()?;
        self.build(self.builder(&address)?)
    }

    fn build(&self, builder: ClientBuilder) -> Result<Client, Failure> {
        builder.build().map_err(|error| {
            let is_unencrypted = self.address().starts_with("http://") && !self.settings.allow_http;
            let failure = Failure::from(error);
            let is_about_that = is_unencrypted && failure.message().contains("unencrypted");
            let by = self.settings.server_by.as_ref();
            let by = by.filter(|by| matches!(by, NamedBy::Config | NamedBy::Folder(_)));
            if let Some(by) = by.filter(|_| is_about_that) {
                failure.hint(format!("{by} names that address: write https:// there, or add --allow-http on a network that you trust"))
            } else if is_about_that {
                failure.hint("use https://, or add --allow-http on a network that you trust")
            } else {
                failure
            }
        })
    }

    /// The client of the session in use.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        if let Some(token) = &self.settings.token {
            let builder = self.builder(self.address())?.access_token(token.clone());
            return Ok(self.using(self.build(builder)?));
        }
        let named = self.settings.store.filter(|store| *store != Store::Auto);
        if named == Some(Store::Memory) {
            return Err(Failure::signed_out(&self.server()?).hint(
                "a session in memory ends with its command: leave out `--store memory` (or unset GATEPOST_STORE) and run `gatepost login`, or set GATEPOST_TOKEN",
            ));
        }
        let (user, store) = match (self.account()?, named) {
            (Some(account), named) => (Some(&account.user), named.unwrap_or(account.store)),
            // accounts.toml may be lost, or a folder that can't be written
            (None, Some(named)) if self.is_unknown()? => (self.settings.account.as_ref(), named),
            (None, _) => return Err(self.signed_out()?),
        };
        let store = store::open(store, &self.settings);
        let builder = self.builder(&self.server()?)?.shared_store(store);
        let builder = match user {
            Some(user) => builder.account(user),
            None => builder,
        };
        Ok(self.using(self.build(builder)?))
    }

    /// The access token of the session in use, as it is kept and while it lives: nobody is asked for a password, and
    /// nothing is exchanged.
    pub(crate) async fn kept_token(&self) -> Option<SecretString> {
        let account = self.account().ok()??;
        let named = self.settings.store.filter(|store| *store != Store::Auto);
        let store = store::open_unasked(named.unwrap_or(account.store), &self.settings);
        let builder = self.builder(&account.server).ok()?.shared_store(store);
        let client = builder.account(&account.user).build().ok()?;
        let token = client.session().kept_token(KEPT_FOR).await.ok()??;
        Some(SecretString::from(token.expose()))
    }

    /// The client of an account that accounts.toml knows, whichever is in use.
    pub(crate) fn client_of(&self, account: &Account) -> Result<Client, Failure> {
        let headers = account.request_headers.over(&self.headers(&account.server));
        let headers = self.settings.headers.over(&headers);
        let store = store::open(account.store, &self.settings);
        let builder = self.with_headers(&account.server, &headers)?;
        self.build(builder.shared_store(store).account(&account.user))
    }

    /// Whether accounts.toml says nothing of the server, or an account was named.
    fn is_unknown(&self) -> Result<bool, Failure> {
        if self.settings.account.is_some() {
            return Ok(true);
        }
        let server = self.chosen_server()?;
        Ok(server.is_some_and(|server| self.accounts.at(&server).next().is_none()))
    }

    /// Remembers a client, so that an exchange of its tokens is waited for at the end.
    pub(crate) fn using(&self, client: Client) -> Client {
        self.client.get_or_init(|| client).clone()
    }

    /// The client that was used.
    pub(crate) fn used(&self) -> Option<&Client> {
        self.client.get()
    }

    /// Whether an account was named, or several could be meant.
    pub(crate) fn is_somebody_meant(&self) -> bool {
        self.settings.account.is_some() || !self.accounts.all.is_empty()
    }

    /// That nobody is logged in, or that nobody says who is meant.
    pub(crate) fn signed_out(&self) -> Result<Failure, Failure> {
        let server = match self.chosen() {
            None if !self.accounts.all.is_empty() => return Ok(unchosen("")),
            _ => self.server()?,
        };
        Ok(match &self.settings.account {
            Some(user) => Failure::signed_out(&format!("{server} as {user}")),
            None => match self.accounts.at(&server).collect::<Vec<_>>().as_slice() {
                [] => Failure::signed_out(&server),
                [_] => unchosen(&format!(" at {server}")),
                several => ambiguous(&server, several),
            },
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
        let why = client.session().store_problem().await;
        let why = why.map_or(String::new(), |why| format!(" ({why})"));
        if repeats {
            crate::output::warn(&format!(
                "warning: the new tokens could not be stored{why}; the next command asks the server for them again"
            ));
            return Ok(());
        }
        Err(Failure::new(
            Exit::Store,
            "store",
            format!(
                "the new tokens could not be stored{why}, and this server sends them only once"
            ),
        )
        .hint("unlock the store and log in again"))
    }
}

/// The certificates in a file.
fn certificates(path: &Path) -> Result<String, Failure> {
    let fail = |why: &str| {
        let what = format!(
            "the certificates in {} can't be read: {why}",
            path.display()
        );
        Failure::usage(what).hint("give --ca-cert a file in PEM, with -----BEGIN CERTIFICATE-----")
    };
    let bytes = values::file(path).map_err(|error| fail(&values::why(&error)))?;
    let is_binary = bytes.starts_with(&[0x30, 0x82]);
    let text = values::text(bytes).filter(|text| text.contains("-----BEGIN"));
    text.filter(|text| text.contains("CERTIFICATE-----"))
        .ok_or_else(|| {
            let failure = fail("there is no certificate in it");
            if !is_binary {
                return failure;
            }
            let name = values::quoted(&path.display().to_string());
            failure.hint(format!(
                "it is DER: make it PEM with `openssl x509 -inform der -in {name} -out {name}.pem`"
            ))
        })
}

/// That several accounts are logged in to a server, and none of them is in use.
fn ambiguous(server: &str, several: &[&Account]) -> Failure {
    let names: Vec<&str> = several
        .iter()
        .map(|account| account.user.as_str())
        .collect();
    Failure::new(
        Exit::Usage,
        "no_account",
        format!("no account is in use at {server}, and several are logged in"),
    )
    .hint(format!(
        "choose one with --account: {}; or for all commands with `gatepost switch` (`gatepost accounts` lists them)",
        names.join(", ")
    ))
}

/// That no account is in use.
fn unchosen(place: &str) -> Failure {
    Failure::new(Exit::Login, "no_account", format!("no account is in use{place}")).hint(
        "`gatepost accounts` lists those that are logged in, `gatepost switch` chooses one, `gatepost login` adds one",
    )
}
