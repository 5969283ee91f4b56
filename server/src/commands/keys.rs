//! `gatepost-server keys list|new|rotate|replace`: another key without a logout, or in the place of one that leaked.

use std::io::{self, IsTerminal};

use anyhow::bail;
use clap::{Args, Subcommand};

use super::common::{Common, ask, say, warn};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::replicas;
use crate::startup::ring::State;
use crate::startup::{keys, open_migrated, remarks, rotation};

#[derive(Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the keys, and which servers know them
    List(Common),
    /// Make a key that waits: it verifies and is published, and signs nothing yet
    New(Common),
    /// Let the key that waits sign; refused until every running server knows it
    Rotate(Common),
    /// Replace the secret key, for one that leaked or is lost: every session ends
    Replace(Replace),
}

#[derive(Args)]
struct Replace {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

impl Keys {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::List(common) => list(&common).await,
            Command::New(common) => new(&common),
            Command::Rotate(common) => rotate(&common).await,
            Command::Replace(command) => command.run().await,
        }
    }
}

async fn list(common: &Common) -> anyhow::Result<()> {
    let settings = common.settings(Vec::new())?;
    let now = Clock::system().now();
    let db = open_migrated(&settings).await?;
    let live = replicas::live(&db, now).await?;
    keys::agree(&settings, &db, now).await?;
    db.close().await;
    let listed = rotation::list(&settings, now)?;
    for key in &listed {
        let does = match (key.state, key.until) {
            (State::Signs, _) if !key.can_sign => "verifies".to_owned(),
            (State::Signs, _) => "signs".to_owned(),
            (State::Next, _) => "waits".to_owned(),
            (State::Previous, Some(until)) => format!("taken until {}", until.rfc3339()),
            (State::Previous, None) => "taken".to_owned(),
        };
        let from = if key.is_of_settings {
            "the settings".to_owned()
        } else {
            rotation::place(&settings)
        };
        let known = live
            .iter()
            .filter(|replica| replica.knows(&key.kid))
            .count();
        say(&format!(
            "{}  {}  {does}  from {from}; known to {known} of {} running servers",
            key.kid,
            key.algorithm,
            live.len()
        ));
    }
    let signs = listed.iter().find(|key| key.state == State::Signs);
    let signs = signs
        .filter(|key| key.can_sign)
        .map(|key| replicas::short(&key.kid));
    for replica in &live {
        let does = match &replica.signs {
            None => "signs nothing".to_owned(),
            Some(kid) if signs.is_none_or(|signs| signs == kid) => format!("signs with {kid}"),
            Some(kid) => format!(
                "signs with {kid}, a key of before: give it {} and send it SIGHUP",
                rotation::place(&settings)
            ),
        };
        say(&format!(
            "server {}, heard {} s ago, {does}",
            replica.id, replica.ago
        ));
    }
    for remark in remarks::over(&settings, now) {
        warn(&remark);
    }
    Ok(())
}

fn new(common: &Common) -> anyhow::Result<()> {
    let settings = common.settings(Vec::new())?;
    let now = Clock::system().now();
    let kid = rotation::add(&settings, &Entropy::system(), now)?;
    let place = rotation::place(&settings);
    say(&format!(
        "Made the key {kid}, which verifies and does not sign yet, in {place}. Copy this file into the data folder of every server that has another one, send SIGHUP to all of them, then run `gatepost-server keys rotate`."
    ));
    Ok(())
}

async fn rotate(common: &Common) -> anyhow::Result<()> {
    let settings = common.settings(Vec::new())?;
    let kid = rotation::next(&settings)?;
    let now = Clock::system().now();
    let db = open_migrated(&settings).await?;
    replicas::forget_silent(&db, now).await?;
    let live = replicas::live(&db, now).await?;
    let (without, left): (Vec<String>, Vec<i64>) = (live.iter())
        .filter(|replica| !replica.knows(&kid))
        .map(|replica| {
            (
                format!("{} (heard {} s ago)", replica.id, replica.ago),
                replica.left(),
            )
        })
        .unzip();
    if let Some(left) = left.iter().max() {
        bail!(
            "{} of {} running servers do not know the key {kid} yet, and would refuse its tokens: {}; give each of them {} and send it SIGHUP, then run this again; one that was killed is forgotten in {left} s at the latest",
            without.len(),
            live.len(),
            without.join(", "),
            rotation::place(&settings)
        );
    }
    let until = rotation::rotate(&settings, &db, &Entropy::system(), now).await?;
    db.close().await;
    say(&format!(
        "The key {kid} signs from now on; tokens of the one before are taken until {}. Copy {} to every server that has another one, and send SIGHUP to all of them: until then they sign with the key of before.",
        until.rfc3339(),
        rotation::place(&settings)
    ));
    Ok(())
}

impl Replace {
    async fn run(self) -> anyhow::Result<()> {
        let settings = self.common.settings(Vec::new())?;
        if !self.yes {
            if !io::stdin().is_terminal() {
                bail!(
                    "replacing the key ends every session, and there is no terminal to ask on; use --yes"
                );
            }
            let answer = ask(
                "Every session will end: everybody has to log in again. Replace the key? [y/N]: ",
            )?;
            if !answer.eq_ignore_ascii_case("y") {
                bail!("nothing was changed");
            }
        }
        let db = open_migrated(&settings).await?;
        let now = Clock::system().now();
        let path = keys::replace(&settings, &db, &Entropy::system(), now).await?;
        db.close().await;
        let at = path.map_or_else(String::new, |path| {
            format!(" by the one in {}", path.display())
        });
        say(&format!(
            "The secret key was replaced{at}, and every session has ended. Start every server of this database again: one that runs goes on with the old key."
        ));
        Ok(())
    }
}
