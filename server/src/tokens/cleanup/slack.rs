//! How long after its expiry a token must be known, in seconds: some server of this database may still accept it.

use crate::db::{self, Db, meta};
use crate::settings::Settings;

const SLACK: &str = "cleanup.slack";

/// For how long a server with these settings accepts what has expired.
pub(super) fn own(settings: &Settings) -> i64 {
    settings.simple_jwt.leeway.get() + settings.tokens.clock_slack.get()
}

/// The longest slack of all servers that this database has met.
pub(super) async fn known(db: &Db) -> db::Result<i64> {
    let known = db.read(|conn| Box::pin(meta::number(conn, SLACK))).await?;
    Ok(known.unwrap_or(0))
}

/// Lets every process that cleans up this database know for how long this server accepts what has expired. Without
/// that, a command with other settings would remove what says that a token was logged out.
pub(crate) async fn announce(db: &Db, settings: &Settings) -> db::Result<()> {
    let ours = own(settings);
    if known(db).await? < ours {
        let raised = db.write(move |tx| Box::pin(meta::raise(tx, SLACK, ours)));
        raised.await?;
    }
    Ok(())
}
