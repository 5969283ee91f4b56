//! The facts against the needs: what is missing, of another type, or would refuse what the program writes.

use std::fmt;

use super::facts::{Column, Facts, Table, Unique};
use super::needs::{self, Kind, Need, Null, OURS, Whose};
use super::remedy;
use super::types::{fits, wanted};
use crate::db::UserTable;
use crate::db::conn::Dialect;

/// What keeps the program from its work, and what a person does about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    what: String,
    remedy: String,
    weight: Weight,
}

/// What a problem is in the way of, from the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Nothing: what the project does there may be meant so, and a person should know.
    Remark,
    /// Adopting: some rows would be refused. A server that is told to serve serves the others.
    Some,
    /// Every request that needs the table.
    All,
}

impl Problem {
    pub(super) fn new(what: String, remedy: String) -> Self {
        Self {
            what,
            remedy,
            weight: Weight::All,
        }
    }

    /// The same, of some rows.
    pub(super) fn of_some(self) -> Self {
        Self {
            weight: Weight::Some,
            ..self
        }
    }

    /// The same, to be known.
    pub(super) fn for_information(self) -> Self {
        Self {
            weight: Weight::Remark,
            ..self
        }
    }

    /// Whether no request that needs the table can be answered.
    pub(crate) fn is_fatal(&self) -> bool {
        self.weight == Weight::All
    }

    /// What it is in the way of.
    pub(crate) fn weight(&self) -> Weight {
        self.weight
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

/// All problems, table by table.
pub(super) fn problems(facts: &Facts, whose: Whose) -> Vec<Problem> {
    let mut problems = Vec::new();
    for need in &needs::of(facts.users) {
        match facts.tables.get(need.table) {
            Some(table) => {
                let judged = Judged {
                    dialect: facts.dialect,
                    users: facts.users,
                    need,
                    table,
                };
                judged.collect(&mut problems);
                // where the other table is missing, that is said
                let references = need.references.iter();
                let references = references.filter(|(_, to)| facts.tables.contains_key(*to));
                problems
                    .extend(references.filter_map(|(column, to)| judged.of_reference(column, to)));
            }
            None => problems.push(Problem::new(
                format!("there is no table {}", need.table),
                remedy::no_table(facts, need),
            )),
        }
    }
    if whose == Whose::All {
        for (name, columns) in OURS {
            let table = facts.tables.get(name);
            let is_whole = table
                .is_some_and(|table| columns.iter().all(|name| table.columns.contains_key(*name)));
            if !is_whole {
                problems.push(Problem::new(
                    format!("Gatepost's own table {name} is not as it was made"),
                    "restore the database from a backup".to_owned(),
                ));
            }
        }
    }
    problems
}

/// One table, and what is needed of it.
struct Judged<'f> {
    dialect: Dialect,
    users: UserTable,
    need: &'f Need,
    table: &'f Table,
}

impl Judged<'_> {
    fn collect(&self, problems: &mut Vec<Problem>) {
        let name = self.need.table;
        for (column, kind, null) in self.need.columns.iter() {
            let found = match self.table.columns.get(*column) {
                Some(found) => self.of_column(column, found, *kind, *null),
                None => Some(Problem::new(
                    format!("{name} has no column {column}"),
                    remedy::no_column(self.need, column, *kind),
                )),
            };
            problems.extend(found);
        }
        for (column, found) in &self.table.columns {
            let is_known = self.need.columns.iter().any(|(known, ..)| known == column);
            let is_filled = name == self.users.name() && self.users.fills(column);
            if !is_known && found.is_required && !found.has_default && !is_filled {
                problems.push(Problem::new(format!("{name}.{column} takes no NULL and has no default in the database, so that no new row could be written without it"), remedy::extra_column(self.dialect, self.users, name, column, &found.kind)));
            }
        }
        for column in self.need.uniques {
            let is_unique = |unique: &Unique| {
                unique.is_whole && unique.columns.as_slice() == [Some((*column).to_owned())]
            };
            let is_key = self.table.columns.get(*column).is_some_and(|c| c.is_key);
            let is_there = self.table.columns.contains_key(*column);
            if is_there && !is_key && !self.table.uniques.iter().any(is_unique) {
                problems.push(Problem::new(
                    format!("{name}.{column} is not unique"),
                    remedy::not_unique(name, column),
                ));
            }
        }
        let is_written = |column: &String| {
            let mut columns = self.need.columns.iter();
            columns.any(|(known, ..)| known == column)
        };
        for check in &self.table.checks {
            if check.columns.iter().any(is_written) {
                problems.push(Problem::new(format!(
                        "{name} has a CHECK constraint ({}) on a column that Gatepost writes, and would refuse some rows",
                        check.name
                    ), remedy::extra_check(name)).of_some());
            }
        }
        let extra = self.table.uniques.iter().filter(|u| self.refuses_rows(u));
        problems.extend(extra.map(|unique| {
            let columns = unique.columns.iter();
            let columns: Vec<_> = columns
                .map(|column| column.as_deref().unwrap_or("an expression"))
                .collect();
            Problem::new(format!(
                    "{name} has a unique constraint on ({}), which would refuse rows that Gatepost writes",
                    columns.join(", ")
                ), remedy::extra_unique(name, &unique.name)).of_some()
        }));
    }

