//! Tables as their rows are copied: columns with their types, the key in its order, and whom they refer to.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{self, Table};
use crate::db::conn::Conn;
use crate::db::error::Result;

/// A table's form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// By name.
    pub(crate) columns: BTreeMap<String, Form>,
    /// The columns of the primary key, in its order; none where there is no such key.
    pub(crate) key: Vec<String>,
    /// The tables that its rows refer to, by the column that does.
    pub(crate) references: BTreeMap<String, String>,
}

/// A column's form.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// The type as the database writes it, in lower case.
    pub(crate) kind: String,
    /// Whether it takes no NULL.
    pub(crate) is_required: bool,
}

/// The tables that there are, but those of SQLite itself.
pub(crate) async fn shapes(conn: &mut Conn<'_>) -> Result<BTreeMap<String, Shape>> {
    let tables = facts::read(conn).await?.tables.into_iter();
    let tables = tables.filter(|(name, _)| !name.starts_with("sqlite_"));
    Ok(tables.map(|(name, table)| (name, shape(table))).collect())
}

fn shape(table: Table) -> Shape {
    let key = key(&table);
    let form = |(name, column): (String, facts::Column)| {
        let (kind, is_required) = (column.kind, column.is_required);
        (name, Form { kind, is_required })
    };
    Shape {
        key,
        columns: table.columns.into_iter().map(form).collect(),
        references: table.references,
    }
}

/// The columns of the key. The catalogue says which they are, and an index in which order.
fn key(table: &Table) -> Vec<String> {
    let columns = table.columns.iter();
    let key: BTreeSet<&String> = columns
        .filter_map(|(name, column)| column.is_key.then_some(name))
        .collect();
    let mut orders = table.uniques.iter().filter_map(|unique| {
        let names: Vec<String> = unique.columns.iter().cloned().collect::<Option<_>>()?;
        (names.len() == key.len() && names.iter().all(|name| key.contains(name))).then_some(names)
    });
    let order = orders.next();
    order.unwrap_or_else(|| key.into_iter().cloned().collect())
}
