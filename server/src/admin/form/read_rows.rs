//! The SQL that reads a row as its form shows it.

use super::asked::{Content, Contents};
use super::fields::fields_of;
use super::tie_rows::Tie;
use crate::admin::models::{Field, Kind, Model};
use crate::admin::tables;
use crate::admin::visit::Visit;
use crate::db::{self, Conn, Id, Query};

/// A row as its form shows it.
pub(super) struct Row {
    pub(super) id: Id,
    pub(super) text: String,
    pub(super) contents: Contents,
}

/// How a model's rows are read.
#[derive(Clone)]
pub(super) struct Read {
    pub(super) model: &'static Model,
    fields: Vec<&'static Field>,
    pub(super) ties: Vec<Tie>,
}

impl Read {
    pub(super) fn of(visit: &Visit<'_>, model: &'static Model) -> Self {
        let fields = fields_of(visit, model, model.change);
        let has_column = |field: &&Field| !matches!(field.kind, Kind::Many(_));
        Self {
            model,
            ties: fields
                .iter()
                .filter_map(|field| Tie::of(visit, model, field))
                .collect(),
            fields: fields.iter().copied().filter(has_column).collect(),
        }
    }

    /// A row as its form shows it.
    pub(super) async fn row(&self, conn: &mut Conn<'_>, id: Id) -> db::Result<Option<Row>> {
        let mut query = Query::new("SELECT item.id, ");
        query.shown(self.model.text);
        for field in &self.fields {
            query.push(", ");
            match field.kind {
                // a token that could be used is never shown
                Kind::Secret => query.push("''"),
                Kind::Flag => query.push("item.").push(field.column).push(" = TRUE"),
                Kind::Moment | Kind::MaybeMoment | Kind::To(_) | Kind::Number => {
                    query.push("item.").push(field.column)
                }
                _ => query
                    .push("CAST(item.")
                    .push(field.column)
                    .push(" AS text)"),
            };
        }
        query.append(&tables::from(self.model));
        query.push(" WHERE item.id = ").value(id);
        let row = query.row(conn, |row| {
            let (id, text) = (row.next::<Id>()?, row.next::<String>()?);
            let mut contents = Contents::new();
            for field in &self.fields {
                let content = match field.kind {
                    Kind::Flag => Content::Flag(row.next()?),
                    Kind::Moment | Kind::MaybeMoment => Content::Moment(row.next()?),
                    Kind::To(_) => Content::Key(row.next()?),
                    Kind::Number => Content::Text(row.next::<Id>()?.to_string()),
                    _ => Content::Text(row.next::<Option<String>>()?.unwrap_or_default()),
                };
                contents.push((field, content));
            }
            Ok(Row { id, text, contents })
        });
        let Some(mut row) = row.await? else {
            return Ok(None);
        };
        for tie in &self.ties {
            let keys = tie.keys(conn, id).await?;
            row.contents.push((tie.field, Content::Keys(keys)));
        }
        Ok(Some(row))
    }
}
