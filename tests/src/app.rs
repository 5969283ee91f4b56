//! A Gatepost of a test's own, on a database of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::Response;
use futures_util::TryStreamExt;
use gatepost_server::{App, Clock, Entropy, Migrations, Settings, router, serve, testing};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::OnceCell;
use tower::ServiceExt;

use crate::{Actor, Answer, Program, is_pooled, pgbouncer, postgres, searched, sql};

/// How many statements of PostgreSQL wait for a lock.
const WAITING: &str = "SELECT COUNT(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'gatepost' AND wait_event_type = 'Lock'";

/// The secret key of every test's server; the captured tokens are signed with it.
pub const SECRET: &str = "reference-secret-key-for-tests-only-0123456789";

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file of its own.
    Sqlite,
    /// A database of its own in the one server of the test process.
    Postgres,
}

/// A server with a database of its own, cheap password hashes, and a clock that stands still in the year 2027 until
/// the test advances it.
pub struct TestApp {
    /// The application itself.
    pub app: App,
    /// The clock it was given.
    pub clock: Clock,
    /// `sqlite:PATH` or `postgres://…`, for other programs and other connections.
    pub database: String,
    router: Router,
    failures: Arc<AtomicUsize>,
    may_fail: bool,
    is_abandoned: bool,
    settings: String,
    /// The database itself, removed with the last server on it.
    place: Arc<Place>,
}

struct Place {
    postgres: Option<String>,
    folder: TempDir,
}

const TEMPLATE: &str = "gatepost_template";

impl TestApp {
    /// With the default settings.
    pub async fn on(backend: Backend) -> Self {
        Self::with(backend, "").await
    }

    /// With these settings (TOML) in place of the defaults.
    pub async fn with(backend: Backend, settings: &str) -> Self {
        Self::with_clock(backend, settings, Clock::at(1_800_000_000)).await
    }

    /// With another clock, such as the system's where a Django runs beside it.
    pub async fn with_clock(backend: Backend, settings: &str, clock: Clock) -> Self {
        let first = Self::try_with_clock(backend, settings, clock).await;
        first.unwrap_or_else(|error| panic!("the test's server does not start: {error}"))
    }

    /// The same, or why it does not start.
    ///
    /// # Errors
    /// The sentence that refuses the settings or the start.
    pub async fn try_with_clock(
        backend: Backend,
        settings: &str,
        clock: Clock,
    ) -> Result<Self, String> {
        let place = Arc::new(Place::new(backend).await);
        Self::open_at(place, settings, clock).await
    }

    /// The same on a database that has a user already, where the server takes whatever key the project has.
    ///
    /// # Errors
    /// The sentence that refuses the settings or the start.
    pub async fn try_adopted(
        backend: Backend,
        settings: &str,
        clock: Clock,
    ) -> Result<Self, String> {
        let place = Arc::new(Place::new(backend).await);
        // makes the tables
        let first = format!("server.secret_key = '{SECRET}'");
        let first = Self::open_at(place.clone(), &first, clock.clone()).await?;
        first.user("earlier").await;
        first.sql("DELETE FROM gatepost_meta").await;
        drop(first);
        Self::open_at(place, settings, clock).await
    }

    async fn open_at(place: Arc<Place>, settings: &str, clock: Clock) -> Result<Self, String> {
        let database = place.url();
        Self::open(
            settings.to_owned(),
            clock,
            Entropy::seeded(1),
            database,
            place,
        )
        .await
    }

