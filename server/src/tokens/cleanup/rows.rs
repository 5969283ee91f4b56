//! Removing rows that nothing needs any more, a chunk a call.

use crate::db::{self, Conn, Dates, Db, Dialect, Id, Moment, Tx, sql};
use crate::tokens::stored::{self, Sliding};

/// How many rows the tables have that grow.
pub(super) async fn counts(db: &Db) -> db::Result<[(&'static str, i64); 5]> {
    let counted = db.read(|conn| {
        Box::pin(async move {
            sql!(conn, "
                SELECT (SELECT COUNT(*) FROM auth_user), (SELECT COUNT(*) FROM posts_post),
                    (SELECT COUNT(*) FROM token_blacklist_outstandingtoken),
                    (SELECT COUNT(*) FROM token_blacklist_blacklistedtoken), (SELECT COUNT(*) FROM gatepost_rotation)"
                => fetch_one (i64, i64, i64, i64, i64))
        })
    });
    let (users, posts, outstanding, blacklisted, rotations) = counted.await?;
    Ok([
        ("users", users),
        ("posts", posts),
        ("outstanding_tokens", outstanding),
        ("blacklisted_tokens", blacklisted),
        ("rotations", rotations),
    ])
}

/// How far the rotations were looked through, in the order of their index.
#[derive(Clone)]
pub(super) struct Place {
    child_exp: Moment,
    parent_jti: String,
}

impl Place {
    /// Before every rotation.
    pub(super) fn start() -> Self {
        Self {
            child_exp: Moment::EPOCH,
            parent_jti: String::new(),
        }
    }
}

/// How far the tokens were looked through, in the order of their index.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Seen {
    expires_at: Moment,
    id: Id,
}

impl Seen {
    /// Before every token.
    pub(super) fn start() -> Self {
        Self {
            expires_at: Moment::EPOCH,
            id: Id(i64::MIN),
        }
    }
}

/// Looks at the next outstanding tokens that the column lets expire by `until`, and removes those which did by their own
/// claim, their blacklist rows first, as Django's `flushexpiredtokens`. The column alone is believed where a token can't
/// be read: Django without `USE_TZ` writes it hours early or late. Gives the next place, none at the end, and how many
/// rows went.
pub(super) async fn tokens(
    tx: &mut Tx<'_>,
    from: Seen,
    until: Moment,
    dates: Dates,
    sliding: &Sliding,
    limit: i64,
) -> db::Result<(Option<Seen>, u64)> {
    let found = sql!(tx, "
        SELECT id, token, expires_at FROM token_blacklist_outstandingtoken
        WHERE (expires_at, id) > ($1, $2) AND expires_at <= $3 ORDER BY expires_at, id LIMIT $4",
        from.expires_at, from.id, dates.kept_of_token(until), limit => fetch_all (Id, String, Moment))?;
    let is_last = i64::try_from(found.len()).is_ok_and(|count| count < limit);
    let next = found.last().filter(|_| !is_last);
    let next = next.map(|(id, _, expires_at)| Seen {
        expires_at: *expires_at,
        id: *id,
    });
    // a date in another form than Django's would be found again and again
    let next = next.filter(|next| *next != from);
    let has_expired = |token: &str, kept| {
        let last = stored::last_expires_at(token, sliding);
        last.unwrap_or_else(|| dates.of_token(kept)) <= until
    };
    let expired = found
        .iter()
        .filter(|(_, token, kept)| has_expired(token, *kept));
    let expired: Vec<Id> = expired.map(|(id, ..)| *id).collect();
    let (Some((last, _, until)), Some(newest)) = (found.last(), expired.iter().max()) else {
        return Ok((next, 0));
    };
    let mut removed = 0;
    if expired.len() == found.len() {
        // nearly always; what another process adds meanwhile has a higher key
        removed += sql!(tx, "
            DELETE FROM token_blacklist_blacklistedtoken WHERE token_id IN
                (SELECT id FROM token_blacklist_outstandingtoken
                WHERE (expires_at, id) > ($1, $2) AND (expires_at, id) <= ($3, $4) AND id <= $5)",
            from.expires_at, from.id, *until, *last, *newest => execute)?;
        // one that another process blacklisted since then goes at the next clean-up
        removed += sql!(tx, "
            DELETE FROM token_blacklist_outstandingtoken
            WHERE (expires_at, id) > ($1, $2) AND (expires_at, id) <= ($3, $4) AND id <= $5
                AND NOT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken AS listed WHERE listed.token_id = token_blacklist_outstandingtoken.id)",
            from.expires_at, from.id, *until, *last, *newest => execute)?;
        return Ok((next, removed));
    }
    for id in expired {
        removed += sql!(tx, "DELETE FROM token_blacklist_blacklistedtoken WHERE token_id = $1", id => execute)?;
        removed += sql!(tx, "
            DELETE FROM token_blacklist_outstandingtoken WHERE id = $1
                AND NOT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken AS listed WHERE listed.token_id = $1)",
            id => execute)?;
    }
    Ok((next, removed))
}

