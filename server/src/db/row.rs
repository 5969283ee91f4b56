//! A row of either driver, and the types that are made of its columns.

use rusqlite::types::{FromSql, FromSqlResult, ValueRef};
use sqlx::postgres::PgRow;
use sqlx::{Column as _, Decode, Postgres, Row as _, Type};

use super::error::Result;
use super::types::{Id, Moment};

/// A row of a result, whose columns are read in their order.
pub(crate) struct Row<'r> {
    columns: Columns<'r>,
    at: usize,
}

enum Columns<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

/// A type that both databases' columns hold; a `&str` is lent by the row.
pub(crate) trait Column<'r>: Type<Postgres> + Decode<'r, Postgres> {
    /// What a value of SQLite is.
    fn of_sqlite(value: ValueRef<'r>) -> FromSqlResult<Self>;
}

impl<'r> Column<'r> for &'r str {
    fn of_sqlite(value: ValueRef<'r>) -> FromSqlResult<Self> {
        value.as_str()
    }
}

macro_rules! owned {
    ($($column:ty),+) => {
        $(impl Column<'_> for $column {
            fn of_sqlite(value: ValueRef<'_>) -> FromSqlResult<Self> {
                FromSql::column_result(value)
            }
        })+
    };
}
owned!(
    bool,
    i64,
    String,
    Id,
    Moment,
    Option<bool>,
    Option<String>,
    Option<i64>,
    Option<Id>,
    Option<Moment>
);

/// What a row is read into: a tuple, or a struct that [`columns!`] names the columns of.
pub(crate) trait FromRow<'r>: Sized {
    /// Reads a row from its first column on.
    fn from_row(row: &mut Row<'r>) -> Result<Self>;
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
    pub(crate) fn next<T: Column<'r>>(&mut self) -> Result<T> {
        let at = self.at;
        self.at += 1;
        Ok(match self.columns {
            Columns::Sqlite(row) => {
                let value = row.get_ref(at)?;
                let wrong = |error| {
                    rusqlite::Error::FromSqlConversionFailure(
                        at,
                        value.data_type(),
                        Box::new(error),
                    )
                };
                T::of_sqlite(value).map_err(wrong)?
            }
            Columns::Postgres(row) => row.try_get(at)?,
        })
    }

    /// What SQLite has in the column that was read last, for a person.
    pub(crate) fn shown(&self) -> Option<String> {
        let Columns::Sqlite(row) = self.columns else {
            return None;
        };
        Some(match row.get_ref(self.at.checked_sub(1)?).ok()? {
            ValueRef::Null => "NULL".to_owned(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => number.to_string(),
            ValueRef::Text(text) => {
                let text = String::from_utf8_lossy(text);
                format!("{:?}", text.chars().take(60).collect::<String>())
            }
            ValueRef::Blob(bytes) => format!("{} bytes that are no text", bytes.len()),
        })
    }

    /// The next column, which has this name.
    pub(crate) fn named<T: Column<'r>>(&mut self, name: &str) -> Result<T> {
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
    ($row:ident $(<$text:ident>)?: $($column:ident),+) => {
        impl<'r $(, $text: $crate::db::Column<'r>)?> $crate::db::FromRow<'r> for $row $(<$text>)? {
            fn from_row(row: &mut $crate::db::Row<'r>) -> $crate::db::Result<Self> {
                Ok(Self { $($column: row.named(stringify!($column))?),+ })
            }
        }
    };
}
pub(crate) use columns;

macro_rules! tuple {
    ($($column:ident),+) => {
        impl<'r, $($column: Column<'r>),+> FromRow<'r> for ($($column,)+) {
            fn from_row(row: &mut Row<'r>) -> Result<Self> {
                Ok(($(row.next::<$column>()?,)+))
            }
        }
    };
}
tuple!(A);
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
tuple!(A, B, C, D, E);
tuple!(A, B, C, D, E, F);
