//! `gatepost-server flushexpiredtokens`: SimpleJWT's command of this name. `serve` does the same by itself.

use anyhow::Context;
use clap::Args;

use super::common::{Common, warn};
use crate::clock::Clock;
use crate::db::{self, Db};
use crate::settings::Settings;
use crate::startup::open_migrated;
use crate::tokens::cleanup::{self, Watermark};

#[derive(Args)]
pub(super) struct FlushExpiredTokens {
    /// Trust the clock, though it is ahead of the time that the database has seen pass
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    common: Common,
}

impl FlushExpiredTokens {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let settings = self.common.settings(Vec::new())?;
        let db = open_migrated(&settings).await?;
        self.flush(&db, &settings)
            .await
            .context("expired rows could not be removed")?;
        db.close().await;
        Ok(())
    }

    /// Silent where it removes what has expired, as Django's: cron mails whatever is printed.
    async fn flush(&self, db: &Db, settings: &Settings) -> db::Result<()> {
        let watermark = Watermark::open(db, &Clock::system(), settings).await?;
        if self.now {
            watermark.trust_clock().await?;
        } else if let Some(remark) = watermark.ahead() {
            warn(&remark);
        }
        cleanup::flush(db, settings, watermark.moment()).await?;
        Ok(())
    }
}