    /// What is wrong with a column that refers to another table.
    fn of_reference(&self, column: &str, wanted: &str) -> Option<Problem> {
        let found = self.table.references.get(column)?;
        (found != wanted).then(|| {
            Problem::new(
                format!(
                    "{}.{column} refers to {found}, and {wanted} is needed",
                    self.need.table
                ),
                remedy::other_table(self.users, found, wanted),
            )
        })
    }

    /// What is wrong with a column that is read or written.
    fn of_column(&self, column: &str, found: &Column, kind: Kind, null: Null) -> Option<Problem> {
        let name = self.need.table;
        let problem = |what: String, remedy: String| Some(Problem::new(what, remedy));
        if !fits(self.dialect, &found.kind, kind) {
            return problem(
                format!(
                    "{name}.{column} is {}, and {} is needed",
                    if found.kind.is_empty() {
                        "of no type"
                    } else {
                        &found.kind
                    },
                    wanted(kind)
                ),
                remedy::wrong_type(self.dialect, self.need, column, kind, &found.kind),
            );
        }
        if kind == Kind::Key {
            let keys = self.table.columns.values().filter(|other| other.is_key);
            let is_given = self.dialect == Dialect::Sqlite || found.has_default;
            return if found.is_key && keys.count() == 1 && is_given {
                None
            } else {
                problem(
                    format!(
                        "{name}.{column} is no primary key to which the database gives a value"
                    ),
                    remedy::no_key(self.dialect, name, column),
                )
            };
        }
        match null {
            Null::Never if !found.is_required => Some(
                Problem::new(
                    format!("{name}.{column} may be NULL, which Gatepost could not read"),
                    remedy::nullable(self.dialect, name, column, kind),
                )
                .of_some(),
            ),
            Null::Sometimes if found.is_required => problem(
                format!("{name}.{column} takes no NULL, which Gatepost writes"),
                remedy::not_nullable(self.dialect, name, column),
            ),
            _ => None,
        }
    }

    /// Whether a unique constraint that nothing here knows can refuse a row.
    fn refuses_rows(&self, unique: &Unique) -> bool {
        let names: Vec<_> = unique
            .columns
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let is_implied =
            self.need.uniques.iter().any(|known| names.contains(known)) || names.contains(&"id");
        // a NULL, which a column holds that nobody writes, is equal to nothing
        let is_left_out = names.iter().any(|name| {
            let is_known = self.need.columns.iter().any(|(known, ..)| known == name);
            let column = self.table.columns.get(*name);
            !is_known && column.is_some_and(|column| !column.is_required && !column.has_default)
        });
        let is_users = self.need.table == self.users.name();
        let is_random = is_users && names.iter().any(|name| self.users.fills_uniquely(name));
        !is_implied && !is_left_out && !is_random
    }
}
