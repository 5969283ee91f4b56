//! The settings that all servers of one database must share: `refresh.reuse`, `tokens.stored` and how dates are kept.
//!
//! One server that revokes beside one that rejects, or signed tokens beside unsigned ones, would keep neither
//! promise. The database remembers what the first server was started with; another value is refused.

use super::error::OpenError;
use crate::db::{self, Db, meta};
use crate::settings::{Reuse, Settings, Stored};
use crate::tokens::cleanup::slack;

/// The settings by name, with the text by which a file and the database write them.
fn shared(settings: &Settings) -> Vec<(&'static str, &'static str)> {
    let reuse = match settings.refresh.reuse {
        Reuse::Revoke => "revoke",
        Reuse::Reject => "reject",
    };
    let stored = match settings.tokens.stored {
        Stored::Unsigned => "unsigned",
        Stored::Signed => "signed",
    };
    let use_tz = if settings.server.use_tz {
        "true"
    } else {
        "false"
    };
    let mut shared = vec![
        ("refresh.reuse", reuse),
        ("tokens.stored", stored),
        ("server.use_tz", use_tz),
    ];
    // without USE_TZ the zone decides what is written
    if !settings.server.use_tz {
        shared.push(("server.time_zone", settings.server.time_zone.name()));
    }
    shared
}

/// Compares the settings with what the database's servers use; the first server's are remembered.
pub(crate) async fn check(settings: &Settings, db: &Db) -> Result<(), OpenError> {
    for (name, ours) in shared(settings) {
        let theirs = known(db, name, ours).await.map_err(failed)?;
        if theirs != ours {
            return Err(OpenError::new(format!(
                "this database is used with {name} = \"{theirs}\", but here it is \"{ours}\"; set it to \"{theirs}\" here, or run `gatepost-server migrate --accept-settings` and restart every server of this database"
            )));
        }
    }
    slack::announce(db, settings).await.map_err(failed)
}

/// Makes these settings those of the database, whatever it remembered.
pub(crate) async fn accept(settings: &Settings, db: &Db) -> Result<(), OpenError> {
    let shared = shared(settings);
    let written = db.write(move |tx| {
        let shared = shared.clone();
        Box::pin(async move {
            for (name, ours) in shared {
                meta::replace(tx, name, ours).await?;
            }
            Ok(())
        })
    });
    written.await.map_err(failed)
}

async fn known(db: &Db, name: &'static str, ours: &str) -> db::Result<String> {
    let known = db.read(move |conn| Box::pin(meta::get(conn, name))).await?;
    match known {
        Some(known) => Ok(known),
        None => meta::settle(db, name, ours.to_owned()).await,
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the argument of map_err is a value"
)]
fn failed(error: db::Error) -> OpenError {
    OpenError::new(format!(
        "the database failed while the settings were compared with its own: {error}; see its own log, then start again"
    ))
}
