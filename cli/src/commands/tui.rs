//! `gatepost tui`: the full-screen interface.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use gatepost_sdk::{ClientBuilder, RefreshMode};
use gatepost_tui::{Options, Place, Theme};
use tokio::runtime::Handle;

use super::login;
use crate::accounts::{Account, Accounts};
use crate::args::Store;
use crate::context::Context;
use crate::errors::Failure;
use crate::headers::Headers;
use crate::settings::Settings;
use crate::{settings, store};

/// Runs the full screen to its end; a session that begins in it is one that the other commands know.
pub(crate) async fn run(context: &Context) -> Result<ExitCode, Failure> {
    let settings = &context.settings;
    if settings.token.is_some() {
        return Err(Failure::usage(
            "GATEPOST_TOKEN is set, but the full-screen interface needs a session of its own",
        )
        .hint("unset it and start again"));
    }
    let server = context.server()?;
    let known = context.account()?;
    let is_open = known.is_none() && settings.account.is_none();
    if is_open && context.accounts.at(&server).next().is_some() {
        // the store would give a session that nobody has chosen
        return Err(context.signed_out()?);
    }
    // a sign-in in full screen goes to the store that is named, or to the keyring; where that fails, it asks
    let named = settings.store.filter(|store| *store != Store::Auto);
    let chosen = named
        .or(known.map(|account| account.store))
        .unwrap_or(Store::Keyring);
    let mut stores = vec![chosen];
    stores.extend(
        [Store::Keyring, Store::File, Store::Memory]
            .into_iter()
            .filter(|store| *store != chosen),
    );
    let user = known
        .map(|account| account.user.clone())
        .or_else(|| settings.account.clone());
    let builder = context.builder(&server)?;
    let place = |store: Store| {
        let builder = builder
            .clone()
            .shared_store(store::open_silently(store, settings))
            .refresh(RefreshMode::Background);
        let builder = match &user {
            Some(user) => builder.account(user),
            None => builder,
        };
        Ok::<_, Failure>(Place::new(in_words(store), builder.build()?))
    };
    let mut options = Options::new(place(chosen)?, settings.state.join("drafts"));
    for store in &stores[1..] {
        options.others.push(place(*store)?);
    }
    let ca_cert = context.ca_cert(&server);
    options.accounts = Some(Arc::new(Remembered {
        ca_cert: ca_cert.map(|path| std::path::absolute(path).unwrap_or(path.to_owned())),
        headers: context.headers(&server),
        server,
        stores,
        builder,
        settings: settings.clone(),
        runtime: Handle::current(),
    }));
    options.editor = Some(crate::editor::command());
    options.is_dumb = settings::is_dumb_terminal();
    if settings::wants_no_color() {
        options.theme = Theme::Plain;
    }
    Ok(gatepost_tui::run(options).await)
}

fn in_words(store: Store) -> &'static str {
    match store {
        Store::Auto | Store::Keyring => "the OS keyring",
        Store::File => "a file that only you can read",
        Store::Memory => "memory, until you quit",
    }
}

/// accounts.toml, as `login` and `logout` write it.
struct Remembered {
    server: String,
    /// The certificates to trust, and what a gateway asks for.
    ca_cert: Option<PathBuf>,
    headers: Headers,
    /// The stores of the places.
    stores: Vec<Store>,
    builder: ClientBuilder,
    settings: Settings,
    runtime: Handle,
}

impl gatepost_tui::Accounts for Remembered {
    fn signed_in(&self, place: usize, user: &str) -> Result<(), String> {
        let (store, folder) = (self.stores[place], &self.settings.config);
        if store == Store::Memory {
            return Ok(());
        }
        let account = Account {
            server: self.server.clone(),
            user: user.to_owned(),
            store,
            active: true,
            allow_http: self.settings.allow_http,
            ca_cert: self.ca_cert.clone(),
            request_headers: self.headers.clone(),
        };
        let all = Accounts::load(folder).map_err(|failure| unnoted(&failure))?;
        let known = all.find(&self.server, Some(user));
        let old = known.filter(|old| old.store != store).cloned();
        Accounts::update(folder, |all| all.note(&account)).map_err(|failure| unnoted(&failure))?;
        let Some(old) = old else { return Ok(()) };
        // one account has one session
        let place = store::open_silently(old.store, &self.settings);
        self.runtime
            .block_on(login::end(self.builder.clone(), &old, place))
            .map_err(|error| login::not_ended(&old, &error))
    }

    fn signed_out(&self, place: usize, user: &str) -> Result<(), String> {
        let (store, folder) = (self.stores[place], &self.settings.config);
        let all = Accounts::load(folder).map_err(|failure| unnoted(&failure))?;
        let known = all.find(&self.server, Some(user));
        // a session of the same user in another place lives on, and the other commands with it
        if known.is_none_or(|known| known.store != store) {
            return Ok(());
        }
        Accounts::update(folder, |all| all.forget(&self.server, user))
            .map_err(|failure| unnoted(&failure))
    }
}

fn unnoted(failure: &Failure) -> String {
    format!(
        "The other commands will not see this change: {}",
        failure.message()
    )
}
