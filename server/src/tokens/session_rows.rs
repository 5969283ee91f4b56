//! The SQL of a user's sessions, which are chains of refresh tokens: those that are alive, what is known of one, their end.

use super::alive::Alive;
use super::backend::NewRefreshToken;
use super::rows::{Outstanding, add_outstanding, revoke_chain};
use crate::db::{self, Conn, Id, Moment, Tx, columns, sql};

/// How many sessions are listed at most.
const LISTED: i64 = 1_000;

/// A chain of which one token can still be used.
pub(crate) struct Chain {
    pub(crate) id: String,
    /// What logged in; empty where nobody has noted it.
    pub(crate) label: String,
    /// When its first token was made, or as long ago as is known.
    pub(crate) begun: Moment,
    /// None where it has one token alone.
    pub(crate) refreshed: Option<Moment>,
    /// Until when it lives if nobody refreshes it; for a sliding token until when at the latest.
    pub(crate) expires: Moment,
}

/// A chain's newest token.
struct Found {
    id: String,
    text: String,
    own: Option<Moment>,
    expires: Moment,
    refreshed: Option<Moment>,
    origin: Option<Moment>,
    oldest: Option<Moment>,
    label: Option<String>,
    begun: Option<Moment>,
}

columns!(Found: id, text, own, expires, refreshed, origin, oldest, label, begun);

/// A user's live chains, the one that was used last first; or the one with this id.
pub(crate) async fn live(
    conn: &mut Conn<'_>,
    user: Id,
    chain: Option<&str>,
    alive: &Alive,
) -> db::Result<Vec<Chain>> {
    let rows = sql!(conn, "
        SELECT COALESCE(made.family, token.jti) AS id, token.token AS text, token.created_at AS own, token.expires_at AS expires,
            made.issued_at AS refreshed, origin.created_at AS origin,
            CASE WHEN session.begun IS NULL AND origin.created_at IS NULL
                THEN (SELECT MIN(link.issued_at) FROM gatepost_rotation AS link WHERE link.family = made.family) END AS oldest,
            session.label, session.begun
        FROM token_blacklist_outstandingtoken AS token
        LEFT JOIN token_blacklist_blacklistedtoken AS listed ON listed.token_id = token.id
        LEFT JOIN gatepost_rotation AS next ON next.parent_jti = token.jti
        LEFT JOIN gatepost_rotation AS made ON made.child_jti = token.jti
        LEFT JOIN token_blacklist_outstandingtoken AS origin ON origin.jti = made.family
        LEFT JOIN gatepost_session AS session ON session.family = COALESCE(made.family, token.jti)
        WHERE token.user_id = $1 AND token.expires_at > $2 AND listed.id IS NULL AND next.parent_jti IS NULL
            AND ($3 IS NULL OR COALESCE(made.family, token.jti) = $3)
        ORDER BY token.id DESC LIMIT $4",
        user, alive.since(), chain, LISTED => fetch_all Found)?;
    let chains = rows.into_iter().map(|row| {
        // the first token's row goes when it has expired; then the oldest refresh is all that is known
        let first = if row.refreshed.is_some() {
            row.origin
        } else {
            row.own
        };
        let first = first.map(|at| alive.dates().of_token(at));
        Chain {
            id: row.id,
            label: row.label.unwrap_or_default(),
            begun: row.begun.or(first).or(row.oldest).unwrap_or(alive.now()),
            refreshed: row.refreshed,
            expires: alive.end(&row.text, row.expires),
        }
    });
    Ok(chains.filter(|chain| chain.expires > alive.now()).collect())
}

/// The id of a user's chain that is the wanted one, of all that may be alive.
pub(crate) async fn find(
    conn: &mut Conn<'_>,
    user: Id,
    alive: &Alive,
    is_wanted: impl Fn(&str) -> bool + Send,
) -> db::Result<Option<String>> {
    let mut below = Id(i64::MAX);
    loop {
        let tokens = sql!(conn, "
            SELECT token.id, COALESCE(made.family, token.jti) FROM token_blacklist_outstandingtoken AS token
            LEFT JOIN token_blacklist_blacklistedtoken AS listed ON listed.token_id = token.id
            LEFT JOIN gatepost_rotation AS made ON made.child_jti = token.jti
            WHERE token.user_id = $1 AND token.expires_at > $2 AND listed.id IS NULL AND token.id < $3
            ORDER BY token.id DESC LIMIT $4",
            user, alive.since(), below, LISTED => fetch_all (Id, String))?;
        let Some((last, _)) = tokens.last() else {
            return Ok(None);
        };
        below = *last;
        let found = tokens.into_iter().find(|(_, chain)| is_wanted(chain));
        if let Some((_, chain)) = found {
            return Ok(Some(chain));
        }
    }
}

