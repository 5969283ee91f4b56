//! The SQL of tokens that were used twice.

use crate::db::{self, Conn, Dates, Id, Moment, sql};

/// A token that was shown again.
pub(super) struct Reuse {
    pub(super) at: Moment,
    pub(super) kind: String,
    /// When its chain began, as far as is known.
    pub(super) begun: Option<Moment>,
}

/// The tokens of a user that were shown again, the newest first.
pub(super) async fn reuse(conn: &mut Conn<'_>, user: Id, dates: Dates) -> db::Result<Vec<Reuse>> {
    type Row = (Moment, String, Option<Moment>, Option<Moment>);
    let rows = sql!(conn, "
        SELECT event.at, event.kind, origin.created_at,
            (SELECT MIN(link.issued_at) FROM gatepost_rotation AS link WHERE link.family = event.family)
        FROM gatepost_event AS event LEFT JOIN token_blacklist_outstandingtoken AS origin ON origin.jti = event.family
        WHERE event.user_id = $1 AND event.kind IN ('reuse', 'late-replay') ORDER BY event.at DESC, event.id DESC LIMIT 100",
        user => fetch_all Row)?;
    let reuse = |(at, kind, origin, oldest): Row| Reuse {
        at,
        kind,
        begun: origin.map(|at| dates.of_token(at)).or(oldest),
    };
    Ok(rows.into_iter().map(reuse).collect())
}
