//! `/-/live` and `/-/ready`, for whatever watches the process. A probe has no line in the log but when it fails.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::db::tables::{self, Problem};
use crate::db::{self, sql};

pub(super) const LIVE: &str = "/-/live";
pub(super) const READY: &str = "/-/ready";

/// `GET /-/live`: the process answers.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// `GET /-/ready`: the database answers too, and its tables fit; 503 where not.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let why = match fits(&app).await {
        Ok(true) => match answers(&app).await {
            Ok(()) => return "ready\n".into_response(),
            Err(error) => does_not_answer(&error),
        },
        Ok(false) => {
            "the database's tables do not fit; the log and `gatepost-server migrate` say what to do\n"
        }
        Err(error) => does_not_answer(&error),
    };
    let again = [(header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, again, why).into_response()
}

fn does_not_answer(error: &db::Error) -> &'static str {
    tracing::warn!(cause = %error, "the database does not answer");
    "the database does not answer\n"
}

/// Whether the tables fit. The catalogue is looked at only after something was found not to.
async fn fits(app: &App) -> db::Result<bool> {
    let fitness = app.db().fitness();
    if !fitness.is_in_doubt() {
        return Ok(true);
    }
    let problems = tables::look(app.db()).await?;
    for problem in &problems {
        tracing::warn!("{problem}");
    }
    Ok(!problems.iter().any(Problem::is_fatal) && fitness.recover())
}

async fn answers(app: &App) -> db::Result<()> {
    let answer = app.db().read(|conn| {
        Box::pin(async move {
            sql!(conn, "SELECT value FROM gatepost_meta LIMIT 1" => fetch_optional (String,))
        })
    });
    answer.await.map(drop)
}