/// Looks at the next rotations whose successor expired by `until` and removes those whose parent did, too: with
/// both gone no answer depends on the row. Gives the next place, none at the end, and how many went.
pub(super) async fn rotations(
    tx: &mut Tx<'_>,
    from: &Place,
    until: Moment,
    limit: i64,
) -> db::Result<(Option<Place>, u64)> {
    // where a lifetime was cut, successors expire before their parents: such rows are passed, not removed
    let last: Option<(Moment, String)> = sql!(tx, "
        SELECT child_exp, parent_jti FROM gatepost_rotation
        WHERE (child_exp, parent_jti) > ($1, $2) AND child_exp <= $3 ORDER BY child_exp, parent_jti LIMIT 1 OFFSET $4",
        from.child_exp, &from.parent_jti, until, limit - 1 => fetch_optional (Moment, String))?;
    let Some((child_exp, parent_jti)) = last else {
        let removed = sql!(tx, "
            DELETE FROM gatepost_rotation WHERE (child_exp, parent_jti) > ($1, $2) AND child_exp <= $3 AND parent_exp <= $3",
            from.child_exp, &from.parent_jti, until => execute)?;
        return Ok((None, removed));
    };
    let removed = sql!(tx, "
        DELETE FROM gatepost_rotation
        WHERE (child_exp, parent_jti) > ($1, $2) AND (child_exp, parent_jti) <= ($3, $4) AND parent_exp <= $5",
        from.child_exp, &from.parent_jti, child_exp, &parent_jti, until => execute)?;
    Ok((
        Some(Place {
            child_exp,
            parent_jti,
        }),
        removed,
    ))
}

/// Removes what is known of posts' `Idempotency-Key`s since before `until`.
pub(super) async fn post_keys(tx: &mut Tx<'_>, until: Moment, limit: i64) -> db::Result<u64> {
    sql!(tx, "
        DELETE FROM gatepost_idempotency WHERE (user_id, key_hash) IN
            (SELECT user_id, key_hash FROM gatepost_idempotency WHERE created_at <= $1 ORDER BY created_at LIMIT $2)",
        until, limit => execute)
}

/// Removes buckets that are full again: one without a row is full. One that was taken from meanwhile stays.
pub(super) async fn buckets(tx: &mut Tx<'_>, until: Moment, limit: i64) -> db::Result<u64> {
    sql!(tx, "
        DELETE FROM gatepost_throttle WHERE full_at <= $1 AND bucket IN
            (SELECT bucket FROM gatepost_throttle WHERE full_at <= $1 LIMIT $2)",
        until.micros(), limit => execute)
}

/// Removes from where users have logged in, but not since `until`.
pub(super) async fn logins(tx: &mut Tx<'_>, until: Moment, limit: i64) -> db::Result<u64> {
    sql!(tx, "
        DELETE FROM gatepost_login WHERE at <= $1 AND (user_id, address) IN
            (SELECT user_id, address FROM gatepost_login WHERE at <= $1 ORDER BY at LIMIT $2)",
        until, limit => execute)
}

/// Removes what was noted until `until`. Keys grow with time, so that the oldest are found without an index of their own;
/// where a clock was ahead for a while, what it noted keeps later rows until it is old itself.
pub(super) async fn events(tx: &mut Tx<'_>, until: Moment, limit: i64) -> db::Result<u64> {
    sql!(tx, "
        DELETE FROM gatepost_event WHERE at <= $1 AND id IN (SELECT id FROM gatepost_event ORDER BY id LIMIT $2)",
        until, limit => execute)
}

/// Looks at what is kept of sessions that were there for sure until `until` at the latest: of those that were refreshed it
/// moves the moment on, the others it removes. How many of both.
pub(super) async fn kept_of_sessions(
    tx: &mut Tx<'_>,
    until: Moment,
    limit: i64,
) -> db::Result<(u64, u64)> {
    let lives_on = sql!(tx, "
        UPDATE gatepost_session SET until = (SELECT MAX(link.child_exp) FROM gatepost_rotation AS link WHERE link.family = gatepost_session.family)
        WHERE family IN (SELECT family FROM gatepost_session WHERE until <= $1 ORDER BY until LIMIT $2)
            AND EXISTS (SELECT 1 FROM gatepost_rotation AS link WHERE link.family = gatepost_session.family AND link.child_exp > $1)",
        until, limit => execute)?;
    let removed = sql!(tx, "
        DELETE FROM gatepost_session WHERE until <= $1
            AND family IN (SELECT family FROM gatepost_session WHERE until <= $1 ORDER BY until LIMIT $2)
            AND NOT EXISTS (SELECT 1 FROM gatepost_rotation AS link WHERE link.family = gatepost_session.family AND link.child_exp > $1)",
        until, limit => execute)?;
    Ok((lives_on, removed))
}

/// Whether there are sessions of the admin here, and this role may remove them.
pub(super) async fn has_sessions(conn: &mut Conn<'_>) -> db::Result<bool> {
    let column = db::tables::has_column(conn, "django_session", "expire_date");
    let has_them = column.await?.unwrap_or(false);
    if !has_them || conn.dialect() == Dialect::Sqlite {
        return Ok(has_them);
    }
    let (may_remove,) = sql!(conn,
        postgres: "SELECT has_table_privilege('django_session', 'SELECT') AND has_table_privilege('django_session', 'DELETE')"
        => fetch_one (bool,))?;
    Ok(may_remove)
}

/// Removes sessions of the admin that had expired by `until`.
pub(super) async fn sessions(tx: &mut Tx<'_>, until: Moment, limit: i64) -> db::Result<u64> {
    sql!(tx, "
        DELETE FROM django_session WHERE session_key IN
            (SELECT session_key FROM django_session WHERE expire_date < $1 ORDER BY expire_date LIMIT $2)",
        until, limit => execute)
}
