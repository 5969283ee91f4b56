//! The SQL of posts' `Idempotency-Key`s.

use crate::db::{self, Id, Moment, Tx, sql};

/// A key that somebody shows.
#[derive(Clone)]
pub(super) struct NewKey {
    pub(super) user: Id,
    pub(super) hash: String,
    /// The hash of what is asked for.
    pub(super) body: String,
    pub(super) at: Moment,
    /// What was kept then or before does not count any more.
    pub(super) forgotten: Moment,
}

/// Takes a key; `false` where it is taken. One that is being taken is waited for.
pub(super) async fn take(tx: &mut Tx<'_>, key: &NewKey) -> db::Result<bool> {
    let taken = sql!(tx, "
        INSERT INTO gatepost_idempotency (user_id, key_hash, body_hash, post_id, created_at) VALUES ($1, $2, $3, 0, $4)
        ON CONFLICT (user_id, key_hash) DO UPDATE SET body_hash = $3, created_at = $4
        WHERE gatepost_idempotency.created_at <= $5",
        key.user, &key.hash, &key.body, key.at, key.forgotten => execute)?;
    Ok(taken == 1)
}

/// Keeps which post was written with a key that was taken.
pub(super) async fn keep(tx: &mut Tx<'_>, key: &NewKey, post: Id) -> db::Result<()> {
    sql!(tx, "UPDATE gatepost_idempotency SET post_id = $3 WHERE user_id = $1 AND key_hash = $2",
        key.user, &key.hash, post => execute)?;
    Ok(())
}

/// The hash of what a key was taken for, and the post.
pub(super) async fn known(tx: &mut Tx<'_>, key: &NewKey) -> db::Result<Option<(String, Id)>> {
    sql!(tx, "SELECT body_hash, post_id FROM gatepost_idempotency WHERE user_id = $1 AND key_hash = $2",
        key.user, &key.hash => fetch_optional (String, Id))
}
