//! `gatepost-server settings`: every setting and where its value comes from; secrets are masked.

use clap::Args;

use super::common::{Common, say};
use crate::settings::document;

#[derive(Args)]
pub(super) struct Show {
    /// Print what each setting does, as in docs/settings.md
    #[arg(long)]
    markdown: bool,
    #[command(flatten)]
    common: Common,
}

impl Show {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if self.markdown {
            say(document::markdown().trim_end());
        } else {
            say(&document::listing(&self.common.effective(Vec::new())?));
        }
        Ok(())
    }
}
