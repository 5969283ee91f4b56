//! The SQL by which a user is removed, with all that Django's admin removes along: rights, groups, history and posts. Refresh
//! tokens stay until they expire, ended and nobody's.

use secrecy::ExposeSecret;

use crate::accounts::rows::Login;
use crate::db::{self, Id, Name, Query, Tx, sql, tables};
use crate::tokens::{Alive, end_sessions, forget};

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Removed {
    Now,
    /// Nobody else could give anybody rights.
    LastSuperuser,
    /// The account is not the one any more whose password was compared, or it is gone.
    Not,
}

/// Removes a user whose password was compared.
pub(super) async fn remove(tx: &mut Tx<'_>, login: &Login, alive: &Alive) -> db::Result<Removed> {
    let id = login.id;
    if is_last_superuser(tx, id).await? {
        return Ok(Removed::LastSuperuser);
    }
    // a login under way comes before this, and its session is found, or after it, and finds no account
    let locked = sql!(tx, "UPDATE auth_user SET password = password WHERE id = $1 AND password = $2",
        id, login.password.expose_secret() => execute)?;
    if locked != 1 {
        return Ok(Removed::Not);
    }
    end_sessions(tx, id, None, alive).await?;
    forget(tx, id).await?;
    for step in along(tx, id).await? {
        step.execute(tx).await?;
    }
    sql!(tx, "DELETE FROM posts_post WHERE author_id = $1", id => execute)?;
    sql!(tx, "UPDATE token_blacklist_outstandingtoken SET user_id = NULL WHERE user_id = $1", id => execute)?;
    sql!(tx, "DELETE FROM auth_user WHERE id = $1", id => execute)?;
    Ok(Removed::Now)
}

async fn is_last_superuser(tx: &mut Tx<'_>, id: Id) -> db::Result<bool> {
    let own = sql!(tx, "SELECT is_superuser = TRUE FROM auth_user WHERE id = $1", id => fetch_optional (bool,))?;
    if own != Some((true,)) {
        return Ok(false);
    }
    // changes nothing, but of two who go at once the second waits here for the first
    let count = sql!(tx, "UPDATE auth_user SET is_superuser = is_superuser WHERE is_superuser = TRUE AND (is_active = TRUE OR id = $1)",
        id => execute)?;
    Ok(count == 1)
}

/// What removes a user's groups, rights and history at the admin, as far as this database has such tables.
async fn along(tx: &mut Tx<'_>, id: Id) -> db::Result<Vec<Query>> {
    let users = tx.users().name();
    let known = tables::all(tx).await?;
    let mut steps = Vec::new();
    let between = ["groups", "user_permissions"].map(|end| (format!("{users}_{end}"), None));
    let history = ("django_admin_log".to_owned(), Some("user_id"));
    for (table, column) in between.into_iter().chain([history]) {
        let Some(columns) = known.get(&table) else {
            continue;
        };
        // between users and something else is a column for each
        let is_users = |name: &&String| {
            column.map_or_else(
                || !["id", "group_id", "permission_id"].contains(&name.as_str()),
                |column| name.as_str() == column,
            )
        };
        let Some(column) = columns.iter().find(is_users) else {
            continue;
        };
        let mut step = Query::new("DELETE FROM ");
        step.name(&Name::quoted(&table)).push(" WHERE ");
        step.name(&Name::quoted(column)).push(" = ").value(id);
        steps.push(step);
    }
    Ok(steps)
}
