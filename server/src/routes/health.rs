//! `/-/live` and `/-/ready`, for whatever watches the process. A probe has no line in the log but when it fails.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::app::App;
use crate::db::{self, sql};

pub(super) const LIVE: &str = "/-/live";
pub(super) const READY: &str = "/-/ready";

/// How long a read and a write may take together.
const PATIENCE: Duration = Duration::from_secs(3);

/// `GET /-/live`: the process answers.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// `GET /-/ready`: the database answers too, and takes writes; 503 where it does not.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let late = |_| Err(("the database does not answer", slow()));
    let judged = timeout(PATIENCE, judge(&app)).await.unwrap_or_else(late);
    match judged {
        Ok(()) => "ready\n".into_response(),
        Err((what, error)) => {
            tracing::warn!(cause = %error, "{what}");
            let again = [(header::RETRY_AFTER, "1")];
            (StatusCode::SERVICE_UNAVAILABLE, again, format!("{what}\n")).into_response()
        }
    }
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
    let written = app.watermark().prove().await;
    written.map_err(|error| ("the database takes no writes", error))
}

fn slow() -> db::Error {
    db::Error::Busy(format!("it took more than {} s", PATIENCE.as_secs()))
}
