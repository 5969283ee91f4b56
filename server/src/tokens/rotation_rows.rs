//! The SQL by which a token is taken: logged out, or rotated to its successor.

use super::rows::{Outstanding, add_outstanding, blacklist};
use crate::db::{self, Db, Dialect, Id, Moment, Tx, sql};

/// A presented token, to be taken.
#[derive(Clone)]
pub(super) enum Own {
    /// The key of its row.
    Known(Id),
    /// The row of one that the database never saw: Django's `get_or_create` adds it.
    Unknown(Outstanding),
}

/// Blacklists a presented token, in one transaction; `false` where it is already, or where its row is gone since.
pub(super) async fn log_out(db: &Db, own: Own, at: Moment) -> db::Result<bool> {
    match own {
        Own::Known(id) => {
            let taken = db.write_once(move |tx| Box::pin(blacklist(tx, id, at)));
            taken.await
        }
        Own::Unknown(_) => {
            let taken = db.write(move |tx| {
                let own = own.clone();
                Box::pin(async move { take(tx, &own, at).await })
            });
            taken.await
        }
    }
}

/// Blacklists a presented token; `false` where it is already, or where its row is gone since.
async fn take(tx: &mut Tx<'_>, own: &Own, at: Moment) -> db::Result<bool> {
    let id = match own {
        Own::Known(id) => *id,
        Own::Unknown(row) => outstanding_id(tx, row).await?,
    };
    blacklist(tx, id, at).await
}

async fn outstanding_id(tx: &mut Tx<'_>, token: &Outstanding) -> db::Result<Id> {
    loop {
        let found = sql!(tx, "SELECT id FROM token_blacklist_outstandingtoken WHERE jti = $1", &token.jti => fetch_optional (Id,))?;
        if let Some((id,)) = found {
            return Ok(id);
        }
        let added = sql!(tx, "INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at)
            VALUES ($1, $2, (SELECT id FROM auth_user WHERE id = $3), $4, $5) ON CONFLICT (jti) DO NOTHING RETURNING id",
            &token.jti, &token.text, token.user, token.created_at, token.expires_at => fetch_optional (Id,))?;
        if let Some((id,)) = added {
            return Ok(id);
        }
    }
}

/// A rotation on its way into the database.
#[derive(Clone)]
pub(super) struct NewRotation {
    pub(super) own: Own,
    pub(super) parent_jti: String,
    pub(super) parent_exp: Moment,
    pub(super) chain: String,
    pub(super) generation: i64,
    pub(super) key_hash: Option<String>,
    pub(super) child: Outstanding,
    pub(super) child_exp: Moment,
    pub(super) issued_at: Moment,
    /// The same as Django keeps dates.
    pub(super) listed_at: Moment,
}

/// What came of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rotated {
    /// The token is taken, and its successor known.
    Now,
    /// It was taken before; nothing is written.
    Before,
    /// The user is gone; nothing is written.
    ByNobody,
}

/// Takes a token and records its successor, in one transaction; on PostgreSQL in one round trip.
pub(super) async fn rotate(db: &Db, new: NewRotation) -> db::Result<Rotated> {
    let rotated = match new.own {
        Own::Known(parent) if db.dialect() == Dialect::Postgres => {
            let rotated = db.write_once(move |tx| {
                let new = new.clone();
                Box::pin(async move { rotate_once(tx, parent, &new).await })
            });
            return rotated.await;
        }
        _ => db.write(move |tx| {
            let new = new.clone();
            Box::pin(async move { rotate_with(tx, &new).await })
        }),
    };
    rotated.await
}

async fn rotate_with(tx: &mut Tx<'_>, new: &NewRotation) -> db::Result<Rotated> {
    if !take(tx, &new.own, new.listed_at).await? || !add_rotation(tx, new).await? {
        return Ok(Rotated::Before);
    }
    if !add_outstanding(tx, &new.child).await? {
        tx.abandon(); // no successor, so nothing is taken either
        return Ok(Rotated::ByNobody);
    }
    Ok(Rotated::Now)
}

/// The same for a token whose row is known, as one statement of PostgreSQL's.
async fn rotate_once(tx: &mut Tx<'_>, parent: Id, new: &NewRotation) -> db::Result<Rotated> {
    let child = &new.child;
    let (has_user, is_added) = sql!(tx, "
        WITH holder AS (SELECT 1 WHERE $6 IS NULL OR EXISTS (SELECT 1 FROM auth_user WHERE id = $6)),
        taken AS (
            INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
            SELECT id, $8 FROM token_blacklist_outstandingtoken, holder WHERE id = $1 ON CONFLICT (token_id) DO NOTHING RETURNING 1
        ), rotated AS (
            INSERT INTO gatepost_rotation (parent_jti, child_jti, family, generation, user_id, key_hash, issued_at, parent_exp, child_exp)
            SELECT $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM taken ON CONFLICT DO NOTHING RETURNING 1
        ), added AS (
            INSERT INTO token_blacklist_outstandingtoken (jti, token, user_id, created_at, expires_at)
            SELECT $3, $11, $6, $12, $13 FROM rotated RETURNING 1
        )
        SELECT EXISTS (SELECT 1 FROM holder), EXISTS (SELECT 1 FROM added)",
        parent, &new.parent_jti, &child.jti, &new.chain, new.generation, child.user, new.key_hash.as_deref(), new.issued_at, new.parent_exp, new.child_exp, &child.text, child.created_at, child.expires_at => fetch_one (bool, bool))?;
    Ok(match (has_user, is_added) {
        (_, true) => Rotated::Now,
        (true, false) => Rotated::Before,
        (false, false) => Rotated::ByNobody,
    })
}

/// Records that a token was rotated; `false` where it was rotated before.
async fn add_rotation(tx: &mut Tx<'_>, new: &NewRotation) -> db::Result<bool> {
    let child = &new.child;
    let added = sql!(tx, "
        INSERT INTO gatepost_rotation (parent_jti, child_jti, family, generation, user_id, key_hash, issued_at, parent_exp, child_exp)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        &new.parent_jti, &child.jti, &new.chain, new.generation, child.user, new.key_hash.as_deref(), new.issued_at, new.parent_exp, new.child_exp => execute)?;
    Ok(added == 1)
}
