//! `/-/live` and `/-/ready`, for whatever watches the process. A probe has no line in the log but when it fails.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::app::App;
use crate::db::{self, sql, tables};

pub(crate) const LIVE: &str = "/-/live";
pub(crate) const READY: &str = "/-/ready";

/// How long a read and a write may take together.
const PATIENCE: Duration = Duration::from_secs(3);

/// `GET /-/live`: the process answers.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// `GET /-/ready`: the database answers too, takes writes, and its tables fit; 503 where not, and before the end.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    if app.is_stopping() {
        return unready("the server is stopping");
    }
    let late = |_| Err(("the database does not answer", slow()));
    let judged = timeout(PATIENCE, judge(&app)).await.unwrap_or_else(late);
    match judged {
        Ok(()) => "ready\n".into_response(),
        Err((what, error)) => {
            tracing::warn!(cause = %error, "{what}");
            unready(what)
        }
    }
}

fn unready(what: &str) -> Response {
    let again = [(header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, again, format!("{what}\n")).into_response()
}

/// Why the tables do not fit. The catalogue is looked at only after something was found not to.
async fn misfit(app: &App) -> db::Result<Option<db::Error>> {
    let fitness = app.db().fitness();
    if !fitness.is_in_doubt() {
        return Ok(None);
    }
    let problems = tables::look(app.db()).await?;
    let mut fatal = problems.iter().filter(|problem| problem.is_fatal());
    let why = match fatal.next() {
        Some(problem) => {
            fitness.is_shown();
            problem.to_string()
        }
        None if fitness.recover() => return Ok(None),
        None => "a statement was refused a moment ago, see its line".to_owned(),
    };
    Ok(Some(db::Error::Unfit(why)))
}

async fn judge(app: &App) -> Result<(), (&'static str, db::Error)> {
    let read = app.db().read(|conn| {
        Box::pin(async move {
            sql!(conn, "SELECT value FROM gatepost_meta LIMIT 1" => fetch_optional (String,))
        })
    });
    let unanswered = |error| ("the database does not answer", error);
    app.db().look().map_err(unanswered)?;
    read.await.map_err(unanswered)?;
    if let Some(why) = misfit(app).await.map_err(unanswered)? {
        return Err(("the database's tables do not fit", why));
    }
    let written = app.watermark().prove().await;
    written.map_err(|error| ("the database takes no writes", error))
}

fn slow() -> db::Error {
    db::Error::Busy(format!("it took more than {} s", PATIENCE.as_secs()))
}
