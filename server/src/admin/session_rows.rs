//! The SQL of sessions.

use crate::db::{self, Conn, Moment, Tx, sql};

/// What is kept under a key, as long as it has not run out.
pub(super) async fn data(
    conn: &mut Conn<'_>,
    key: &str,
    now: Moment,
) -> db::Result<Option<String>> {
    let row = sql!(conn, "SELECT session_data FROM django_session WHERE session_key = $1 AND expire_date > $2",
        key, now => fetch_optional (String,))?;
    Ok(row.map(|(data,)| data))
}

/// Adds a session.
pub(super) async fn add(tx: &mut Tx<'_>, key: &str, data: &str, until: Moment) -> db::Result<()> {
    sql!(tx, "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ($1, $2, $3)",
        key, data, until => execute)?;
    Ok(())
}

/// Removes a session.
pub(super) async fn remove(tx: &mut Tx<'_>, key: &str) -> db::Result<()> {
    sql!(tx, "DELETE FROM django_session WHERE session_key = $1", key => execute)?;
    Ok(())
}
