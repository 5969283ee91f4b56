//! Which servers of a database live, and which keys each of them knows: lines of `gatepost_meta` that they renew.

use std::time::Duration;

use crate::app::App;
use crate::db::{self, Db, Moment, meta};

/// How often a server renews its line.
const BEAT: Duration = Duration::from_secs(30);
/// After how many seconds without news it counts no more.
const SILENCE: i64 = 95;

const PREFIX: &str = "replica.";

/// A server that lives.
pub(crate) struct Replica {
    pub(crate) id: String,
    /// How many seconds ago it was heard.
    pub(crate) ago: i64,
    kids: Vec<String>,
}

impl Replica {
    /// Whether it takes the tokens of a key.
    pub(crate) fn knows(&self, kid: &str) -> bool {
        self.kids.iter().any(|known| *known == short(kid))
    }
}

/// What stands for a key in a line.
fn short(kid: &str) -> &str {
    kid.get(..16).unwrap_or(kid)
}

/// The servers that were heard lately.
///
/// # Errors
/// The database's.
pub(crate) async fn live(db: &Db, now: Moment) -> db::Result<Vec<Replica>> {
    let lines = db.read(|conn| Box::pin(meta::beginning_with(conn, PREFIX)));
    let replica = |(name, value): (String, String)| {
        let mut words = value.split(' ');
        let ago = now.timestamp() - words.next()?.parse::<i64>().ok()?;
        (ago.abs() <= SILENCE).then(|| Replica {
            id: name[PREFIX.len()..].to_owned(),
            ago: ago.max(0),
            kids: words.map(str::to_owned).collect(),
        })
    };
    Ok(lines.await?.into_iter().filter_map(replica).collect())
}

/// This server's line.
pub(crate) struct Line {
    app: App,
    name: String,
}

impl Line {
    pub(crate) fn new(app: App) -> Self {
        let name = format!("{PREFIX}{}", app.entropy().alphanumeric(12));
        Self { app, name }
    }

    /// The server whose line it is.
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Says which keys this server knows. Lines of servers that are silent are removed.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn renew(&self) -> db::Result<()> {
        let now = self.app.clock().now();
        let mut words = vec![now.timestamp().to_string()];
        words.extend(self.app.tokens().kids().map(|kid| short(kid).to_owned()));
        let (name, value) = (self.name.clone(), words.join(" "));
        let renewed = self.app.db().write(move |tx| {
            let (name, value) = (name.clone(), value.clone());
            Box::pin(async move { meta::replace(tx, &name, &value).await })
        });
        renewed.await
    }

    /// Renews it again and again.
    pub(crate) async fn keep(&self) {
        loop {
            if let Err(error) = self.renew().await {
                tracing::debug!(cause = %error, "the other servers were not told which keys are known here");
            }
            tokio::time::sleep(BEAT).await;
        }
    }

    /// Takes it away, at the end.
    pub(crate) async fn remove(&self) {
        let name = self.name.clone();
        let removed = self.app.db().write(move |tx| {
            let name = name.clone();
            Box::pin(async move { meta::remove(tx, &name).await })
        });
        if let Err(error) = removed.await {
            tracing::debug!(cause = %error, "this server's line could not be removed");
        }
    }
}
