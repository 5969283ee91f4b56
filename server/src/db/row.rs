//! A row of either driver, and the types that are made of its columns.

use sqlx::postgres::PgRow;
use sqlx::{Column as _, Postgres, Row as _};

use super::error::Result;

/// A row of a result, whose columns are read in their order.
pub(crate) struct Row<'r> {
    columns: Columns<'r>,
    at: usize,
}

enum Columns<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

/// A type that both databases' columns hold.
pub(crate) trait Column:
    rusqlite::types::FromSql + sqlx::Type<Postgres> + for<'r> sqlx::Decode<'r, Postgres>
{
}

impl<T> Column for T where
    T: rusqlite::types::FromSql + sqlx::Type<Postgres> + for<'r> sqlx::Decode<'r, Postgres>
{
}

/// What a row is read into: a tuple, or a struct that [`columns!`] names the columns of.
pub(crate) trait FromRow: Sized {
    /// Reads a row from its first column on.
    fn from_row(row: &mut Row<'_>) -> Result<Self>;
}

impl<'r> Row<'r> {
    pub(super) fn of_sqlite(row: &'r rusqlite::Row<'r>) -> Self {
        let columns = Columns::Sqlite(row);
        Self { columns, at: 0 }
    }

    pub(super) fn of_postgres(row: &'r PgRow) -> Self {
        let columns = Columns::Postgres(row);
        Self { columns, at: 0 }
    }

    /// The next column.
    pub(crate) fn next<T: Column>(&mut self) -> Result<T> {
        let at = self.at;
        self.at += 1;
        Ok(match self.columns {
            Columns::Sqlite(row) => row.get(at)?,
            Columns::Postgres(row) => row.try_get(at)?,
        })
    }

    /// The next column, which has this name.
    pub(crate) fn named<T: Column>(&mut self, name: &str) -> Result<T> {
        debug_assert!(self.is_next(name), "column {} is not {name}", self.at);
        self.next()
    }

    fn is_next(&self, name: &str) -> bool {
        match self.columns {
            Columns::Sqlite(row) => row.as_ref().column_name(self.at) == Ok(name),
            Columns::Postgres(row) => row.column(self.at).name() == name,
        }
    }
}

/// Reads a struct from a row: its fields are the statement's columns, in this order.
macro_rules! columns {
    ($row:ident: $($column:ident),+) => {
        impl $crate::db::FromRow for $row {
            fn from_row(row: &mut $crate::db::Row<'_>) -> $crate::db::Result<Self> {
                Ok(Self { $($column: row.named(stringify!($column))?),+ })
            }
        }
    };
}
pub(crate) use columns;

macro_rules! tuple {
    ($($column:ident),+) => {
        impl<$($column: Column),+> FromRow for ($($column,)+) {
            fn from_row(row: &mut Row<'_>) -> Result<Self> {
                Ok(($(row.next::<$column>()?,)+))
            }
        }
    };
}
tuple!(A);
tuple!(A, B);
tuple!(A, B, C, D);
