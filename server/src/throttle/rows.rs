//! The SQL of throttling: taking tokens, giving them back, and from where a user logs in.

use super::bucket::Bucket;
use crate::db::{self, Conn, Db, Dialect, Id, Moment, Tx, sql};

/// Takes a token of a bucket that has a row: from now on, or from when it is full. One that is full more than five
/// minutes after it could be was written by a clock that has been set back since, or under another limit: it begins anew.
macro_rules! or_take {
    ($now:literal, $token:literal, $brim:literal) => {
        concat!(
            " ON CONFLICT (bucket) DO UPDATE SET full_at = ",
            $token,
            " + CASE
                WHEN held.full_at BETWEEN ",
            $now,
            " AND ",
            $brim,
            " + 300000000 THEN held.full_at ELSE ",
            $now,
            " END
            WHERE held.full_at + ",
            $token,
            " <= ",
            $brim,
            " OR held.full_at > ",
            $brim,
            " + 300000000"
        )
    };
}

/// Takes a token of each bucket, two at most, or of none. Where one has none left, gives it and when it is full.
pub(super) async fn take(
    db: &Db,
    buckets: Vec<Bucket>,
    now: i64,
) -> db::Result<Option<(Bucket, i64)>> {
    let empty = match (db.dialect(), &buckets[..]) {
        (Dialect::Postgres, [first, second]) => take_both(db, first, second, now).await?,
        (Dialect::Postgres, _) => take_first(db, buckets, now).await?,
        (Dialect::Sqlite, _) => take_each(db, buckets, now).await?,
    };
    let Some(empty) = empty else {
        return Ok(None);
    };
    let name = empty.name().to_owned();
    let full_at = db.read(|conn| Box::pin(async move { full_at(conn, &name).await }));
    // it may have been filled meanwhile
    Ok(Some((empty, full_at.await?.unwrap_or(now))))
}

/// One after the other; gives the first that has none.
async fn take_each(db: &Db, buckets: Vec<Bucket>, now: i64) -> db::Result<Option<Bucket>> {
    let empty = db.write(move |tx| {
        let buckets = buckets.clone();
        Box::pin(async move {
            for bucket in buckets {
                if !take_one(tx, &bucket, now).await? {
                    tx.abandon();
                    return Ok(Some(bucket));
                }
            }
            Ok(None)
        })
    });
    empty.await
}

/// One alone, in one round trip.
async fn take_first(db: &Db, buckets: Vec<Bucket>, now: i64) -> db::Result<Option<Bucket>> {
    let Some(bucket) = buckets.into_iter().next() else {
        return Ok(None);
    };
    let of = bucket.clone();
    let is_taken = db.write_once(move |tx| {
        let bucket = of.clone();
        Box::pin(async move { take_one(tx, &bucket, now).await })
    });
    Ok((!is_taken.await?).then_some(bucket))
}

/// Both in one round trip of PostgreSQL's.
async fn take_both(
    db: &Db,
    first: &Bucket,
    second: &Bucket,
    now: i64,
) -> db::Result<Option<Bucket>> {
    let both = (first.clone(), second.clone());
    let taken = db.write_once(move |tx| {
        let (first, second) = both.clone();
        Box::pin(async move { take_two(tx, &first, &second, now).await })
    });
    match taken.await? {
        (_, true) => Ok(None),
        (false, false) => Ok(Some(first.clone())),
        (true, false) => {
            let first = first.clone();
            let given = db.write_once(move |tx| {
                let first = first.clone();
                Box::pin(async move { give_back(tx, &first).await })
            });
            given.await?;
            Ok(Some(second.clone()))
        }
    }
}

async fn take_one(tx: &mut Tx<'_>, bucket: &Bucket, now: i64) -> db::Result<bool> {
    let taken = sql!(tx, concat!("
        INSERT INTO gatepost_throttle AS held (bucket, full_at) VALUES ($1, $2 + $3)", or_take!("$2", "$3", "$4")),
        bucket.name(), now, bucket.token(), bucket.brim(now) => execute)?;
    Ok(taken == 1)
}

/// The second only where the first had one; which of them had.
async fn take_two(
    tx: &mut Tx<'_>,
    first: &Bucket,
    second: &Bucket,
    now: i64,
) -> db::Result<(bool, bool)> {
    sql!(tx, concat!("
        WITH first AS (
            INSERT INTO gatepost_throttle AS held (bucket, full_at) VALUES ($1, $2 + $3)", or_take!("$2", "$3", "$4"), " RETURNING 1
        ), second AS (
            INSERT INTO gatepost_throttle AS held (bucket, full_at) SELECT $5, $2 + $6 FROM first", or_take!("$2", "$6", "$7"), " RETURNING 1
        )
        SELECT EXISTS (SELECT 1 FROM first), EXISTS (SELECT 1 FROM second)"),
        first.name(), now, first.token(), first.brim(now), second.name(), second.token(), second.brim(now) => fetch_one (bool, bool))
}

/// Gives a token back.
pub(crate) async fn give_back(tx: &mut Tx<'_>, bucket: &Bucket) -> db::Result<()> {
    sql!(tx, "UPDATE gatepost_throttle SET full_at = full_at - $2 WHERE bucket = $1",
        bucket.name(), bucket.token() => execute)?;
    Ok(())
}

async fn full_at(conn: &mut Conn<'_>, name: &str) -> db::Result<Option<i64>> {
    let row = sql!(conn, "SELECT full_at FROM gatepost_throttle WHERE bucket = $1", name => fetch_optional (i64,))?;
    Ok(row.map(|(full_at,)| full_at))
}

/// From where somebody logs in, and when.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) address: String,
    pub(crate) at: Moment,
}

/// Notes from where a user has logged in.
pub(crate) async fn note_login(tx: &mut Tx<'_>, user: Id, seen: &Seen) -> db::Result<()> {
    sql!(tx, "
        INSERT INTO gatepost_login (user_id, address, at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id, address) DO UPDATE SET at = $3",
        user, &seen.address, seen.at => execute)?;
    Ok(())
}
