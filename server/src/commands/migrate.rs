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
    /// Add Gatepost's tables to a database that Django has made; needs Django's SECRET_KEY
    #[arg(long)]
    adopt: bool,
    /// Use refresh.reuse and tokens.stored as they are set here for every server of this database
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
        remark: "As Django: clients that know no Idempotency-Key may show a token twice. \"revoke\" ends such a chain.",
    },
    Entry {
        section: "tokens",
        key: "stored",
        value: "signed",
        remark: "As Django, whose code may read the column. \"unsigned\" keeps nothing that a thief of the database could use.",
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
                "{file} says what suits a database that Django uses, too: refresh.reuse and tokens.stored."
            ));
            settings = self.common.settings(Vec::new())?;
        }
        let before = run(&db, adopt, Clock::system().now())
            .await
            .map_err(OpenError::from)?;
        match before {
            State::Empty => say("The tables are made."),
            State::Gatepost { pending: 0 } => say("Nothing to do: the tables are up to date."),
            State::Gatepost { pending } => say(&format!("{pending} steps are applied.")),
            State::Django => {
                say("Gatepost's tables stand beside Django's, which are as they were.");
                count_hashes(&db).await?;
            }
        }
        if before == State::Empty || key.is_some() {
            secret::settle(&settings, &db, &Entropy::system()).await?;
        }
        if self.accept_settings {
            agreement::accept(&settings, &db).await?;
            say("Every server of this database is to use these settings: restart those that run.");
        } else {
            agreement::check(&settings, &db).await?;
        }
        db.close().await;
        Ok(())
    }
}

async fn count_hashes(db: &Db) -> anyhow::Result<()> {
    let mut conn = db.read().await.context("the database failed")?;
    for (format, users) in accounts::rows::hash_formats(&mut conn)
        .await
        .context("the users could not be counted")?
    {
        let note = match format.as_str() {
            format if READABLE.contains(&format) => "read",
            "!" => "no password: they can't log in, as in Django",
            _ => "can't be read: these users can't log in until their password is set anew",
        };
        let format = if format.is_empty() {
            "a password in no known format"
        } else {
            &format
        };
        say(&format!("{users} users with {format}: {note}"));
    }
    Ok(())
}
