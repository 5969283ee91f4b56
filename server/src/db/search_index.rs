//! Our index on Django's posts by which PostgreSQL finds a text in them, `gatepost_posts_trgm`: of threes of letters, by
//! the extension pg_trgm. Without it a search looks at one post after the other.
//!
//! A small table gets it where its tables are migrated. A large one gets it while it is used, `CONCURRENTLY`: that waits
//! for nobody's writes, takes minutes, may be in no transaction, and leaves an index that is not valid where it breaks off.

use std::fmt;

use super::conn::{Conn, Dialect, Tx};
use super::error::Result;
use super::pool::Db;
use super::query::{Name, Query};
use super::statement::sql;
use super::tables;

/// The table that has it.
const INDEXED: &str = "posts_post";
/// Up to how many posts it is made at once: in well under a second.
const SMALL: i64 = 10_000;

/// How a text is found in posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the index.
    Index,
    /// One post after the other, since the index can't be made for this reason.
    Scan(String),
    /// One post after the other, until the index is made.
    Yet,
}

impl Way {
    /// Where Django may write beside, and there are no triggers, an index of words would miss some.
    pub(crate) fn on_sqlite() -> Self {
        Self::Scan("on SQLite there is no index for that".to_owned())
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => f.write_str("Posts are searched by the index gatepost_posts_trgm."),
            Self::Scan(why) => write!(f, "Posts are searched one by one: {why}."),
            Self::Yet => f.write_str(
                "Posts are searched one by one until the index gatepost_posts_trgm is made: a server makes it beside its work, or run `gatepost-server migrate`.",
            ),
        }
    }
}

/// Whether a search can go by the index, for a text of ASCII or another: in the locale C no other letters are any.
pub(crate) async fn tells(conn: &mut Conn<'_>, is_ascii: bool) -> Result<bool> {
    if found(conn).await? != Some(true) {
        return Ok(false);
    }
    let (knows_letters,) = sql!(conn, postgres: "
        SELECT datctype NOT IN ('C', 'POSIX') FROM pg_database WHERE datname = current_database()" => fetch_one (bool,))?;
    Ok(is_ascii || knows_letters)
}

/// Whether the index that there is can be used.
async fn found(conn: &mut Conn<'_>) -> Result<Option<bool>> {
    let found = sql!(conn, postgres: "
        SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relname = 'gatepost_posts_trgm' AND pg_table_is_visible(indexrelid)" => fetch_optional (bool,))?;
    Ok(found.map(|(is_valid,)| is_valid))
}

/// How a text is found now.
pub(crate) async fn way(conn: &mut Conn<'_>) -> Result<Way> {
    if conn.dialect() == Dialect::Sqlite {
        return Ok(Way::on_sqlite());
    }
    if found(conn).await? == Some(true) {
        return Ok(Way::Index);
    }
    Ok(obstacle(conn).await?.map_or(Way::Yet, Way::Scan))
}

/// Makes the index of a small table, in the transaction that sees to the tables.
pub(super) async fn add_to_small(tx: &mut Tx<'_>) -> Result<()> {
    if found(tx).await?.is_some() || obstacle(tx).await?.is_some() || !is_small(tx).await? {
        return Ok(());
    }
    sql!(tx, "SAVEPOINT search_index" => execute)?;
    match make(tx, "CREATE INDEX ").await {
        Ok(()) => sql!(tx, "RELEASE SAVEPOINT search_index" => execute)?,
        // the tables are good without it
        Err(error) => {
            tracing::warn!(cause = %error, "posts are searched one by one: the index gatepost_posts_trgm could not be made");
            sql!(tx, "ROLLBACK TO SAVEPOINT search_index" => execute)?
        }
    };
    Ok(())
}

/// Makes the index of a large table, and waits for it; the server that came first makes it for all.
///
/// # Errors
/// The database fails.
pub(crate) async fn build(db: &Db) -> Result<Way> {
    let seen = db.read(|conn| Box::pin(way(conn))).await?;
    if seen != Way::Yet {
        return Ok(seen);
    }
    if db.is_pooled() {
        return Ok(Way::Scan(
            "behind PgBouncer an index can't be made beside a large table's use; run `gatepost-server migrate` once without it".to_owned(),
        ));
    }
    db.alone(|conn| {
        Box::pin(async move {
            sql!(conn, "SET statement_timeout = 0" => execute)?;
            sql!(conn, "SET lock_timeout = 0" => execute)?;
            // it goes with the connection; this number is ours alone
            let (is_first,) = sql!(conn, postgres: "SELECT pg_try_advisory_lock(7164836202)" => fetch_one (bool,))?;
            if !is_first {
                return Ok(Way::Yet);
            }
            match found(conn).await? {
                Some(true) => return Ok(Way::Index),
                Some(false) => {
                    sql!(conn, "DROP INDEX CONCURRENTLY gatepost_posts_trgm" => execute)?;
                }
                None => {}
            }
            tracing::info!("making the index gatepost_posts_trgm, which posts are searched by");
            make(conn, "CREATE INDEX CONCURRENTLY ").await?;
            tracing::info!("made the index gatepost_posts_trgm");
            Ok(Way::Index)
        })
    })
    .await
}

async fn make(conn: &mut Conn<'_>, how: &'static str) -> Result<()> {
    if schema(conn).await?.is_none() {
        sql!(conn, "CREATE EXTENSION IF NOT EXISTS pg_trgm" => execute)?;
    }
    let schema = schema(conn).await?.unwrap_or_default();
    let schema = Name::quoted(&schema);
    let mut query = Query::new(how);
    query.push("gatepost_posts_trgm ON posts_post USING gin (UPPER(title) ");
    query.name(&schema).push(".gin_trgm_ops, UPPER(content) ");
    query.name(&schema).push(".gin_trgm_ops)");
    query.execute(conn).await.map(drop)
}

/// The schema that the extension is in.
async fn schema(conn: &mut Conn<'_>) -> Result<Option<String>> {
    let found = sql!(conn, postgres: "
        SELECT CAST(nspname AS text) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm'"
        => fetch_optional (String,))?;
    Ok(found.map(|(schema,)| schema))
}

async fn is_small(conn: &mut Conn<'_>) -> Result<bool> {
    let (count,) = sql!(conn, "SELECT COUNT(*) FROM (SELECT 1 FROM posts_post LIMIT $1) AS few", SMALL => fetch_one (i64,))?;
    Ok(count < SMALL)
}

/// Why the index can't be made, and what helps.
async fn obstacle(conn: &mut Conn<'_>) -> Result<Option<String>> {
    if !tables::owns(conn, INDEXED).await? {
        let role = tables::role(conn).await?;
        return Ok(Some(format!(
            "the role {role} is not the owner of {INDEXED}; let the owner run `gatepost-server migrate`"
        )));
    }
    if schema(conn).await?.is_some() {
        return Ok(None);
    }
    let (is_available, may_create) = sql!(conn, postgres: "
        SELECT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'), has_database_privilege(current_database(), 'CREATE')"
        => fetch_one (bool, bool))?;
    Ok(if !is_available {
        Some(
            "PostgreSQL has no extension pg_trgm; install its package postgresql-contrib"
                .to_owned(),
        )
    } else if !may_create {
        Some("the extension pg_trgm is not there; let a superuser run `CREATE EXTENSION pg_trgm` in this database".to_owned())
    } else {
        None
    })
}
