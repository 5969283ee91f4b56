//! The SQL of a user's token sessions, which are chains of refresh tokens, and of tokens that were used twice.

use crate::db::{self, Conn, Dates, Id, Moment, sql};

/// How many sessions are shown at most.
const SHOWN: i64 = 1_000;

/// A chain of which one token can still be used.
pub(super) struct Chain {
    pub(super) id: String,
    /// When its first token was made, or as long ago as is known.
    pub(super) begun: Moment,
    /// None where it has one token alone.
    pub(super) refreshed: Option<Moment>,
    pub(super) expires: Moment,
}

/// A token that was shown again.
pub(super) struct Reuse {
    pub(super) at: Moment,
    pub(super) kind: String,
    /// When its chain began, as far as is known.
    pub(super) begun: Option<Moment>,
}

/// A user's live chains, the newest first; or the one with this id.
pub(super) async fn live(
    conn: &mut Conn<'_>,
    user: Id,
    chain: Option<&str>,
    now: Moment,
    dates: Dates,
) -> db::Result<Vec<Chain>> {
    type Row = (
        String,
        Option<Moment>,
        Moment,
        Option<Moment>,
        Option<Moment>,
        Option<Moment>,
    );
    let rows = sql!(conn, "
        SELECT COALESCE(made.family, token.jti), token.created_at, token.expires_at, made.issued_at, origin.created_at,
            (SELECT MIN(link.issued_at) FROM gatepost_rotation AS link WHERE link.family = made.family)
        FROM token_blacklist_outstandingtoken AS token
        LEFT JOIN token_blacklist_blacklistedtoken AS listed ON listed.token_id = token.id
        LEFT JOIN gatepost_rotation AS next ON next.parent_jti = token.jti
        LEFT JOIN gatepost_rotation AS made ON made.child_jti = token.jti
        LEFT JOIN token_blacklist_outstandingtoken AS origin ON origin.jti = made.family
        WHERE token.user_id = $1 AND token.expires_at > $2 AND listed.id IS NULL AND next.parent_jti IS NULL
            AND ($3 IS NULL OR COALESCE(made.family, token.jti) = $3)
        ORDER BY token.id DESC LIMIT $4",
        user, dates.kept_of_token(now), chain, SHOWN => fetch_all Row)?;
    let chain = |(id, own, expires, refreshed, origin, oldest): Row| {
        // the first token's row goes when it has expired; then the oldest refresh is all that is known
        let first = if refreshed.is_some() { origin } else { own };
        let expires = dates.of_token(expires);
        Chain {
            id,
            begun: first.map(|at| dates.of_token(at)).or(oldest).unwrap_or(now),
            refreshed,
            expires,
        }
    };
    Ok(rows.into_iter().map(chain).collect())
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
