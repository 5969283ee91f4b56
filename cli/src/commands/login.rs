//! `gatepost login`: log in, and keep the session in a store that is decided here, once.

use std::sync::Arc;

use gatepost_sdk::{
    Client, ClientBuilder, EntryKey, Error, ErrorKind, Logout, StatusCode, TokenStore,
};
use serde_json::json;

use super::overruled;
use crate::accounts::{Account, Accounts};
use crate::args::{Login, Store};
use crate::context::Context;
use crate::errors::{Exit, Failure};
use crate::prompt::{self, Tries};
use crate::{accounts, store};

pub(super) async fn run(args: Login, context: &Context) -> Result<(), Failure> {
    if context.settings.token.is_some() {
        return Err(
            Failure::usage("GATEPOST_TOKEN is set and overrides every session")
                .hint("unset it, then log in"),
        );
    }
    if args.resume {
        return resume(context).await;
    }
    let settings = &context.settings;
    let server = context.server()?;
    let user = args.username.or_else(|| settings.account.clone());
    let user = prompt::line(user, "Username", "--username").await?;
    let user = user.trim().to_owned(); // as the server does
    prompt::can_ask(&args.password)?;
    let known = context.accounts.find(&server, Some(&user));
    let before = known.map_or(Store::Auto, |account| account.store);
    if settings.store != Some(Store::Memory) {
        accounts::check_owner(&settings.config)?;
    }
    let chosen = store::decide(settings.store, before, settings).await?;
    let ca_cert = context.ca_cert(&server);
    let ca_cert = ca_cert.map(|path| std::path::absolute(path).unwrap_or(path.to_owned()));
    let account = Account {
        server: server.clone(),
        user: user.clone(),
        store: chosen,
        active: true,
        allow_http: settings.allow_http || known.is_some_and(|known| known.allow_http),
        ca_cert,
        request_headers: context.headers(&server),
    };
    let kept_in = store::open(chosen, settings);
    if chosen != Store::Memory {
        // whose folder that is, before anything is made in another
        kept_in.check(&EntryKey::new(&server, &user)).await?;
        Accounts::prepare(&settings.config, |all| all.note(&account))?;
    }
    let builder = context.builder(&server)?.account(&user);
    let client = context.using(builder.shared_store(kept_in).build()?);
    let mut tries = Tries::new();
    loop {
        let password = prompt::password(&args.password).await?;
        let Err(error) = client.login(&user, &password).await else {
            break;
        };
        let is_wrong = is_wrong_password(&error);
        let failure = refused(error);
        if !is_wrong || prompt::is_piped(&args.password) || !tries.goes_on(&failure) {
            return Err(failure);
        }
    }

    if chosen == Store::Memory {
        client.logout(Logout::Server).await?;
        context.output.say(&format!(
            "The password of {user} at {server} is correct. The session was not kept (--store memory)"
        ));
    } else {
        if let Err(failure) = Accounts::update(&settings.config, |all| all.note(&account)) {
            // a session that no command would find
            if known.is_none_or(|old| old.store != chosen) {
                let ended = client.logout(Logout::Server).await;
                drop(ended);
            }
            return Err(failure);
        }
        if let Some(old) = known.filter(|old| old.store != chosen) {
            let builder = context.builder(&server)?;
            let ended = end(builder, old, store::open(old.store, settings)).await;
            if let Err(error) = ended {
                crate::output::warn(&format!("warning: {}", not_ended(old, &error)));
            }
        }
        context.output.say(&format!(
            "Logged in to {server} as {user} (the session is kept in {})",
            place(chosen)
        ));
        overruled::warn(&server, &user);
    }
    let json = json!({ "server": server, "user": user, "store": chosen });
    context.output.result("", &json)
}

fn is_wrong_password(error: &Error) -> bool {
    error.status() == Some(StatusCode::UNAUTHORIZED)
        || matches!(error.kind(), ErrorKind::NotSignedIn)
}

/// A wrong password is a no of the server, not a session that needs a login.
fn refused(error: Error) -> Failure {
    let is_wrong = is_wrong_password(&error);
    let failure = Failure::from(error);
    if is_wrong {
        failure
            .exit(Exit::Refused)
            .hint("check the username and the password")
    } else {
        failure
    }
}

/// The session that the same account has in another store.
pub(super) async fn end(
    builder: ClientBuilder,
    old: &Account,
    store: Arc<dyn TokenStore>,
) -> Result<(), Error> {
    let client = builder.account(&old.user).shared_store(store).build()?;
    client.logout(Logout::Server).await.map(drop)
}

/// That it is still there.
pub(super) fn not_ended(old: &Account, error: &Error) -> String {
    format!(
        "the old session in the {} store could not be removed: {error}",
        old.store.name()
    )
}

/// Where a store keeps a session.
pub(super) fn place(store: Store) -> &'static str {
    match store {
        Store::Auto | Store::Keyring => "the OS keyring",
        Store::File => "a file that only you can read",
        Store::Memory => "memory, until the program ends",
    }
}

async fn resume(context: &Context) -> Result<(), Failure> {
    let client: Client = context.client()?;
    client.session().resume().await?;
    let (server, user) = (client.server(), client.account().unwrap_or_default());
    context
        .output
        .say(&format!("Resumed the session of {user} at {server}"));
    let store = context.account()?.map(|account| account.store);
    let json = json!({ "server": server, "user": user, "store": store });
    context.output.result("", &json)
}
