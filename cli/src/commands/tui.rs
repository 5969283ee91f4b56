//! `gatepost tui`: the full-screen interface.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use gatepost_sdk::RefreshMode;
use gatepost_tui::{Options, Place, Theme};
use tokio::runtime::Handle;

use super::login;
use crate::accounts::{Account, Accounts};
use crate::args::{OutputOptions, Store, Tui};
use crate::context::Context;
use crate::errors::Failure;
use crate::output::Output;
use crate::settings::Settings;
use crate::{settings, store};

/// Runs the full screen to its end; a session that begins in it is one that the other commands know.
pub(crate) async fn run(context: &Context, arguments: &Tui) -> Result<ExitCode, Failure> {
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
    let user = known
        .map(|account| account.user.clone())
        .or_else(|| settings.account.clone());
    let (stores, mut places) = places(context, &server, user.as_deref())?;
    let place = places.remove(0);
    let mut options = Options::new(place, settings.state.join("drafts"));
    options.others = places;
    options.accounts = Some(Arc::new(Remembered {
        settings: settings.clone(),
        stores: Mutex::new(stores),
        runtime: Handle::current(),
    }));
    options.is_linear = arguments.plain;
    options.has_mouse = arguments.mouse;
    options.editor = Some(crate::editor::command());
    (options.term, options.colorterm) = settings::terminal();
    options.is_dumb = settings::is_dumb_terminal();
    if !context.output.paint().is_on() {
        options.theme = Theme::Plain;
    }
    Ok(gatepost_tui::run(options).await)
}

/// The places that can keep sessions at a server, and their stores. A sign-in in full screen goes to the store that is
/// named, or to the account's, or to the keyring; where that fails, it asks.
fn places(
    context: &Context,
    server: &str,
    user: Option<&str>,
) -> Result<(Vec<Store>, Vec<Place>), Failure> {
    let settings = &context.settings;
    let known = user.and_then(|user| context.accounts.find(server, Some(user)));
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
    let builder = context.builder(server)?;
    let place = |store: &Store| {
        let builder = builder
            .clone()
            .shared_store(store::open_silently(*store, settings))
            .refresh(RefreshMode::Background);
        let builder = match user {
            Some(user) => builder.account(user),
            None => builder,
        };
        Ok(Place::new(in_words(*store), builder.build()?))
    };
    let places = stores.iter().map(place).collect::<Result<_, Failure>>()?;
    Ok((stores, places))
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
    settings: Settings,
    /// The stores of the places in use.
    stores: Mutex<Vec<Store>>,
    runtime: Handle,
}

impl Remembered {
    /// The settings with accounts.toml as it is now.
    fn context(&self) -> Result<Context, Failure> {
        // it prints nothing
        let output = Output::new(&OutputOptions::default(), &[])?;
        Context::anew(output, self.settings.clone())
    }

    fn store(&self, place: usize) -> Store {
        let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.get(place).copied().unwrap_or(Store::Memory)
    }
}

impl gatepost_tui::Accounts for Remembered {
    fn signed_in(&self, server: &str, place: usize, user: &str) -> Result<(), String> {
        let (store, folder) = (self.store(place), &self.settings.config);
        if store == Store::Memory {
            return Ok(());
        }
        let context = self.context().map_err(|failure| unnoted(&failure))?;
        let ca_cert = context.ca_cert(server);
        let account = Account {
            server: server.to_owned(),
            user: user.to_owned(),
            store,
            active: true,
            allow_http: self.settings.allow_http,
            ca_cert: ca_cert.map(|path| std::path::absolute(path).unwrap_or(path.to_owned())),
            request_headers: context.headers(server),
        };
        let known = context.accounts.find(server, Some(user));
        let old = known.filter(|old| old.store != store).cloned();
        Accounts::update(folder, |all| all.note(&account)).map_err(|failure| unnoted(&failure))?;
        let Some(old) = old else { return Ok(()) };
        // one account has one session
        let place = store::open_silently(old.store, &self.settings);
        let builder = context
            .builder(server)
            .map_err(|failure| unnoted(&failure))?;
        self.runtime
            .block_on(login::end(builder, &old, place))
            .map_err(|error| login::not_ended(&old, &error))
    }

    fn signed_out(&self, server: &str, place: usize, user: &str) -> Result<(), String> {
        let (store, folder) = (self.store(place), &self.settings.config);
        let all = Accounts::load(folder).map_err(|failure| unnoted(&failure))?;
        let known = all.find(server, Some(user));
        // a session of the same user in another place lives on, and the other commands with it
        if known.is_none_or(|known| known.store != store) {
            return Ok(());
        }
        Accounts::update(folder, |all| all.forget(server, user))
            .map_err(|failure| unnoted(&failure))
    }

    fn known(&self) -> Vec<(String, String)> {
        let Ok(all) = Accounts::load(&self.settings.config) else {
            return Vec::new();
        };
        let in_use = |account: &Account| {
            account.active && all.server.as_deref() == Some(account.server.as_str())
        };
        let (first, rest): (Vec<_>, Vec<_>) = all.all.iter().partition(|one| in_use(one));
        first
            .into_iter()
            .chain(rest)
            .map(|account| (account.server.clone(), account.user.clone()))
            .collect()
    }

    fn open(&self, server: &str, user: Option<&str>) -> Result<Vec<Place>, String> {
        let said = |failure: Failure| failure.message().to_owned();
        let context = self.context().map_err(said)?;
        let (stores, places) = places(&context, server, user).map_err(said)?;
        *self.stores.lock().unwrap_or_else(PoisonError::into_inner) = stores;
        Ok(places)
    }
}

fn unnoted(failure: &Failure) -> String {
    format!(
        "The other commands will not see this change: {}",
        failure.message()
    )
}
