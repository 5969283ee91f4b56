//! The application: everything that a request needs, as one value that is cheap to clone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::accounts::{HashingPool, Users};
use crate::admin::Admin;
use crate::clock::Clock;
use crate::db::tables::{self, Weight};
use crate::db::{Dates, Db};
use crate::entropy::Entropy;
use crate::http::cors::Cors;
use crate::http::log::{Context, RequestIds};
use crate::http::peers::{Network, Peers};
use crate::http::room::Intake;
use crate::metrics::{Event, Metrics};
use crate::posts::turns::Searches;
use crate::settings::Settings;
use crate::startup::{self, Migrations, OpenError, agreement, keys, remarks, secret};
use crate::throttle::Throttle;
use crate::tokens::TokenBackend;
use crate::tokens::cleanup::Watermark;
use crate::tokens::remote_keys::RemoteKeys;
use crate::tokens::signing::{Keys, Remote};

/// An open database, keys, settings, clock and randomness of one server.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    settings: Settings,
    db: Db,
    admin_db: Db,
    has_made_tables: bool,
    /// Another one, once a key has changed.
    tokens: RwLock<Arc<TokenBackend>>,
    hashing: HashingPool,
    users: Users,
    watermark: Watermark,
    clock: Clock,
    entropy: Entropy,
    request_ids: RequestIds,
    intake: Arc<Intake>,
    metrics: Option<Metrics>,
    cors: Option<Cors>,
    peers: Peers,
    throttle: Throttle,
    searches: Searches,
    admin: Option<Admin>,
    is_stopping: AtomicBool,
}

impl App {
    /// Opens the database that the settings name, with the system's clock and randomness.
    ///
    /// # Errors
    /// One sentence for a person: the database is away, its tables are Django's or too new, or it belongs to
    /// servers with another secret key, `refresh.reuse` or `tokens.stored`.
    pub async fn open(settings: Settings, migrations: Migrations) -> Result<Self, OpenError> {
        Self::open_with(settings, migrations, Clock::system(), Entropy::system()).await
    }

