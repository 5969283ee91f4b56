//! Removing rows that nothing needs any more, a chunk a call.

use crate::db::{self, Moment, Tx, sql};

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

/// Removes outstanding tokens that expired by `until`, and their blacklist rows first, as Django's
/// `flushexpiredtokens`; gives how many of each went.
pub(super) async fn tokens(tx: &mut Tx<'_>, until: Moment, limit: i64) -> db::Result<(u64, u64)> {
    let listed = sql!(tx, "
        DELETE FROM token_blacklist_blacklistedtoken WHERE token_id IN
            (SELECT id FROM token_blacklist_outstandingtoken WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        until, limit => execute)?;
    // one that another process blacklisted since then goes at the next call
    let tokens = sql!(tx, "
        DELETE FROM token_blacklist_outstandingtoken WHERE id IN
            (SELECT id FROM token_blacklist_outstandingtoken WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
            AND NOT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken AS listed WHERE listed.token_id = token_blacklist_outstandingtoken.id)",
        until, limit => execute)?;
    Ok((listed, tokens))
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
