//! `gatepost-server flushexpiredtokens`: SimpleJWT's command of this name. `serve` does the same by itself.

use anyhow::{Context, bail};
use clap::Args;

use super::Common;
use crate::app::{OpenError, open_database};
use crate::clock::Clock;
use crate::db::migrate::{State, state};
use crate::tokens::cleanup;

#[derive(Args)]
pub(super) struct FlushExpiredTokens {
    #[command(flatten)]
    common: Common,
}

impl FlushExpiredTokens {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let settings = self.common.settings(Vec::new())?;
        let db = open_database(&settings).await?;
        match state(&db).await.map_err(OpenError::from)? {
            State::Gatepost { pending: 0 } => {}
            State::Empty | State::Gatepost { .. } => {
                bail!(
                    "the database's tables are not up to date; run `gatepost-server migrate` first"
                )
            }
            State::Django => bail!(
                "these are Django's tables and Gatepost has never used them; run Django's `manage.py flushexpiredtokens`"
            ),
        }
        // silent where it succeeds, as Django's: cron mails whatever is printed
        cleanup::flush(&db, &settings, Clock::system().now())
            .await
            .context("expired rows could not be removed")?;
        db.close().await;
        Ok(())
    }
}
