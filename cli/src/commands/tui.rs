//! `gatepost tui`: the same in full screen.

use std::process::ExitCode;

use gatepost_sdk::{RefreshMode, SessionState};
use gatepost_tui::{Options, Theme};

use crate::accounts::{Account, Accounts};
use crate::args::Store;
use crate::context::Context;
use crate::errors::Failure;
use crate::{settings, store};

/// Runs the full screen to its end; a session that began in it is one that the other commands know.
pub(crate) async fn run(context: &Context) -> Result<ExitCode, Failure> {
    let settings = &context.settings;
    if settings.token.is_some() {
        return Err(Failure::usage(
            "GATEPOST_TOKEN is set, and full screen keeps a session of its own",
        )
        .hint("unset it, then start again"));
    }
    let server = context.server()?;
    let known = context.account()?;
    // a sign-in in full screen goes to the store that is named, or to the keyring: never silently to a file
    let named = settings.store.filter(|store| *store != Store::Auto);
    let chosen = named
        .or(known.map(|account| account.store))
        .unwrap_or(Store::Keyring);
    let builder = context
        .builder(&server)
        .shared_store(store::open(chosen, settings))
        .refresh(RefreshMode::Background);
    let user = known
        .map(|account| account.user.clone())
        .or_else(|| settings.account.clone());
    let builder = match user {
        Some(user) => builder.account(user),
        None => builder,
    };
    let client = context.using(builder.build()?);
    let mut options = Options::new(
        client.clone(),
        store_in_words(chosen),
        settings.state.join("drafts"),
    );
    options.editor = Some(settings::editor());
    options.is_dumb = settings::is_dumb_terminal();
    if settings::wants_no_color() {
        options.theme = Theme::Plain;
    }
    let code = gatepost_tui::run(options).await;
    if let (SessionState::Active { .. } | SessionState::Refreshing { .. }, Some(user)) =
        (client.session().state(), client.account())
        && chosen != Store::Memory
    {
        let account = Account {
            server,
            user,
            store: chosen,
            active: true,
            allow_http: settings.allow_http,
        };
        Accounts::update(&settings.config, |all| all.note(&account))?;
    }
    Ok(code)
}

fn store_in_words(store: Store) -> &'static str {
    match store {
        Store::Auto | Store::Keyring => "the OS keyring",
        Store::File => "a file that only you can read",
        Store::Memory => "memory, until you quit",
    }
}
