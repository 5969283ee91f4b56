//! Who asks, and what that person may do: rights of one's own and of one's groups, as Django's ModelBackend adds them up.

use std::collections::HashSet;

use secrecy::{ExposeSecret, SecretString};

use super::models::Model;
use super::rights::Right;
use super::tables::Tables;
use crate::db::{self, Conn, Id, Query, columns};

/// What is known of a user who may be signed in.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) id: Id,
    /// What the person logs in with: a name, or an address.
    pub(super) username: String,
    pub(super) first_name: String,
    pub(super) password: SecretString,
    pub(super) is_active: bool,
    pub(super) is_staff: bool,
    pub(super) is_superuser: bool,
}

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

/// A member of the staff, with the rights of this moment.
#[derive(Clone)]
pub(super) struct Staff {
    pub(super) account: Account,
    rights: HashSet<String>,
}

impl Account {
    /// Whether there is a password that can be used: `has_usable_password`.
    pub(super) fn has_password(&self) -> bool {
        !self.password.expose_secret().starts_with('!')
    }
}

impl Staff {
    pub(super) fn id(&self) -> Id {
        self.account.id
    }

    /// Whether the person holds a right itself, whatever a model makes of it.
    pub(super) fn holds(&self, tables: &Tables, right: Right, model: &Model) -> bool {
        let (label, name) = (tables.label(model), tables.model_name(model));
        self.account.is_superuser
            || self
                .rights
                .contains(&format!("{label}.{}_{name}", right.name()))
    }

    /// Whether the person may do this with a model.
    pub(super) fn may(&self, tables: &Tables, right: Right, model: &Model) -> bool {
        (model.allows)(right) && self.holds(tables, right, model)
    }

    /// Whether the person may see the rows of a model.
    pub(super) fn may_see(&self, tables: &Tables, model: &Model) -> bool {
        self.may(tables, Right::View, model) || self.holds(tables, Right::Change, model)
    }
}

/// The account of a key.
pub(super) async fn account(conn: &mut Conn<'_>, id: Id) -> db::Result<Option<Account>> {
    let row = db::sql!(conn, "
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
            "SELECT type.app_label, permission.codename FROM auth_permission AS permission
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
    Ok(Staff { account, rights })
}
