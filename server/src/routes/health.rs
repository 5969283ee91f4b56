//! `/-/live` and `/-/ready`, for whatever watches the process. A probe has no line in the log but when it fails.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::db::{self, sql};

pub(super) const LIVE: &str = "/-/live";
pub(super) const READY: &str = "/-/ready";

/// `GET /-/live`: the process answers.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// `GET /-/ready`: the database answers too; 503 where it does not.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    match answers(&app).await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(cause = %error, "the database does not answer");
            let again = [(header::RETRY_AFTER, "1")];
            (
                StatusCode::SERVICE_UNAVAILABLE,
                again,
                "the database does not answer\n",
            )
                .into_response()
        }
    }
}

async fn answers(app: &App) -> db::Result<()> {
    let answer = app.db().read(|conn| {
        Box::pin(async move {
            sql!(conn, "SELECT value FROM gatepost_meta LIMIT 1" => fetch_optional (String,))
        })
    });
    answer.await.map(drop)
}
