//! Opens the database that the settings name, and sees to its tables.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::error::OpenError;
use crate::db::migrate::{self, Adopt, Refusal, State};
use crate::db::{ConnectError, Db, Moment, Url, bereft};
use crate::settings::Settings;

/// The name of an invented key's file.
const KEY: &str = "secret_key";

const NOT_MIGRATED: &str =
    "the database's tables are not up to date; run `gatepost-server migrate` first";

/// What [`App::open`](crate::App::open) does with a database whose tables are missing or old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrations {
    /// Makes or updates the tables.
    Apply,
    /// Refuses to start while something is to be done.
    Require,
}

/// Opens the database with its tables up to date, or refuses. Says whether it had none before.
pub(crate) async fn open(
    settings: &Settings,
    migrations: Migrations,
    now: Moment,
) -> Result<(Db, bool), OpenError> {
    refuse_djangos(settings).await?;
    match migrations {
        Migrations::Apply => {
            refuse_loss(settings)?;
            let db = open_database(settings).await?;
            let before = migrate::run(&db, Adopt::No, now).await?;
            Ok((db, before == State::Empty))
        }
        Migrations::Require => Ok((open_migrated(settings).await?, false)),
    }
}

/// Refuses to make a database where an earlier start has left its key: that start's database is missing, and its users
/// would meet an empty one.
fn refuse_loss(settings: &Settings) -> Result<(), OpenError> {
    let Url::Sqlite(path) = database_url(settings)? else {
        return Ok(());
    };
    if let Some(why) = bereft(&path) {
        return Err(OpenError::new(why));
    }
    let beside = path.parent().map(|folder| folder.join(KEY));
    // the key first: another first start makes it after the database
    let key = [Some(invented_key(settings)), beside];
    let key = key.into_iter().flatten().find(|key| key.exists());
    let is_missing = std::fs::metadata(&path).map_or_else(
        |error| error.kind() == ErrorKind::NotFound,
        |found| found.len() == 0,
    );
    match key {
        Some(key) if is_missing => Err(OpenError::new(format!(
            "the database file {} is missing or empty, but the secret key {} of an earlier start is there; put the file or a backup back, or run `gatepost-server migrate` to make a new database",
            path.display(),
            key.display()
        ))),
        _ => Ok(()),
    }
}

/// Where a key is kept that nobody gave.
pub(super) fn invented_key(settings: &Settings) -> PathBuf {
    settings.server.data_dir.join(KEY)
}

/// Opens the database that the settings name; the default file's folder is made, for the owner alone.
pub(crate) async fn open_database(settings: &Settings) -> Result<Db, OpenError> {
    let url = database_url(settings)?;
    if let Url::Sqlite(path) = &url
        && let Some(folder) = path.parent()
        && folder == settings.server.data_dir
    {
        make_private_folder(folder)?;
    }
    let connections = settings.database.connections.max(1);
    Ok(Db::open_with(&url, connections, settings.users.model()).await?)
}

/// Refuses a file with Django's tables before it is opened, which would change the kind of its journal. PostgreSQL's are
/// refused where they are to be migrated.
pub(crate) async fn refuse_djangos(settings: &Settings) -> Result<(), OpenError> {
    let url = database_url(settings)?;
    if !matches!(&url, Url::Sqlite(path) if path.exists()) {
        return Ok(());
    }
    let db = Db::open_to_look(&url, settings.users.model()).await?;
    let state = migrate::state(&db).await;
    db.close().await;
    match state? {
        State::Django => Err(Refusal::Django.into()),
        State::Empty | State::Gatepost { .. } => Ok(()),
    }
}

/// What is said of a file that is not there.
pub(crate) fn no_database(path: &Path) -> String {
    if let Some(why) = bereft(path) {
        return why;
    }
    format!(
        "there is no database at {}; run `gatepost-server migrate` to make one, or name another with --database",
        path.display()
    )
}

/// Opens a database whose tables are there and up to date; makes and changes nothing.
pub(crate) async fn open_migrated(settings: &Settings) -> Result<Db, OpenError> {
    if let Url::Sqlite(path) = database_url(settings)?
        && !path.exists()
    {
        return Err(OpenError::new(no_database(&path)));
    }
    let db = open_database(settings).await?;
    match migrate::state(&db).await? {
        State::Gatepost { pending: 0 } => Ok(db),
        State::Django => Err(Refusal::Django.into()),
        State::Empty | State::Gatepost { .. } => Err(OpenError::new(NOT_MIGRATED)),
    }
}

/// `database.url`, or the file in the data folder.
pub(crate) fn database_url(settings: &Settings) -> Result<Url, ConnectError> {
    match settings.database.url.expose_secret() {
        "" => Ok(Url::Sqlite(
            settings.server.data_dir.join("gatepost.sqlite3"),
        )),
        given if settings.database.pgbouncer => Ok(given.parse::<Url>()?.behind_pgbouncer()),
        given => given.parse(),
    }
}

pub(super) fn make_private_folder(folder: &Path) -> Result<(), OpenError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        OpenError::new(format!(
            "the data folder {} can't be made: {error}; name another with server.data_dir",
            folder.display()
        ))
    })
}