    /// The same with a clock and a source of randomness of one's own, for tests.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_with(
        settings: Settings,
        migrations: Migrations,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        let hashing = HashingPool::new(&settings.passwords, entropy.clone());
        let hashing = hashing
            .map_err(|error| OpenError::new(format!("passwords can't be hashed: {error}")))?;
        let (db, is_new) = startup::open(&settings, migrations, clock.now()).await?;
        // requests that need none of the tables that do not fit are served; readiness tells
        for problem in tables::look(&db).await.map_err(startup::not_looked_at)? {
            match problem.weight() {
                Weight::All => {
                    tracing::error!(
                        "the tables do not fit, and the server is not ready: {problem}"
                    );
                    db.fitness().fall();
                }
                Weight::Some => tracing::warn!("some rows will not fit into the tables: {problem}"),
                // which adopting said
                Weight::Remark => {}
            }
        }
        let now = clock.now();
        keys::refuse_short(&settings, &db).await?;
        let keys = keys::settle(&settings, &db, &entropy, now).await?;
        let keys = keys.with(remote(&settings, &clock)?);
        for remark in remarks::all(&settings, now) {
            tracing::warn!("{remark}");
        }
        agreement::check(&settings, &db).await?;
        let watermark = Watermark::open(&db, &clock, &settings).await;
        let watermark = watermark.map_err(|error| {
            OpenError::new(format!(
                "the database takes no writes: {error}; let this user write to it, or name another one with --database"
            ))
        })?;
        watermark.tell();
        let admin = admin(&settings, &db, &entropy).await?;
        Ok(Self(Arc::new(Inner {
            admin,
            tokens: RwLock::new(Arc::new(backend(keys, &settings))),
            users: Users::new(db.clone()),
            request_ids: RequestIds::new(&entropy),
            metrics: metrics(&settings)?,
            intake: Arc::new(Intake::of(&settings.limits)),
            cors: Cors::new(&settings.cors),
            peers: Peers::default(),
            is_stopping: AtomicBool::new(false),
            searches: Searches::of(settings.database.connections),
            throttle: Throttle::new(&settings.throttle, db.clone()),
            settings,
            admin_db: db.for_admin(),
            db,
            has_made_tables: is_new,
            hashing,
            watermark,
            clock,
            entropy,
        })))
    }

    /// The settings it was opened with.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// How dates are kept and shown.
    pub(crate) fn dates(&self) -> Dates {
        self.settings().server.dates(self.db().dialect())
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    /// The database for the admin's statements.
    pub(crate) fn admin_db(&self) -> &Db {
        &self.0.admin_db
    }

    /// Whether the database had no tables before this start.
    pub(crate) fn has_made_tables(&self) -> bool {
        self.0.has_made_tables
    }

    pub(crate) fn tokens(&self) -> Arc<TokenBackend> {
        let tokens = self.0.tokens.read();
        tokens.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Signs and verifies with these keys from now on.
    pub(crate) fn take_keys(&self, keys: Keys) {
        // what was fetched stays known
        let keys = keys.with(self.tokens().remote().cloned());
        let tokens = Arc::new(backend(keys, self.settings()));
        *(self.0.tokens.write()).unwrap_or_else(PoisonError::into_inner) = tokens;
    }

    pub(crate) fn hashing(&self) -> &HashingPool {
        &self.0.hashing
    }

    pub(crate) fn users(&self) -> &Users {
        &self.0.users
    }

    pub(crate) fn watermark(&self) -> &Watermark {
        &self.0.watermark
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// None where no page of another origin may use the service.
    pub(crate) fn cors(&self) -> Option<&Cors> {
        self.0.cors.as_ref()
    }

    /// From now on the server is not ready, since it will stop.
    pub(crate) fn begin_to_stop(&self) {
        self.0.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.0.is_stopping.load(Ordering::Relaxed)
    }

    /// None where nobody asks for them.
    pub(crate) fn metrics(&self) -> Option<&Metrics> {
        self.0.metrics.as_ref()
    }

    /// Counts what happened to a token, where somebody asks for it.
    pub(crate) fn count(&self, event: Event) {
        if let Some(metrics) = self.metrics() {
            metrics.count(event);
        }
    }

    /// What is known of the peers of all connections.
    pub(crate) fn peers(&self) -> &Peers {
        &self.0.peers
    }

    /// By which address a request's client is counted; none where others may share it.
    pub(crate) fn source(&self, request: &Context) -> Option<Network> {
        let trusted = &self.settings().server.trusted_proxies;
        self.peers().source(request.client, trusted)
    }

    /// None where there is no admin site.
    pub(crate) fn admin(&self) -> Option<&Admin> {
        self.0.admin.as_ref()
    }

    pub(crate) fn searches(&self) -> &Searches {
        &self.0.searches
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    /// What requests and answers may take.
    pub(crate) fn intake(&self) -> &Arc<Intake> {
        &self.0.intake
    }

    pub(crate) fn request_ids(&self) -> &RequestIds {
        &self.0.request_ids
    }
}

/// The admin site, where it is wanted and the database has what it needs.
async fn admin(
    settings: &Settings,
    db: &Db,
    entropy: &Entropy,
) -> Result<Option<Admin>, OpenError> {
    if !settings.server.admin {
        return Ok(None);
    }
    let opened = match secret::of_site(settings, entropy) {
        Ok(secret) => Admin::open(db, &secret)
            .await
            .map_err(startup::not_looked_at)?,
        Err(error) => Err(error.to_string()),
    };
    match opened {
        Ok(admin) => Ok(Some(admin)),
        Err(why) => {
            tracing::warn!(
                "there is no admin site: {why}; server.admin = false says that none is wanted"
            );
            Ok(None)
        }
    }
}

fn backend(keys: Keys, settings: &Settings) -> TokenBackend {
    TokenBackend::new(keys, &settings.simple_jwt, &settings.tokens)
}

fn metrics(settings: &Settings) -> Result<Option<Metrics>, OpenError> {
    if settings.metrics.bind.is_empty() {
        return Ok(None);
    }
    let metrics = Metrics::new();
    let metrics = metrics
        .map_err(|error| OpenError::new(format!("the metrics can't be counted: {error}")))?;
    Ok(Some(metrics))
}

/// The keys of JWK_URL, which an algorithm without a key pair does not ask for.
fn remote(settings: &Settings, clock: &Clock) -> Result<Option<Remote>, OpenError> {
    let jwt = &settings.simple_jwt;
    if jwt.jwk_url.is_empty() || !jwt.algorithm.has_key_pair() {
        return Ok(None);
    }
    let keys = RemoteKeys::new(&jwt.jwk_url, jwt.algorithm, clock.clone()).map_err(|error| {
        OpenError::new(format!(
            "the keys of simple_jwt.jwk_url can't be fetched: {error}"
        ))
    })?;
    Ok(Some(Remote::new(keys, jwt.algorithm)))
}
