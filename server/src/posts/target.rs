//! Which post is to be changed, and on which condition.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::post::tag;
use super::rows;
use crate::app::App;
use crate::db::{self, Dates, Id, Tx};
use crate::http::error::Error;
use crate::http::etag::Condition;
use crate::http::path::Pk;

/// The key in the path, and what `If-Match` says.
pub(crate) struct Target {
    pub(super) pk: Pk,
    pub(super) condition: Option<Condition>,
}

impl FromRequestParts<App> for Target {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let pk = Pk::from_request_parts(parts, app).await?;
        let condition = if app.settings().server.extensions {
            Condition::of(&parts.headers, header::IF_MATCH)
        } else {
            None
        };
        // `*` asks for a post that is there, without which nothing is changed anyway
        let condition = condition.filter(|condition| *condition != Condition::Any);
        Ok(Self { pk, condition })
    }
}

/// Whether a post is what the client takes it for; none where it is gone or no longer the author's. It stays so until the
/// transaction ends.
pub(super) async fn is_met(
    tx: &mut Tx<'_>,
    (post, author): (Id, Id),
    condition: &Condition,
    dates: Dates,
) -> db::Result<Option<bool>> {
    let post = rows::locked(tx, post, author).await?;
    Ok(post.map(|post| condition.is_met_by(&tag(&post, dates))))
}

impl Error {
    /// 412: the post is not what `If-Match` names.
    pub(super) fn has_changed() -> Self {
        Self::Detail(
            StatusCode::PRECONDITION_FAILED,
            "This post is not the version that If-Match names: get it again and make the change to what it is now."
                .into(),
        )
    }
}
