//! What Django calls its tables, which the admin asks once: content types, and where a project's user model keeps its
//! groups and rights.

use std::collections::HashMap;

use super::models::{Model, USER};
use crate::db::{self, Conn, Db, Name, Query, sql};

/// The tables that the admin needs beside those of the service.
const NEEDED: [&str; 6] = [
    "django_admin_log",
    "django_content_type",
    "django_session",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
];

/// A table between users and something else, and its column of the user.
#[derive(Clone)]
pub(super) struct Between {
    pub(super) table: Name,
    pub(super) user: Name,
}

/// Names of one database.
pub(super) struct Tables {
    /// The app and the name of the user model.
    user: (String, String),
    pub(super) groups: Between,
    pub(super) permissions: Between,
    /// Between groups and rights; its "user" is the group.
    pub(super) of_groups: Between,
    types: HashMap<(String, String), i64>,
}

impl Tables {
    /// What a database has; a sentence where the admin can't be shown on it.
    pub(super) async fn look(db: &Db) -> db::Result<Result<Self, String>> {
        let users = db.users().name().to_owned();
        db.read(move |conn| Box::pin(async move { look(conn, &users).await }))
            .await
    }

    /// The app that a model's rights and URLs are under.
    pub(super) fn label<'t>(&'t self, model: &'t Model) -> &'t str {
        if model.is(&USER) {
            &self.user.0
        } else {
            model.app.label
        }
    }

    /// What people call that app.
    pub(super) fn app_name(&self, model: &Model) -> String {
        let label = self.label(model);
        if label == model.app.label {
            model.app.name.to_owned()
        } else {
            titled(label)
        }
    }

    /// A model's name in rights and URLs.
    pub(super) fn model_name<'t>(&'t self, model: &'t Model) -> &'t str {
        if model.is(&USER) {
            &self.user.1
        } else {
            model.name
        }
    }

    /// The key of a model's content type, where Django has made one.
    pub(super) fn content_type(&self, model: &Model) -> Option<i64> {
        let key = (
            self.label(model).to_owned(),
            self.model_name(model).to_owned(),
        );
        self.types.get(&key).copied()
    }
}

async fn look(conn: &mut Conn<'_>, users: &str) -> db::Result<Result<Tables, String>> {
    for table in NEEDED {
        if !has_table(conn, table).await? {
            return Ok(Err(format!("the table {table} is not there")));
        }
    }
    let types = sql!(conn, "SELECT CAST(id AS bigint), app_label, model FROM django_content_type" => fetch_all (i64, String, String))?;
    let user = user_model(conn, users, &types).await?;
    let between = |end: &str| Between {
        table: Name::quoted(&format!("{users}_{end}")),
        user: Name::quoted(&format!("{}_id", user.1)),
    };
    let (groups, permissions) = (between("groups"), between("user_permissions"));
    for end in ["groups", "user_permissions"] {
        let table = format!("{users}_{end}");
        if !has_table(conn, &table).await? {
            return Ok(Err(format!("the table {table} is not there")));
        }
    }
    Ok(Ok(Tables {
        user,
        groups,
        permissions,
        of_groups: Between {
            table: Name::quoted("auth_group_permissions"),
            user: Name::quoted("group_id"),
        },
        types: types
            .into_iter()
            .map(|(id, label, model)| ((label, model), id))
            .collect(),
    }))
}

/// The app and the name of the user model. Django names a table by both, as long as nobody names another; then the table
/// between users and groups has a column by the model's name.
async fn user_model(
    conn: &mut Conn<'_>,
    users: &str,
    types: &[(i64, String, String)],
) -> db::Result<(String, String)> {
    let named = |(_, label, model): &&(i64, String, String)| format!("{label}_{model}") == users;
    if let Some((_, label, model)) = types.iter().find(named) {
        return Ok((label.clone(), model.clone()));
    }
    let columns = columns(conn, &format!("{users}_groups")).await?;
    let model = columns
        .iter()
        .filter_map(|column| column.strip_suffix("_id"));
    let model = model
        .into_iter()
        .find(|model| *model != "group")
        .unwrap_or("user")
        .to_owned();
    // Django's own stays where another took its place
    let of_model = types.iter().filter(|(_, _, known)| *known == model);
    let label = of_model.max_by_key(|(_, label, _)| label != "auth");
    let label = label
        .map_or("auth", |(_, label, _)| label.as_str())
        .to_owned();
    Ok((label, model))
}

async fn columns(conn: &mut Conn<'_>, table: &str) -> db::Result<Vec<String>> {
    let rows = sql!(conn,
        sqlite: "SELECT name FROM pragma_table_info($1) ORDER BY cid", table;
        postgres: "
            SELECT CAST(attname AS text) FROM pg_attribute
            WHERE attrelid = to_regclass(quote_ident($1)) AND attnum > 0 AND NOT attisdropped ORDER BY attnum", table
        => fetch_all (String,))?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// `str.title`, as Django calls an app that has no name of its own.
pub(super) fn titled(label: &str) -> String {
    let mut title = String::with_capacity(label.len());
    let mut is_in_word = false;
    for char in label.chars() {
        if is_in_word {
            title.extend(char.to_lowercase());
        } else {
            title.extend(char.to_uppercase());
        }
        is_in_word = char.is_alphabetic();
    }
    title
}

async fn has_table(conn: &mut Conn<'_>, name: &str) -> db::Result<bool> {
    let row = sql!(conn,
        sqlite: "SELECT COUNT(*) FROM sqlite_master WHERE type IN ('table', 'view') AND name = $1", name;
        postgres: "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass(quote_ident($1))", name
        => fetch_one (i64,))?;
    Ok(row.0 > 0)
}

/// The statement that begins with the key of a row and what it is called, from a model's table.
pub(super) fn named(model: &Model) -> Query {
    let mut query = Query::new("SELECT item.id, ");
    query.push(model.text);
    query.append(&from(model));
    query
}

/// The tables of a statement about a model.
pub(super) fn from(model: &Model) -> Query {
    let mut query = Query::new(" FROM ");
    query.push(model.table).push(" AS item").push(model.joins);
    query
}
