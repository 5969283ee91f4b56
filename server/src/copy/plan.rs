//! Which tables are copied, with which columns, and in which order: those that others refer to come first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use shell_words::quote;

use super::cell::Holds;
use super::state::STATES;
use crate::db::Value;
use crate::db::tables::Shape;

/// What each database keeps of its own, and nobody else needs.
const OWN: [&str; 2] = ["gatepost_migrations", STATES];
/// What a database has as soon as its tables are made. It gives way to the source's.
const SEEDED: [&str; 4] = [
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "gatepost_meta",
];

/// The tables in their order.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) tables: Vec<Arc<Table>>,
}

/// A table to copy.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// Those of the key come first.
    pub(super) columns: Vec<Column>,
    /// How many of them are the key.
    pub(super) key: usize,
}

/// A column to copy.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) holds: Holds,
    pub(super) is_required: bool,
    /// Whether it refers to a table that is left behind.
    pub(super) is_orphaned: bool,
}

type Shapes = BTreeMap<String, Shape>;

impl Table {
    /// The key of a row.
    pub(super) fn key_of(&self, row: &[Value]) -> Vec<Value> {
        row[..self.key].to_vec()
    }

    /// The number that the database gives a new row, where it does.
    pub(super) fn given(&self) -> Option<&str> {
        let is_number = matches!(self.columns.first()?.holds, Holds::Number(_));
        (self.key == 1 && is_number).then(|| self.columns[0].name.as_str())
    }

    /// Whether it has rows as soon as it is made.
    pub(super) fn is_seeded(&self) -> bool {
        SEEDED.contains(&self.name.as_str())
    }

    /// Whether Gatepost made it, which writes moments as UTC has them.
    pub(super) fn is_ours(&self) -> bool {
        self.name.starts_with("gatepost_")
    }
}

impl Plan {
    /// All tables of the source but those to leave, with the types of PostgreSQL's side.
    ///
    /// # Errors
    /// The target lacks a table or a column, has others, or nothing here knows a column's type.
    pub(super) fn new(
        source: &Shapes,
        target: &Shapes,
        postgres: &Shapes,
        leave: &[String],
    ) -> Result<Self, String> {
        if let Some(unknown) = leave.iter().find(|name| !source.contains_key(*name)) {
            return Err(format!(
                "the source has no table {unknown}, which is to be left"
            ));
        }
        let is_copied = |name: &&String| !OWN.contains(&name.as_str()) && !leave.contains(*name);
        let names: BTreeSet<&String> = source.keys().filter(is_copied).collect();
        let missing: Vec<&str> = (names.iter())
            .filter(|name| !target.contains_key(**name))
            .map(|name| name.as_str())
            .collect();
        if !missing.is_empty() {
            let quoted: Vec<_> = missing.iter().map(|name| quote(name)).collect();
            let (missing, quoted) = (missing.join(","), quoted.join(","));
            return Err(format!(
                "the target has no table {missing}; let Django's `manage.py migrate` make it there, or leave it behind with --leave {quoted}"
            ));
        }
        let mut tables = Vec::new();
        for name in ordered(&names, source)? {
            let (ours, theirs) = (&source[name], &target[name]);
            for (one, other, whose) in [(ours, theirs, "target"), (theirs, ours, "source")] {
                let lacks = |column: &&String| !other.columns.contains_key(*column);
                if let Some(column) = one.columns.keys().find(lacks) {
                    return Err(format!(
                        "{name} has no column {column} in the {whose}; migrate both databases to the same version first"
                    ));
                }
            }
            tables.push(Arc::new(table(name, theirs, &postgres[name], leave)?));
        }
        Ok(Self { tables })
    }
}

/// A table with the types of PostgreSQL's side, and what is required by the target's.
fn table(name: &str, target: &Shape, postgres: &Shape, leave: &[String]) -> Result<Table, String> {
    let column = |column: &String| {
        let form = &postgres.columns[column];
        let holds = Holds::of(&form.kind).ok_or_else(|| {
            format!(
                "{name}.{column} is {}, which can't be copied; leave the table behind with --leave {}",
                form.kind,
                quote(name)
            )
        })?;
        Ok(Column {
            name: column.clone(),
            holds,
            is_required: target.columns[column].is_required,
            is_orphaned: (target.references.get(column)).is_some_and(|table| leave.contains(table)),
        })
    };
    let rest = (postgres.columns.keys()).filter(|column| !postgres.key.contains(column));
    let columns = postgres.key.iter().chain(rest).map(column);
    let columns = columns.collect::<Result<Vec<_>, String>>()?;
    let key = postgres.key.len();
    let is_read = |column: &Column| {
        let holds = column.holds;
        matches!(holds, Holds::Number(_) | Holds::Text(_) | Holds::Uuid)
    };
    if key == 0 || !columns[..key].iter().all(is_read) {
        return Err(format!(
            "{name} has no primary key of numbers and texts by which its rows could be read one after the other; leave it behind with --leave {}",
            quote(name)
        ));
    }
    Ok(Table {
        name: name.to_owned(),
        columns,
        key,
    })
}

