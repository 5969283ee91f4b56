//! `gatepost-server flushexpiredtokens`: SimpleJWT's command of this name. `serve` does the same by itself.

use anyhow::Context;
use clap::Args;

use super::common::Common;
use crate::clock::Clock;
use crate::startup::open_migrated;
use crate::tokens::cleanup;

#[derive(Args)]
pub(super) struct FlushExpiredTokens {
    #[command(flatten)]
    common: Common,
}

impl FlushExpiredTokens {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let settings = self.common.settings(Vec::new())?;
        let db = open_migrated(&settings).await?;
        // silent where it succeeds, as Django's: cron mails whatever is printed
        cleanup::flush(&db, &settings, Clock::system().now())
            .await
            .context("expired rows could not be removed")?;
        db.close().await;
        Ok(())
    }
}
