//! The table `gatepost_meta`: what all servers of one database must agree on, a line each.

use super::conn::{Conn, Tx};
use super::error::Result;
use super::pool::Db;
use super::statement::sql;

/// What the database knows under this name.
pub(crate) async fn get(conn: &mut Conn<'_>, name: &str) -> Result<Option<String>> {
    let row = sql!(conn, "SELECT value FROM gatepost_meta WHERE name = $1", name => fetch_optional (String,))?;
    Ok(row.map(|(value,)| value))
}

/// Stores a value unless the database has one already; gives what it knows now, whoever was first.
pub(crate) async fn settle(db: &Db, name: &'static str, value: String) -> Result<String> {
    db.write(move |tx| {
        let value = value.clone();
        Box::pin(async move {
            sql!(tx, "INSERT INTO gatepost_meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, value => execute)?;
            let (known,) = sql!(tx, "SELECT value FROM gatepost_meta WHERE name = $1", name => fetch_one (String,))?;
            Ok(known)
        })
    })
    .await
}

/// The number that the database knows under this name.
pub(crate) async fn number(conn: &mut Conn<'_>, name: &str) -> Result<Option<i64>> {
    Ok(get(conn, name).await?.and_then(|known| known.parse().ok()))
}

/// Stores a number where the database knows none or a smaller one; gives what it knows now.
pub(crate) async fn raise(tx: &mut Tx<'_>, name: &str, value: i64) -> Result<i64> {
    let (known,) = sql!(tx, "
        INSERT INTO gatepost_meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE
        SET value = CASE WHEN CAST(gatepost_meta.value AS bigint) < $3 THEN $2 ELSE gatepost_meta.value END RETURNING value",
        name, value.to_string(), value => fetch_one (String,))?;
    Ok(known.parse().unwrap_or(value))
}

/// Stores a value in place of what the database knew.
pub(crate) async fn replace(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<()> {
    sql!(tx, "INSERT INTO gatepost_meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2", name, value => execute)
        .map(drop)
}

/// All names that begin so, with their values.
pub(crate) async fn beginning_with(
    conn: &mut Conn<'_>,
    prefix: &str,
) -> Result<Vec<(String, String)>> {
    sql!(conn, "SELECT name, value FROM gatepost_meta WHERE name LIKE $1 ORDER BY name",
        format!("{prefix}%") => fetch_all (String, String))
}

/// Forgets a value; where one is given, that one alone, for it may be another meanwhile.
pub(crate) async fn remove(tx: &mut Tx<'_>, name: &str, value: Option<&str>) -> Result<()> {
    sql!(tx, "DELETE FROM gatepost_meta WHERE name = $1 AND value = COALESCE($2, value)", name, value => execute).map(drop)
}

/// Writes a quarter of a mebibyte, and removes it: a proof that there is room.
pub(crate) async fn fill(db: &Db) -> Result<()> {
    let filled = db.write_once(|tx| {
        Box::pin(async move {
            sql!(tx, "
                WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 1000)
                INSERT INTO gatepost_meta (name, value) SELECT 'room.' || CAST(i AS text), $1 FROM numbers WHERE true
                ON CONFLICT (name) DO UPDATE SET value = $1", "x".repeat(250) => execute)
        })
    });
    filled.await?;
    let removed = db.write_once(|tx| {
        Box::pin(async move {
            sql!(tx, "DELETE FROM gatepost_meta WHERE name LIKE 'room.%'" => execute)
        })
    });
    removed.await.map(drop)
}
