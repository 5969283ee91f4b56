//! `gatepost-server clearsessions`: Django's command of this name. `serve` does the same by itself.

use anyhow::{Context, bail};
use clap::Args;

use super::common::Common;
use crate::clock::Clock;
use crate::startup::open_migrated;
use crate::tokens::cleanup;

#[derive(Args)]
pub(super) struct ClearSessions {
    #[command(flatten)]
    common: Common,
}

impl ClearSessions {
    /// Silent where it removes what has expired, as Django's: cron mails whatever is printed.
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let settings = self.common.settings(Vec::new())?;
        let db = open_migrated(&settings).await?;
        let flushed = cleanup::flush_sessions(&db, &settings, Clock::system().now())
            .await
            .context("expired sessions could not be removed")?;
        db.close().await;
        if flushed.is_none() {
            bail!(
                "this database has no table django_session whose rows may be removed: nothing was done"
            );
        }
        Ok(())
    }
}
