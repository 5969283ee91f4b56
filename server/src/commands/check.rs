//! `gatepost-server check`: are the settings valid? Nothing is created, opened or changed.

use std::io::Write;

use anyhow::anyhow;
use clap::Args;

use super::common::{Common, say, warn};
use crate::clock::Clock;
use crate::startup::{certificate, keys, remarks, rotation};

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
            // keys in files are read as `serve` would read them
            Ok(settings) => {
                let now = Clock::system().now();
                let refusals = [
                    keys::given(&settings).err(),
                    keys::previous(&settings, now).err(),
                    certificate::load(&settings).err(),
                ];
                let refusals = refusals.into_iter().flatten();
                problems.extend(refusals.map(|error| error.to_string()));
                // and those of `keys new`
                if problems.is_empty() {
                    let listed = rotation::list(&settings, now).err();
                    problems.extend(listed.map(|error| error.to_string()));
                }
                // what is wrong comes first
                if problems.is_empty() {
                    for remark in remarks::all(&settings, now) {
                        warn(&remark);
                    }
                }
            }
        }
        let Some(last) = problems.pop() else {
            say("The settings are valid. `gatepost-server settings` shows them.");
            return Ok(());
        };
        for problem in problems {
            writeln!(std::io::stderr(), "gatepost-server: {problem}")?;
        }
        Err(anyhow!(last))
    }
}
