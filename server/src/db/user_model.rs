//! A project's user model as the settings say it, and the table that it is in a database.

use super::conn::Dialect;
use super::user_table::{DJANGOS, Fill, UserTable};

/// What of a user model differs from Django's own.
#[derive(Clone, Debug)]
pub(crate) struct UserModel {
    pub(crate) table: String,
    /// Whether users log in by their mail address.
    pub(crate) by_email: bool,
    /// What a new row has in the model's own columns.
    pub(crate) defaults: Vec<(String, NewColumn)>,
}

/// What a column of a new row holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NewColumn {
    /// A text, or what the database reads a text as.
    Text(String),
    /// A number, as it is written.
    Number(String),
    /// True or false.
    Flag(bool),
    /// The moment of the registration.
    Now,
    /// Its day.
    Today,
    /// A random UUID.
    Uuid,
}

impl UserModel {
    /// Django's own.
    pub(crate) fn djangos() -> Self {
        Self {
            table: DJANGOS.to_owned(),
            by_email: false,
            defaults: Vec::new(),
        }
    }

    /// Its table in a database of this kind.
    pub(super) fn table(self, dialect: Dialect) -> UserTable {
        if self.table == DJANGOS && !self.by_email && self.defaults.is_empty() {
            return UserTable::default();
        }
        let fill = |(column, value): (String, NewColumn)| Fill {
            column,
            is_unique: value == NewColumn::Uuid,
            value: value.literal(dialect),
        };
        let fills = self.defaults.into_iter().map(fill).collect();
        UserTable::of(self.table, self.by_email, fills)
    }
}

impl NewColumn {
    /// As a statement writes it. `$7` is the moment of the registration.
    fn literal(&self, dialect: Dialect) -> String {
        let text = match (self, dialect) {
            (Self::Text(text), _) => return format!("'{}'", text.replace('\'', "''")),
            (Self::Number(number), _) => return number.clone(),
            (Self::Flag(true), _) => "TRUE",
            (Self::Flag(false), _) => "FALSE",
            (Self::Now, _) => "$7",
            (Self::Today, Dialect::Sqlite) => "date($7)",
            (Self::Today, Dialect::Postgres) => "CAST($7 AS date)",
            (Self::Uuid, Dialect::Sqlite) => "lower(hex(randomblob(16)))",
            (Self::Uuid, Dialect::Postgres) => "gen_random_uuid()",
        };
        text.to_owned()
    }
}
