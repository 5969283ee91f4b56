//! When the clean-up runs: every ten minutes while a server serves, and when a program asks for it.

use std::time::Duration;

use super::rows;
use super::sweep::{Flushed, flush};
use crate::app::App;
use crate::db;

/// How long `serve` waits between two rounds, and up to how many seconds longer, so that replicas spread.
const INTERVAL: Duration = Duration::from_mins(10);
const SPREAD: u8 = 60;

/// Removes all that has expired from the database of `app`, by its clock and `simple_jwt.leeway`; where the clock has
/// jumped, by the time that has surely passed.
///
/// `serve` does this every ten minutes by itself; a program that mounts [`router`](crate::router) calls it.
///
/// # Errors
/// What the database fails with. What was removed until then stays removed.
pub async fn flush_expired_tokens(app: &App) -> Result<Flushed, db::Error> {
    app.watermark().advance().await?;
    flush(app.db(), app.settings(), app.watermark().moment()).await
}

/// Cleans up again and again, for as long as the server runs.
pub(crate) async fn run(app: App) {
    loop {
        app.watermark().tell();
        match flush_expired_tokens(&app).await {
            Ok(done) if done.rows > 0 => {
                tracing::info!(rows = done.rows, "expired rows were removed");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(cause = %error, "expired rows could not be removed; next try in ten minutes");
            }
        }
        if let Some(metrics) = app.metrics() {
            match rows::counts(app.db()).await {
                Ok(counts) => {
                    for (table, count) in counts {
                        metrics.set_rows(table, count);
                    }
                }
                Err(error) => tracing::debug!(cause = %error, "the rows were not counted"),
            }
        }
        let spread = u64::from(app.entropy().bytes()[0] % SPREAD);
        tokio::time::sleep(INTERVAL + Duration::from_secs(spread)).await;
    }
}
