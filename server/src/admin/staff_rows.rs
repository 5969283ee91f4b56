//! The SQL of people and their rights.

use std::collections::HashSet;

use super::staff::{Account, Staff};
use super::tables::Tables;
use crate::db::{self, Conn, Id, Query, columns, sql};

struct Row {
    id: Id,
    username: String,
    email: String,
    first_name: String,
    password: String,
    is_active: bool,
    is_staff: bool,
    is_superuser: bool,
}

columns!(Row: id, username, email, first_name, password, is_active, is_staff, is_superuser);

/// The account of a key.
pub(super) async fn account(conn: &mut Conn<'_>, id: Id) -> db::Result<Option<Account>> {
    let row = sql!(conn, "
        SELECT id, username, email, first_name, password, is_active = TRUE AS is_active, is_staff = TRUE AS is_staff,
            is_superuser = TRUE AS is_superuser FROM auth_user WHERE id = $1", id => fetch_optional Row)?;
    let by_email = conn.users().by_email();
    Ok(row.map(|row| Account {
        id: row.id,
        username: if by_email { row.email } else { row.username },
        first_name: row.first_name,
        password: row.password.into(),
        is_active: row.is_active,
        is_staff: row.is_staff,
        is_superuser: row.is_superuser,
    }))
}

/// An account with its rights, of itself and of its groups.
pub(super) async fn with_rights(
    conn: &mut Conn<'_>,
    tables: &Tables,
    account: Account,
) -> db::Result<Staff> {
    let mut rights = HashSet::new();
    if !account.is_superuser {
        let mut query = Query::new(
            "SELECT CAST(type.app_label AS text), CAST(permission.codename AS text) FROM auth_permission AS permission
            JOIN django_content_type AS type ON type.id = permission.content_type_id WHERE permission.id IN (
                SELECT permission_id FROM ",
        );
        query
            .name(&tables.permissions.table)
            .push(" WHERE ")
            .name(&tables.permissions.user)
            .push(" = ")
            .value(account.id)
            .push(
                " UNION SELECT granted.permission_id FROM auth_group_permissions AS granted
                JOIN ",
            )
            .name(&tables.groups.table)
            .push(" AS membership ON membership.group_id = granted.group_id WHERE membership.")
            .name(&tables.groups.user)
            .push(" = ")
            .value(account.id)
            .push(")");
        let names = query.rows(conn, |row| {
            Ok((row.next::<String>()?, row.next::<String>()?))
        });
        rights.extend(
            names
                .await?
                .into_iter()
                .map(|(label, name)| format!("{label}.{name}")),
        );
    }
    Ok(Staff::new(account, rights))
}
