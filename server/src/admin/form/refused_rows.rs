//! The SQL that says what of a form the rows that are there refuse.

use super::asked::{Content, Contents, NOT_AVAILABLE};
use super::read_rows::Read;
use crate::admin::models::{self, Field, Kind, Model, USER};
use crate::db::{self, Conn, Id, Query, Tx, Value};

/// What the rows that are there refuse.
pub(super) async fn refused(
    tx: &mut Tx<'_>,
    read: &Read,
    contents: &Contents,
    id: Option<Id>,
) -> db::Result<Vec<(&'static str, String)>> {
    let model = read.model;
    let mut wrong = Vec::new();
    for (field, content) in contents {
        let name = field.name;
        match (field.kind, content) {
            (Kind::To(target), Content::Key(Some(key))) => {
                let table = models::target(target).map_or("auth_permission", |model| model.table);
                if !are_there(tx, table, &[*key]).await?.is_empty() {
                    wrong.push((name, NOT_AVAILABLE.to_owned()));
                }
            }
            (Kind::Many(_), Content::Keys(keys)) => {
                let tie = read.ties.iter().find(|tie| tie.field.name == name);
                let table = tie.map_or("auth_permission", |tie| tie.target);
                for key in are_there(tx, table, keys).await? {
                    wrong.push((
                        name,
                        format!(
                            "Select a valid choice. {key} is not one of the available choices."
                        ),
                    ));
                }
            }
            _ => {}
        }
        if let Some(message) = unique(model, field, tx)
            && wrong.iter().all(|(known, _)| *known != name)
            && is_taken(tx, model, field, content, id).await?
        {
            wrong.push((name, message.to_owned()));
        }
    }
    Ok(wrong)
}

async fn is_taken(
    tx: &mut Tx<'_>,
    model: &Model,
    field: &Field,
    content: &Content,
    id: Option<Id>,
) -> db::Result<bool> {
    let (table, column) = (model.table, field.column);
    let value: Value = match content {
        Content::Text(text) => text.as_str().into(),
        Content::Key(key) => (*key).into(),
        _ => return Ok(false),
    };
    if value == Value::Null {
        return Ok(false);
    }
    let mut query = Query::new("SELECT id FROM ");
    query.push(table).push(" WHERE ");
    // nobody is given a new name that differs from another by case alone
    if field.kind == Kind::Username && id.is_none() {
        query
            .push("UPPER(")
            .push(column)
            .push(") = UPPER(")
            .value(value)
            .push(")");
    } else {
        query.push(column).push(" = ").value(value);
    }
    if let Some(id) = id {
        query.push(" AND id <> ").value(id);
    }
    query.push(" LIMIT 1");
    Ok(query.scalar::<Id>(tx).await?.is_some())
}

/// Whether no two rows may have the same in a field, and what is said then.
fn unique(model: &Model, field: &Field, conn: &Conn<'_>) -> Option<&'static str> {
    let is_address = model.is(&USER) && field.kind == Kind::Email && conn.users().by_email();
    if is_address {
        return Some("User with this Email address already exists.");
    }
    field.unique
}

/// Those of some keys that no row has.
async fn are_there(tx: &mut Tx<'_>, table: &'static str, keys: &[Id]) -> db::Result<Vec<Id>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new("SELECT id FROM ");
    query.push(table).push(" WHERE id IN (");
    query.values(keys.iter().copied()).push(")");
    let found = query.scalars::<Id>(tx).await?;
    Ok(keys
        .iter()
        .filter(|key| !found.contains(key))
        .copied()
        .collect())
}
