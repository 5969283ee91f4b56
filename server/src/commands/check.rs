//! `gatepost-server check`: is all right with the settings? Nothing is made, opened or changed.

use std::io::Write;

use anyhow::anyhow;
use clap::Args;
use secrecy::ExposeSecret;

use super::{Common, say};
use crate::secret;
use crate::tokens::keys;

#[derive(Args)]
pub(super) struct Check {
    #[command(flatten)]
    common: Common,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let mut problems = Vec::new();
        match self.common.settings(Vec::new()) {
            Err(error) => problems.extend_from_slice(error.problems()),
            // a key in a file is read as `serve` would read it
            Ok(settings) => match secret::given(&settings) {
                Err(error) => problems.push(error.to_string()),
                Ok(key) => problems.extend(
                    key.and_then(|key| keys::refusal(key.expose_secret()))
                        .map(|why| format!("the secret key can't sign tokens: {why}")),
                ),
            },
        }
        let Some(last) = problems.pop() else {
            say("The settings can be used; `gatepost-server settings` shows them.");
            return Ok(());
        };
        for problem in problems {
            writeln!(std::io::stderr(), "gatepost-server: {problem}")?;
        }
        Err(anyhow!(last))
    }
}
