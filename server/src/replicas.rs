//! Which servers of a database live, and which keys each of them knows: lines of `gatepost_meta` that they renew.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::app::App;
use crate::db::{self, Db, Dialect, Moment, Tx, meta};

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
    /// What stands for the key that it signs with.
    pub(crate) signs: Option<String>,
    kids: Vec<String>,
}

/// What a line has in the place of the key that signs, where there is none.
const NOTHING: &str = "-";

impl Replica {
    /// Whether it takes the tokens of a key.
    pub(crate) fn knows(&self, kid: &str) -> bool {
        self.kids.iter().any(|known| *known == short(kid))
    }

    /// In how many seconds it is forgotten, if it was killed.
    pub(crate) fn left(&self) -> i64 {
        (SILENCE - self.ago).max(0) + 1
    }
}

/// What stands for a key in a line.
pub(crate) fn short(kid: &str) -> &str {
    kid.get(..16).unwrap_or(kid)
}

/// The servers that were heard lately.
///
/// # Errors
/// The database's.
pub(crate) async fn live(db: &Db, now: Moment) -> db::Result<Vec<Replica>> {
    let lines = db.read(|conn| Box::pin(meta::beginning_with(conn, PREFIX)));
    let replica = |(name, value): (String, String)| {
        let ago = ago(&value, now)?;
        let kids: Vec<String> = value.split(' ').skip(1).map(str::to_owned).collect();
        (ago.abs() <= SILENCE).then(|| Replica {
            id: name[PREFIX.len()..].to_owned(),
            ago: ago.max(0),
            signs: kids.first().filter(|kid| *kid != NOTHING).cloned(),
            kids,
        })
    };
    Ok(lines.await?.into_iter().filter_map(replica).collect())
}

/// How many seconds ago a line was written.
fn ago(value: &str, now: Moment) -> Option<i64> {
    let at: i64 = value.split(' ').next()?.parse().ok()?;
    now.timestamp().checked_sub(at)
}

/// Removes the lines of servers that are silent.
async fn forget(tx: &mut Tx<'_>, now: Moment) -> db::Result<()> {
    for (name, value) in meta::beginning_with(tx, PREFIX).await? {
        if ago(&value, now).is_none_or(|ago| ago > SILENCE) {
            meta::remove(tx, &name, Some(&value)).await?;
        }
    }
    Ok(())
}

/// The same in a transaction of its own.
///
/// # Errors
/// The database's.
pub(crate) async fn forget_silent(db: &Db, now: Moment) -> db::Result<()> {
    db.write(move |tx| Box::pin(forget(tx, now))).await
}

/// This server's line.
pub(crate) struct Line {
    app: App,
    name: String,
    begun: Moment,
    /// Whether it was said that another server writes to the same file.
    is_told: AtomicBool,
}

impl Line {
    pub(crate) fn new(app: App) -> Self {
        let name = format!("{PREFIX}{}", app.entropy().alphanumeric(12));
        let begun = app.clock().now();
        Self {
            app,
            name,
            begun,
            is_told: AtomicBool::new(false),
        }
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
        self.look_for_others(now).await?;
        let mut words = vec![now.timestamp().to_string()];
        let tokens = self.app.tokens();
        // the one that signs is the first
        words.extend((!tokens.can_sign()).then(|| NOTHING.to_owned()));
        words.extend(tokens.kids().map(|kid| short(kid).to_owned()));
        let (name, value) = (self.name.clone(), words.join(" "));
        let renewed = self.app.db().write(move |tx| {
            let (name, value) = (name.clone(), value.clone());
            Box::pin(async move {
                forget(tx, now).await?;
                meta::replace(tx, &name, &value).await
            })
        });
        renewed.await
    }

    /// Says once that a file of SQLite has another server. The line of one that was killed is older than this server.
    async fn look_for_others(&self, now: Moment) -> db::Result<()> {
        let db = self.app.db();
        if db.dialect() != Dialect::Sqlite || self.is_told.load(Ordering::Relaxed) {
            return Ok(());
        }
        let age = now.timestamp() - self.begun.timestamp();
        let is_other = |other: &Replica| other.id != self.name[PREFIX.len()..] && other.ago < age;
        if live(db, now).await?.iter().any(is_other) {
            self.is_told.store(true, Ordering::Relaxed);
            tracing::warn!(
                "another server writes to the same file of SQLite, and each waits for the other's writes: stop one of the two, or move to PostgreSQL for several servers"
            );
        }
        Ok(())
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
            Box::pin(async move { meta::remove(tx, &name, None).await })
        });
        if let Err(error) = removed.await {
            tracing::debug!(cause = %error, "this server's line could not be removed");
        }
    }
}
