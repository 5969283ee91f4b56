//! The application: everything that a request needs, as one value that is cheap to clone.

use std::fmt;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::accounts::passwords::format::Preferred;
use crate::accounts::passwords::{Check, Passwords};
use crate::accounts::{Computed, Users};
use crate::agreement;
use crate::clock::Clock;
use crate::db::migrate::{self, Adopt, Refusal, State};
use crate::db::{ConnectError, Db, Url, describe};
use crate::entropy::Entropy;
use crate::secret::{self, SecretError};
use crate::settings::{PreferredHash, Settings, SettingsError};
use crate::tokens::Keys;
use crate::web::error::Error;
use crate::web::log::RequestIds;

const NOT_MIGRATED: &str =
    "the database's tables are not up to date; run `gatepost-server migrate` first";

/// Length of a password's salt: Django's, more than 128 bits.
const SALT: usize = 22;

/// An open database, keys, settings, clock and randomness of one server.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    settings: Settings,
    db: Db,
    keys: Keys,
    passwords: Passwords,
    users: Users,
    clock: Clock,
    entropy: Entropy,
    request_ids: RequestIds,
}

/// What [`App::open`] does with a database whose tables are missing or old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// Makes or updates them.
    Yes,
    /// Refuses to start when something is to be done.
    No,
}

/// Why a server cannot start, in one sentence for a person.
#[derive(Debug)]
pub struct OpenError(String);

impl OpenError {
    pub(crate) fn new(sentence: String) -> Self {
        Self(sentence)
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenError {}

impl From<ConnectError> for OpenError {
    fn from(error: ConnectError) -> Self {
        Self(error.to_string())
    }
}

impl From<SettingsError> for OpenError {
    fn from(error: SettingsError) -> Self {
        Self(error.to_string())
    }
}

impl From<SecretError> for OpenError {
    fn from(error: SecretError) -> Self {
        Self(error.to_string())
    }
}

impl From<Refusal> for OpenError {
    fn from(refusal: Refusal) -> Self {
        Self(match refusal {
            Refusal::Django => {
                "these are Django's tables and Gatepost has never used them; run `gatepost-server migrate --adopt` with Django's SECRET_KEY to add Gatepost's own beside them".to_owned()
            }
            Refusal::Unmigrated(name) => {
                format!("Django's migration {name} is not applied here; run Django's `manage.py migrate` first")
            }
            Refusal::Newer(number) => {
                format!("a newer Gatepost has migrated this database (step {number}); start that version")
            }
            Refusal::Database(error) => format!("the database failed while its tables were looked at: {}; see its own log, then start again", describe(&error)),
        })
    }
}

impl App {
    /// Opens the database that the settings name, with the system's clock and randomness.
    ///
    /// # Errors
    /// One sentence for a person: the database is away, its tables are Django's or too new, or it belongs to
    /// servers with another secret key, `refresh.reuse` or `tokens.stored`.
    pub async fn open(settings: Settings, migrate: Migrate) -> Result<Self, OpenError> {
        Self::open_with(settings, migrate, Clock::system(), Entropy::system()).await
    }

    /// The same with a clock and a source of randomness of one's own, for tests.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_with(
        settings: Settings,
        migrate: Migrate,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        let db = match migrate {
            Migrate::Yes => {
                let db = open_database(&settings).await?;
                migrate::run(&db, Adopt::No, clock.now()).await?;
                db
            }
            Migrate::No => open_migrated(&settings).await?,
        };
        let signing_key = secret::settle(&settings, &db, &entropy).await?;
        agreement::check(&settings, &db).await?;
        let iterations = NonZeroU32::new(settings.passwords.iterations).unwrap_or(NonZeroU32::MIN);
        let preferred = match settings.passwords.preferred {
            PreferredHash::Pbkdf2Sha256 => Preferred::Pbkdf2 { iterations },
            PreferredHash::Argon2 => Preferred::Argon2,
        };
        let passwords = Passwords::new(preferred, settings.passwords.queue).map_err(|error| {
            OpenError(format!(
                "the threads that hash passwords can't be started: {error}"
            ))
        })?;
        Ok(Self(Arc::new(Inner {
            keys: Keys::new(&signing_key, &settings.simple_jwt, &settings.tokens),
            users: Users::new(db.clone()),
            request_ids: RequestIds::new(&entropy),
            settings,
            db,
            passwords,
            clock,
            entropy,
        })))
    }

    /// The settings it was opened with.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The keys that sign and verify tokens.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The source of randomness.
    pub fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// How many password hashes were computed since the start, and at what cost.
    pub fn hashes(&self) -> Computed {
        self.0.passwords.computed()
    }

    pub(crate) fn users(&self) -> &Users {
        &self.0.users
    }

    pub(crate) fn request_ids(&self) -> &RequestIds {
        &self.0.request_ids
    }

    /// A new password's hash, computed off the async threads.
    pub(crate) async fn hash_password(&self, password: SecretString) -> Result<String, Error> {
        let hashed = self
            .0
            .passwords
            .hash(password, self.0.entropy.alphanumeric(SALT))
            .await;
        hashed.map_err(|_| Error::overloaded("the queue of password hashes is full"))
    }

    /// Compares a password with a hash, or with nobody's, at the same cost.
    pub(crate) async fn check_password(
        &self,
        password: SecretString,
        encoded: Option<SecretString>,
    ) -> Result<Check, Error> {
        let encoded = encoded.map(|encoded| encoded.expose_secret().to_owned());
        let checked = self
            .0
            .passwords
            .check(password, encoded, self.0.entropy.alphanumeric(SALT))
            .await;
        checked.map_err(|_| Error::overloaded("the queue of password hashes is full"))
    }
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
    Ok(Db::open(&url, settings.database.connections.max(1)).await?)
}

/// `database.url`, or the file in the data folder.
/// Opens a database whose tables are there and up to date; makes and changes nothing.
pub(crate) async fn open_migrated(settings: &Settings) -> Result<Db, OpenError> {
    if let Url::Sqlite(path) = database_url(settings)?
        && !path.exists()
    {
        return Err(OpenError(format!(
            "there is no database at {}; run `gatepost-server migrate` to make one, or name another with --database",
            path.display()
        )));
    }
    let db = open_database(settings).await?;
    match migrate::state(&db).await? {
        State::Gatepost { pending: 0 } => Ok(db),
        State::Django => Err(Refusal::Django.into()),
        State::Empty | State::Gatepost { .. } => Err(OpenError(NOT_MIGRATED.to_owned())),
    }
}

pub(crate) fn database_url(settings: &Settings) -> Result<Url, ConnectError> {
    match settings.database.url.expose_secret() {
        "" => Ok(Url::Sqlite(
            settings.server.data_dir.join("gatepost.sqlite3"),
        )),
        given => given.parse(),
    }
}

pub(crate) fn make_private_folder(folder: &Path) -> Result<(), OpenError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        OpenError(format!(
            "the data folder {} can't be made: {error}; name another with server.data_dir",
            folder.display()
        ))
    })
}