    async fn open(
        settings: String,
        clock: Clock,
        entropy: Entropy,
        database: String,
        place: Arc<Place>,
    ) -> Result<Self, String> {
        searched::begin();
        let app = App::open_with(
            read(&settings, &database)?,
            Migrations::Apply,
            clock.clone(),
            entropy,
        );
        let app = app.await.map_err(|error| error.to_string())?;
        let failures = Arc::new(AtomicUsize::new(0));
        let count = failures.clone();
        let router =
            router(app.clone()).layer(middleware::map_response(move |response: Response| {
                let count = count.clone();
                async move {
                    if response.status().is_server_error() {
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                    response
                }
            }));
        Ok(Self {
            app,
            clock,
            database,
            router,
            failures,
            may_fail: false,
            is_abandoned: false,
            settings,
            place,
        })
    }

    /// A second server on the same database, as after a restart or beside the first.
    pub async fn another(&self) -> Self {
        self.another_with(&self.settings).await
    }

    /// The same with other settings than the first.
    pub async fn another_with(&self, settings: &str) -> Self {
        let other = self.try_another_with(settings).await;
        other.unwrap_or_else(|error| panic!("the test's server does not start: {error}"))
    }

    /// The same, or why it does not start.
    ///
    /// # Errors
    /// The sentence that refuses the settings or the start.
    pub async fn try_another_with(&self, settings: &str) -> Result<Self, String> {
        static NEXT: AtomicU32 = AtomicU32::new(2);
        let entropy = Entropy::seeded(u64::from(NEXT.fetch_add(1, Ordering::SeqCst)));
        Self::open(
            settings.to_owned(),
            self.clock.clone(),
            entropy,
            self.database.clone(),
            self.place.clone(),
        )
        .await
    }

    /// Allows answers of 5xx, which otherwise fail the test at its end.
    #[must_use]
    pub fn may_fail(mut self) -> Self {
        self.may_fail = true;
        self
    }

    /// Sends a request in process.
    pub async fn send(&self, request: Request) -> Answer {
        let Ok(response) = self.router.clone().oneshot(request).await;
        Answer::read(response).await
    }

    /// Sends a request in process and gives the answer's body as it comes.
    pub async fn stream(&self, request: Request) -> BodyDataStream {
        let Ok(response) = self.router.clone().oneshot(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body().into_data_stream()
    }

    /// Sends a request in process and gives the answer's body as the pieces in which it came.
    pub async fn chunks(&self, request: Request) -> Vec<Bytes> {
        self.stream(request)
            .await
            .try_collect()
            .await
            .expect("the answer's body")
    }

    /// Registers a user of this name, who is not signed in yet.
    pub async fn user(&self, name: &str) -> Actor<'_> {
        Actor::register(self, name).await
    }

    /// A user who was registered before, at this server or another.
    pub fn known(&self, name: &str) -> Actor<'_> {
        Actor::known(self, name)
    }

    /// Serves on a port of its own until the test's runtime ends; gives the base URL.
    pub async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port's number");
        let router = self.router.clone();
        tokio::spawn(async move { serve(listener, router, std::future::pending()).await });
        format!("http://{address}")
    }

    /// Runs statements in the database, behind the server's back.
    pub async fn sql(&self, statements: &str) {
        sql::execute(&self.database, statements).await;
    }

    /// The first column of a query's rows, as text.
    pub async fn query(&self, query: &str) -> Vec<String> {
        sql::query(&self.database, query).await
    }

    /// Blocks everybody who writes (on PostgreSQL: who writes about tokens) until the transaction ends.
    pub async fn lock(&self) -> sql::Open {
        let statements = if self.database.starts_with("sqlite:") {
            ""
        } else {
            "LOCK gatepost_event, token_blacklist_blacklistedtoken, token_blacklist_outstandingtoken, gatepost_rotation IN SHARE MODE"
        };
        sql::Open::begin(&self.database, statements).await
    }

    /// Blocks everybody who reads or writes users, on PostgreSQL, until the transaction ends.
    pub async fn lock_users(&self) -> sql::Open {
        sql::Open::begin(&self.database, "LOCK auth_user").await
    }

    /// Leaves out the checks at the test's end: another program may have changed anything in this database.
    pub fn abandon(mut self) {
        self.is_abandoned = true;
    }

    /// Waits until a request is blocked by another program's transaction, which has written and is still open.
    pub async fn somebody_waits(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        let is_sqlite = self.database.starts_with("sqlite:");
        // SQLite does not tell, but a request that holds this server's writer is blocked by the other's
        while if is_sqlite {
            !testing::is_writing(&self.app)
        } else {
            self.waiting().await == ["0"]
        } {
            assert!(Instant::now() < deadline, "nobody waits");
            tokio::task::yield_now().await;
        }
    }

    /// How many requests wait for another's lock, on PostgreSQL.
    pub async fn waiting(&self) -> Vec<String> {
        self.query(WAITING).await
    }

    /// Starts another process that serves the same database, with cheap password hashes.
    pub fn program(&self, folder: &Path, variables: &[(&str, &str)]) -> Program {
        let is_pooled = self.database.starts_with("postgres:") && is_pooled();
        let database = if is_pooled {
            pgbouncer::before(&self.database)
        } else {
            self.database.clone()
        };
        let mut command = Program::command(folder, &["--database", &database]);
        if is_pooled {
            command.env("GATEPOST_DATABASE__PGBOUNCER", "true");
        }
        Program::serve(
            command
                .env("GATEPOST_SECRET_KEY", SECRET)
                .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
                .envs(variables.iter().copied()),
        )
    }

    /// What must hold after every test.
    fn check(&self) {
        let failures = self.failures.load(Ordering::SeqCst);
        assert!(
            self.may_fail || failures == 0,
            "{failures} answers were 5xx"
        );
        // a transaction ends after its client, so it may take a moment
        let deadline = Instant::now() + Duration::from_secs(10);
        while testing::connections_in_use(&self.app) > 0 {
            assert!(Instant::now() < deadline, "a connection was not given back");
            std::thread::sleep(Duration::from_millis(1));
        }
        let database = self.database.clone();
        let now = self.clock.now().rfc3339().replace('T', " ");
        let broken = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(invariants(&database, &now))
        });
        let broken = broken.join().expect("the database can be asked");
        assert!(broken.is_empty(), "after the test: {broken:?}");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.is_abandoned {
            self.check();
        }
    }
}

