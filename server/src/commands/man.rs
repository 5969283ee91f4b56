//! `gatepost-server man`: the manual, a page for each command.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command};

use super::common::say;

#[derive(Args)]
pub(super) struct Man {
    /// The folder to write the pages into; without it, the first page is printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Man {
    /// The manual of this tree of commands.
    pub(super) fn run(self, tree: Command) -> anyhow::Result<()> {
        let Some(folder) = self.folder else {
            let mut page = Vec::new();
            clap_mangen::Man::new(tree).render(&mut page)?;
            say(String::from_utf8_lossy(&page).trim_end());
            return Ok(());
        };
        fs::create_dir_all(&folder)
            .and_then(|()| clap_mangen::generate_to(tree, &folder))
            .with_context(|| format!("the manual can't be written into {}; name a folder that this user may write to", folder.display()))?;
        say(&format!(
            "Wrote the manual into {}; the first page is gatepost-server.1",
            folder.display()
        ));
        Ok(())
    }
}
