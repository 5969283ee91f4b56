//! `gatepost-server keys replace`: another secret key in the place of one that leaked or is lost.

use std::io::{self, IsTerminal};

use anyhow::bail;
use clap::{Args, Subcommand};

use super::common::{Common, ask, say};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::startup::{keys, open_migrated};

#[derive(Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
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
            Command::Replace(command) => command.run().await,
        }
    }
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
