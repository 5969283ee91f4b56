//! What is on this machine: the settings, the store, the locks.

use std::sync::Arc;
use std::time::Instant;

use gatepost_sdk::store::{KeyringStore, LockPlace};
use gatepost_sdk::{EntryKey, StoreError, TokenStore};

use super::report::Report;
use crate::accounts::Accounts;
use crate::args::Store;
use crate::config::{self, Config};
use crate::context::Context;
use crate::errors::Failure;
use crate::store;

/// Where the settings are, and whether they can be changed.
pub(super) fn settings(report: &mut Report, context: &Context) {
    let folder = &context.settings.config;
    let path = config::path(folder);
    let path = path.display();
    if Config::load(folder, std::env::home_dir().as_deref()).is_ok() {
        report.fine(
            "settings",
            match std::fs::metadata(config::path(folder)) {
                Ok(_) => format!("{path} is read and valid"),
                Err(_) => format!("there is no {path}, so that nothing is set in it"),
            },
        );
    }
    if folder.is_dir() && tempfile::tempfile_in(folder).is_err() {
        report.warn(
            "settings",
            format!("{} can't be written", folder.display()),
            "what is there is used; to log in or to change settings, set GATEPOST_CONFIG_DIR to another folder",
        );
    }
    match context.accounts.all.as_slice() {
        // it may be that nobody knows, which was said
        [] if Accounts::load(folder).is_err() => {}
        [] => report.fine("accounts", "nobody is logged in here"),
        [one] => report.fine(
            "accounts",
            format!("{} is logged in to {}", one.user, one.server),
        ),
        several => report.fine(
            "accounts",
            format!(
                "{} accounts are logged in: `gatepost accounts` lists them",
                several.len()
            ),
        ),
    }
}

/// Whether the session's store answers, how soon, and whether it can be locked.
pub(super) async fn store(report: &mut Report, context: &Context) {
    if context.settings.token.is_some() {
        report.fine("store", "GATEPOST_TOKEN is used: no store is asked");
        return;
    }
    let account = match context.account() {
        Ok(account) => account,
        Err(failure) => return report.fail("account", failure, context),
    };
    report.account = account.map(|account| account.user.clone());
    let named = context.settings.store.filter(|store| *store != Store::Auto);
    let kind = named
        .or(account.map(|account| account.store))
        .unwrap_or(Store::Keyring);
    report.store = Some(kind.name());
    let begun = Instant::now();
    let answer = match kind {
        Store::Auto | Store::Keyring => keyring(context).probe().await,
        Store::File | Store::Memory => Ok(()),
    };
    let place = store::open(kind, &context.settings);
    let key = account.map(|account| EntryKey::new(&account.server, &account.user));
    let answer = match (&key, answer) {
        (Some(key), Ok(())) => place.check(key).await,
        (_, answer) => answer,
    };
    let took = begun.elapsed().as_millis();
    let is_needed = account.is_some() || named.is_some();
    match answer {
        Ok(()) => report.fine("store", match kind {
            Store::Auto | Store::Keyring => format!("the OS keyring keeps what it is given ({took} ms)"),
            Store::File => format!("sessions are in {}, which can be written ({took} ms)", context.settings.state.join("sessions").display()),
            Store::Memory => "a session is kept nowhere (--store memory)".to_owned(),
        }),
        Err(error) if is_needed => return report.fail("store", Failure::from(error), context),
        Err(error) => report.warn(
            "store",
            error.to_string(),
            "nobody needs it yet: `gatepost login --store file` keeps the session in a file that only you can read",
        ),
    }
    if let Some(key) = key {
        lock(report, &place, &key, context).await;
    }
}

fn keyring(context: &Context) -> KeyringStore {
    store::keyring(&context.settings)
}

/// Whether processes can keep out of each other's way.
async fn lock(report: &mut Report, place: &Arc<dyn TokenStore>, key: &EntryKey, context: &Context) {
    let lock = match place.lock(key) {
        Ok(lock) => lock,
        Err(error) => return report.fail("lock", Failure::from(error), context),
    };
    let folder = match &lock {
        LockPlace::File(path) => path.parent().unwrap_or(path).display().to_string(),
        _ => return report.fine("lock", "no other process can reach this session"),
    };
    match lock.probe().await {
        Ok(()) => report.fine("lock", format!("{folder} can be locked in")),
        Err(StoreError::NoLock { why, .. }) => report.warn(
            "lock",
            format!("two processes can't wait for each other: {why}"),
            "Gatepost gives both the same tokens; with another server, set GATEPOST_LOCK_DIR to a folder on a disk of this machine",
        ),
        Err(error) => report.fail("lock", Failure::from(error), context),
    }
}