/// The tables in an order in which each comes after those that its rows refer to.
fn ordered<'n>(names: &BTreeSet<&'n String>, shapes: &Shapes) -> Result<Vec<&'n String>, String> {
    let (mut left, mut order) = (names.clone(), Vec::new());
    while !left.is_empty() {
        let waits = |name: &&String| {
            let mut references = shapes[*name].references.values();
            references.any(|other| other != *name && left.contains(other))
        };
        let (later, next): (Vec<&String>, Vec<&String>) = left.iter().copied().partition(waits);
        if next.is_empty() {
            let names: Vec<_> = later.iter().map(|name| name.as_str()).collect();
            return Err(format!(
                "the rows of these tables refer to each other in a circle, and can't be copied one table after the other: {}; leave one of them behind with --leave",
                names.join(", ")
            ));
        }
        order.extend(next);
        left = later.into_iter().collect();
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::tables::Form;

    fn shape(columns: &[(&str, &str)], references: &[&str]) -> Shape {
        let form = |kind: &str| Form {
            kind: kind.to_owned(),
            is_required: true,
        };
        Shape {
            columns: (columns.iter())
                .map(|(name, kind)| ((*name).to_owned(), form(kind)))
                .collect(),
            key: vec!["id".to_owned()],
            references: (references.iter())
                .map(|name| (format!("{name}_id"), (*name).to_owned()))
                .collect(),
        }
    }

    fn shapes(tables: &[(&str, Shape)]) -> Shapes {
        let tables = tables.iter().cloned();
        tables
            .map(|(name, shape)| (name.to_owned(), shape))
            .collect()
    }

    const ID: (&str, &str) = ("id", "integer");

    #[test]
    fn a_table_comes_after_those_that_it_refers_to() {
        let both = shapes(&[
            ("a", shape(&[ID], &["b", "a"])),
            ("b", shape(&[ID, ("at", "date")], &["c"])),
            ("c", shape(&[ID], &[])),
            ("gatepost_migrations", shape(&[ID], &[])),
        ]);
        let plan = Plan::new(&both, &both, &both, &[]).unwrap();
        let names: Vec<_> = plan.tables.iter().map(|table| &*table.name).collect();
        assert_eq!(names, ["c", "b", "a"]);
        assert_eq!(plan.tables[1].given(), Some("id"));
        let left = Plan::new(&both, &both, &both, &["b".to_owned()]).unwrap();
        assert_eq!(left.tables.len(), 2);
    }

    #[test]
    fn what_can_t_be_copied_is_said_with_what_to_do() {
        let one = shapes(&[("a", shape(&[ID], &[]))]);
        let more = shapes(&[
            ("a", shape(&[ID, ("b", "text")], &[])),
            ("c", shape(&[ID], &[])),
        ]);
        let circle = shapes(&[("a", shape(&[ID], &["b"])), ("b", shape(&[ID], &["a"]))]);
        let spaced = shapes(&[("a", shape(&[ID], &[])), ("my notes", shape(&[ID], &[]))]);
        let odd = shapes(&[("a", shape(&[ID, ("b", "jsonb")], &[]))]);
        for (source, target, leave, says) in [
            (&more, &one, None, "no table c; let Django"),
            (&more, &one, Some("c"), "a has no column b in the target"),
            (&one, &more, None, "a has no column b in the source"),
            (&one, &one, Some("x"), "the source has no table x"),
            (&spaced, &one, None, "with --leave 'my notes'"),
            (&circle, &circle, None, "in a circle"),
            (&odd, &odd, None, "a.b is jsonb, which can't be copied"),
        ] {
            let leave: Vec<_> = leave.into_iter().map(str::to_owned).collect();
            let why = Plan::new(source, target, target, &leave).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
    }
}
