//! What Django calls its tables, which the admin asks once: what its user model is called, and where that keeps its groups
//! and rights.

use super::models::{Model, USER};
use super::permission_rows::content_types;
use super::words::titled;
use crate::db::{self, Conn, Db, Name, Query};

/// The tables that the admin needs beside those of the service, and what it does with them.
const NEEDED: [(&str, &[&str]); 6] = [
    ("django_admin_log", &["SELECT", "INSERT", "DELETE"]),
    ("django_content_type", &["SELECT"]),
    ("django_session", &["SELECT", "INSERT", "DELETE"]),
    ("auth_permission", &["SELECT"]),
    ("auth_group", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("auth_group_permissions", TIED),
];

/// What it does with a table between others.
const TIED: &[&str] = &["SELECT", "INSERT", "DELETE"];

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
}

async fn look(conn: &mut Conn<'_>, users: &str) -> db::Result<Result<Tables, String>> {
    let known = db::tables::all(conn).await?;
    for (table, _) in NEEDED {
        if !known.contains_key(table) {
            return Ok(Err(format!("the table {table} is not there")));
        }
    }
    let ties = ["groups", "user_permissions"].map(|end| format!("{users}_{end}"));
    let mut wanted = NEEDED.to_vec();
    wanted.extend(ties.iter().map(|table| (table.as_str(), TIED)));
    if let Some(why) = db::tables::missing(conn, &wanted).await? {
        return Ok(Err(why));
    }
    let types = content_types(conn).await?;
    let groups = known.get(&format!("{users}_groups"));
    let user = user_model(users, &types, groups.map_or(&[], Vec::as_slice));
    let between = |end: &str| Between {
        table: Name::quoted(&format!("{users}_{end}")),
        user: Name::quoted(&format!("{}_id", user.1)),
    };
    let (groups, permissions) = (between("groups"), between("user_permissions"));
    for end in ["groups", "user_permissions"] {
        let table = format!("{users}_{end}");
        if !known.contains_key(&table) {
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
    }))
}

/// The app and the name of the user model. Django names a table by both, as long as nobody names another; then the table
/// between users and groups, of which these are the columns, tells the model.
fn user_model(users: &str, types: &[(i64, String, String)], groups: &[String]) -> (String, String) {
    let named = |(_, label, model): &&(i64, String, String)| format!("{label}_{model}") == users;
    if let Some((_, label, model)) = types.iter().find(named) {
        return (label.clone(), model.clone());
    }
    let models = groups
        .iter()
        .filter_map(|column| column.strip_suffix("_id"));
    let mut models = models.filter(|model| *model != "group");
    let model = models.next().unwrap_or("user");
    // Django's own stays where another took its place
    let of_model = types.iter().filter(|(_, _, known)| known == model);
    let label = of_model.max_by_key(|(_, label, _)| label != "auth");
    let label = label.map_or("auth", |(_, label, _)| label.as_str());
    (label.to_owned(), model.to_owned())
}

/// The statement that begins with the key of a row and what it is called, from a model's table.
pub(super) fn named(model: &Model) -> Query {
    let mut query = Query::new("SELECT item.id, ");
    query.shown(model.text);
    query.append(&from(model));
    query
}

/// The tables that a model's rows are ordered and looked for by; its own alone where no other is needed.
pub(super) fn to_order(model: &Model, needs_others: bool) -> Query {
    let mut query = Query::new(" FROM ");
    query.push(model.table).push(" AS item");
    query.push(if needs_others {
        model.joins_to_order
    } else {
        ""
    });
    query
}

/// The tables of a statement about a model.
pub(super) fn from(model: &Model) -> Query {
    let mut query = Query::new(" FROM ");
    query.push(model.table).push(" AS item").push(model.joins);
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_model_is_found_by_its_table_or_by_that_of_its_groups() {
        let types =
            [(1, "auth"), (2, "crm")].map(|(id, label)| (id, label.to_owned(), "user".to_owned()));
        let found = |users, types: &[_], groups: &[&str]| {
            let groups: Vec<_> = groups.iter().map(|column| (*column).to_owned()).collect();
            let (label, model) = user_model(users, types, &groups);
            format!("{label}.{model}")
        };
        let groups = ["id", "user_id", "group_id"];
        assert_eq!(found("auth_user", &types, &groups), "auth.user");
        assert_eq!(found("crm_user", &types, &groups), "crm.user");
        assert_eq!(found("people", &types, &groups), "crm.user");
        assert_eq!(found("people", &types[..1], &groups), "auth.user");
        assert_eq!(found("people", &[], &[]), "auth.user");
    }

    #[test]
    fn an_app_is_called_as_in_django() {
        for (label, name) in [
            ("people", "People"),
            ("my_app2go", "My_App2Go"),
            ("CRM", "Crm"),
        ] {
            assert_eq!(titled(label), name);
        }
    }
}