/// What must hold in the database after every test; gives a line for each violation.
async fn invariants(database: &str, now: &str) -> Vec<String> {
    // the clean-up may have removed what has expired
    let successor_is_missing = format!(
        "SELECT r.child_jti FROM gatepost_rotation r LEFT JOIN token_blacklist_outstandingtoken o ON o.jti = r.child_jti
         WHERE o.id IS NULL AND r.child_exp > '{now}'"
    );
    let rules = [
        ("a token has two live successors",
         "SELECT r.family FROM gatepost_rotation r JOIN token_blacklist_outstandingtoken o ON o.jti = r.child_jti
          LEFT JOIN token_blacklist_blacklistedtoken b ON b.token_id = o.id
          LEFT JOIN gatepost_rotation next ON next.parent_jti = r.child_jti
          WHERE b.id IS NULL AND next.parent_jti IS NULL GROUP BY r.family HAVING COUNT(*) > 1"),
        ("a rotation has no row of its successor", &successor_is_missing),
        ("a blacklisted token has no row of its own",
         "SELECT CAST(b.token_id AS text) FROM token_blacklist_blacklistedtoken b LEFT JOIN token_blacklist_outstandingtoken o ON o.id = b.token_id WHERE o.id IS NULL"),
    ];
    let mut broken = Vec::new();
    for (rule, query) in rules {
        broken.extend(
            sql::query(database, query)
                .await
                .into_iter()
                .map(|what| format!("{rule}: {what}")),
        );
    }
    broken
}

impl Place {
    async fn new(backend: Backend) -> Self {
        static TEMPLATE_IS_MADE: OnceCell<()> = OnceCell::const_new();
        static NEXT: AtomicU32 = AtomicU32::new(1);
        // in memory where the system has such a folder: the tests' databases are thrown away
        let folder = TempDir::new_in("/dev/shm")
            .or_else(|_| TempDir::new())
            .expect("a temporary folder");
        if backend == Backend::Sqlite {
            return Self {
                postgres: None,
                folder,
            };
        }
        TEMPLATE_IS_MADE
            .get_or_init(|| async {
                postgres::create(TEMPLATE, None).await;
                // the tables alone: what a server writes into them depends on its settings
                testing::migrate(&postgres::url(TEMPLATE))
                    .await
                    .expect("the template can be migrated");
            })
            .await;
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::SeqCst));
        postgres::create(&name, Some(TEMPLATE)).await;
        Self {
            postgres: Some(name),
            folder,
        }
    }

    fn url(&self) -> String {
        match &self.postgres {
            Some(name) => postgres::url(name),
            None => format!(
                "sqlite:{}",
                self.folder.path().join("test.sqlite3").display()
            ),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(name) = self.postgres.take() {
            let dropped = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                runtime.block_on(postgres::drop(&name));
            });
            drop(dropped.join());
        }
    }
}

fn read(settings: &str, database: &str) -> Result<Settings, String> {
    let mut table: toml::Table = settings.parse().expect("the test's settings are TOML");
    let mut default = |section: &str, key: &str, value: toml::Value| {
        let section = table
            .entry(section)
            .or_insert_with(|| toml::Table::new().into());
        section
            .as_table_mut()
            .expect("a section")
            .entry(key)
            .or_insert(value);
    };
    default("server", "secret_key", SECRET.into());
    if database.starts_with("postgres:") && is_pooled() {
        default("database", "pgbouncer", true.into());
        default("database", "url", pgbouncer::before(database).into());
    }
    default("database", "url", database.into());
    // hashing is not what these tests are about
    default("passwords", "iterations", 1.into());
    Settings::from_toml(&table.to_string()).map_err(|error| error.to_string())
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .expect("the answer's body");
        Self {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

impl Answer {
    /// The answer; fails the test if it has another status.
    #[track_caller]
    #[expect(
        clippy::return_self_not_must_use,
        reason = "often the status is all that is wanted"
    )]
    pub fn expect(self, status: u16) -> Self {
        let wanted = StatusCode::from_u16(status).expect("a status");
        assert_eq!(self.status, wanted, "{}", self.text());
        self
    }
}
