//! What tests may see and do inside a server; only the feature `testing` has it.

use axum::extract::Request;
use tower_service::Service as _;

use crate::app::App;
use crate::clock::Clock;
use crate::db::{Db, migrate};
use crate::routes;
use crate::startup::OpenError;

/// What was computed since the start, so that tests can compare costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Computed {
    /// Password hashes of any format; missing iterations count as part of the hash they complete.
    pub hashes: u64,
    /// Iterations of PBKDF2.
    pub iterations: u64,
}

/// How many password hashes a server computed since its start, and at what cost.
pub fn computed(app: &App) -> Computed {
    let (hashes, iterations) = app.hashing().computed();
    Computed { hashes, iterations }
}

/// Makes the tables of the database with this URL.
///
/// # Errors
/// Those of a start.
pub async fn migrate(url: &str) -> Result<(), OpenError> {
    let db = Db::open(&url.parse()?, 1).await?;
    migrate::run(&db, migrate::Adopt::No, Clock::system().now()).await?;
    db.close().await;
    Ok(())
}

/// How many bytes a request takes while it is answered, beside what it reads and writes.
pub fn size_of_a_request(app: &App) -> usize {
    let answer = routes::service(app.clone()).call(Request::default());
    size_of_val(&*answer)
}

/// Closes every connection to the database.
pub async fn close(app: &App) {
    app.db().close().await;
}

/// How many connections to the database are lent out at this moment.
pub fn connections_in_use(app: &App) -> usize {
    app.db().connections_in_use()
}

/// Whether requests are writing at this moment.
pub fn is_writing(app: &App) -> bool {
    app.db().is_busy()
}

/// Lets the `nth` step of the database from now on fail, once.
#[cfg(debug_assertions)]
pub fn fail_at(app: &App, nth: u32) {
    app.db().fail_at(nth);
}

/// How many steps are left to the failure; 0 once it has happened.
#[cfg(debug_assertions)]
pub fn steps_to_failure(app: &App) -> u32 {
    app.db().steps_to_failure()
}
