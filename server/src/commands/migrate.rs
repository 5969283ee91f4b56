//! `gatepost-server migrate [--adopt] [--accept-settings]`: make or update the tables, or add ours to Django's.

use anyhow::{Context, bail};
use clap::Args;

use super::common::{Common, say};
use crate::accounts;
use crate::clock::Clock;
use crate::db::Db;
use crate::db::migrate::{Adopt, State, run, state};
use crate::entropy::Entropy;
use crate::settings::edit::{self, Entry};
use crate::startup::{OpenError, agreement, open_database, secret};

#[derive(Args)]
pub(super) struct Migrate {
    /// Add Gatepost's tables to a database that Django created; needs Django's SECRET_KEY
    #[arg(long)]
    adopt: bool,
    /// Set refresh.reuse and tokens.stored for every server of this database to the values used here
    #[arg(long)]
    accept_settings: bool,
    #[command(flatten)]
    common: Common,
}

/// What adopting writes into the settings file, unless something is there.
const DJANGOS: [Entry; 2] = [
    Entry {
        section: "refresh",
        key: "reuse",
        value: "reject",
        remark: "As in Django: clients without an Idempotency-Key may send a refresh token twice. \"revoke\" would end their session.",
    },
    Entry {
        section: "tokens",
        key: "stored",
        value: "signed",
        remark: "As in Django, whose code may read the column. \"unsigned\" stores nothing that a stolen copy of the database could be used for.",
    },
];

/// What the server reads and, at login, writes anew.
const READABLE: [&str; 5] = [
    "pbkdf2_sha256",
    "pbkdf2_sha1",
    "argon2",
    "bcrypt_sha256",
    "scrypt",
];

impl Migrate {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut settings = self.common.settings(Vec::new())?;
        let key = secret::given(&settings)?;
        if self.adopt && key.is_none() {
            bail!(
                "adopting needs Django's SECRET_KEY, or every session would end; set GATEPOST_SECRET_KEY to it"
            );
        }
        let db = open_database(&settings).await?;
        let adopt = if self.adopt { Adopt::Yes } else { Adopt::No };
        if self.adopt && state(&db).await.map_err(OpenError::from)? == State::Django {
            let file = edit::add(self.common.config.as_deref(), &DJANGOS)?;
            say(&format!(
                "{file} sets refresh.reuse and tokens.stored, for a database that Django also uses."
            ));
            settings = self.common.settings(Vec::new())?;
        }
        let before = run(&db, adopt, Clock::system().now())
            .await
            .map_err(OpenError::from)?;
        match before {
            State::Empty => say("Created the tables."),
            State::Gatepost { pending: 0 } => say("Nothing to do: the tables are up to date."),
            State::Gatepost { pending } => say(&format!("Applied migrations: {pending}.")),
            State::Django => {
                say("Added Gatepost's tables. Django's tables were not changed.");
                count_hashes(&db).await?;
            }
        }
        if before == State::Empty || key.is_some() {
            let now = Clock::system().now();
            secret::settle(&settings, &db, &Entropy::system(), &[], now).await?;
        }
        if self.accept_settings {
            agreement::accept(&settings, &db).await?;
            say(
                "Every server of this database must now use these settings. Restart the running ones.",
            );
        } else {
            agreement::check(&settings, &db).await?;
        }
        db.close().await;
        Ok(())
    }
}

async fn count_hashes(db: &Db) -> anyhow::Result<()> {
    let counted = db.read(|conn| Box::pin(accounts::rows::hash_formats(conn)));
    for (format, users) in counted.await.context("the users could not be counted")? {
        let (format, note) = match format.as_str() {
            "!" => ("no password", "they can't log in, as in Django"),
            format if READABLE.contains(&format) => (format, "supported"),
            format => (
                if format.is_empty() {
                    "an unknown hash"
                } else {
                    format
                },
                "not supported; they can't log in until their password is set again",
            ),
        };
        say(&format!("Users with {format}: {users} ({note})"));
    }
    Ok(())
}