/// Ends a chain that may have one token alone, whose id is the chain's: where a rotation takes it meanwhile, its successor
/// is a link.
pub(crate) async fn end_chain(tx: &mut Tx<'_>, chain: &str, alive: &Alive) -> db::Result<()> {
    let at = alive.listed_at();
    sql!(tx, "
        INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
        SELECT id, $2 FROM token_blacklist_outstandingtoken WHERE jti = $1 ON CONFLICT (token_id) DO NOTHING",
        chain, at => execute)?;
    revoke_chain(tx, chain, at).await
}

/// The tokens of the user `$1` that can still be used, since their column `expires_at` is above `$2`, but those of the chain
/// `$3`.
macro_rules! live_tokens {
    () => {
        "FROM token_blacklist_outstandingtoken AS token
        LEFT JOIN token_blacklist_blacklistedtoken AS listed ON listed.token_id = token.id
        LEFT JOIN gatepost_rotation AS made ON made.child_jti = token.jti
        WHERE token.user_id = $1 AND token.expires_at > $2 AND listed.id IS NULL
            AND ($3 IS NULL OR COALESCE(made.family, token.jti) <> $3)"
    };
}

/// Ends the sessions of a user, all but that of the chain `kept`: blacklists each refresh token, and again what a rotation
/// has made meanwhile, until none is left.
pub(crate) async fn end_sessions(
    tx: &mut Tx<'_>,
    user: Id,
    kept: Option<&str>,
    alive: &Alive,
) -> db::Result<()> {
    let (since, at) = (alive.since(), alive.listed_at());
    loop {
        sql!(tx, concat!("
            INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
            SELECT token.id, $4 ", live_tokens!(), " ON CONFLICT (token_id) DO NOTHING"),
            user, since, kept, at => execute)?;
        // where a rotation took one meanwhile, this look tells
        let live = sql!(tx, concat!("SELECT token.id ", live_tokens!(), " LIMIT 1"),
            user, since, kept => fetch_optional (Id,))?;
        if live.is_none() {
            return Ok(());
        }
    }
}

/// What is kept of a login beside its token.
#[derive(Clone)]
pub(super) struct NewSession {
    pub(super) label: String,
    pub(super) begun: Moment,
    /// Until when it is there even if nobody refreshes it.
    pub(super) until: Moment,
}

impl NewSession {
    /// That of a token that was just made.
    pub(super) fn of(token: &NewRefreshToken, label: &str, alive: &Alive) -> Self {
        Self {
            label: label.to_owned(),
            begun: alive.now(),
            until: alive.longest(token.expires_at),
        }
    }
}

/// Keeps it, under the id of the login's token.
pub(super) async fn note(tx: &mut Tx<'_>, chain: &str, session: &NewSession) -> db::Result<()> {
    sql!(tx, "INSERT INTO gatepost_session (family, label, begun, until) VALUES ($1, $2, $3, $4)",
        chain, &session.label, session.begun, session.until => execute)?;
    Ok(())
}

/// Begins a session; `false` where its user is gone.
pub(super) async fn begin(
    tx: &mut Tx<'_>,
    token: &Outstanding,
    session: &NewSession,
) -> db::Result<bool> {
    if !add_outstanding(tx, token).await? {
        return Ok(false);
    }
    note(tx, &token.jti, session).await?;
    Ok(true)
}

/// Forgets what is kept of a user: his sessions, from where he has logged in, and the keys of his posts.
pub(crate) async fn forget(tx: &mut Tx<'_>, user: Id) -> db::Result<()> {
    sql!(tx, "
        DELETE FROM gatepost_session WHERE family IN (
            SELECT COALESCE(made.family, token.jti) FROM token_blacklist_outstandingtoken AS token
            LEFT JOIN gatepost_rotation AS made ON made.child_jti = token.jti WHERE token.user_id = $1)",
        user => execute)?;
    sql!(tx, "DELETE FROM gatepost_login WHERE user_id = $1", user => execute)?;
    sql!(tx, "DELETE FROM gatepost_idempotency WHERE user_id = $1", user => execute)?;
    Ok(())
}
