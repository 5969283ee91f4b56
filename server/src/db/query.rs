//! A statement that is put together while the program runs: the lists and forms of the admin, whose filters, orders and
//! fields a person chooses. It is not kept prepared, so that it puts out none of the others.

use std::borrow::Cow;
use std::fmt::Write as _;

use futures_util::TryStreamExt;
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use sqlx::postgres::PgArguments;
use sqlx::query::Query as Statement;
use sqlx::{Arguments as _, Postgres};

use super::conn::{Conn, Dialect, Raw};
use super::error::{Error, Result};
use super::row::{Column, Row};
use super::types::{Id, Moment};

/// A value that a statement is given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// NULL, whatever the type of its column.
    Null,
    Flag(bool),
    Number(i64),
    /// As many as one likes: one value that a statement is given, an array or on SQLite its JSON.
    Numbers(Vec<i64>),
    Text(String),
    Moment(Moment),
}

/// A statement with its values. What a person writes is always a value, and never a part of the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(&'static str),
    Name(Name),
    Value(Value),
}

/// The name of a table or a column that a database has, in quotes.
#[derive(Clone, Debug)]
pub(crate) struct Name(String);

impl Name {
    /// Quoted, whatever its letters.
    pub(crate) fn quoted(name: &str) -> Self {
        Self(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

impl Query {
    pub(crate) fn new(text: &'static str) -> Self {
        Self(vec![Part::Text(text)])
    }

    /// Whether nothing was appended to it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends to the text.
    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.0.push(Part::Text(text));
        self
    }

    /// Appends what a row is called, as text of the database's own kind: a column may have been changed to hold NULL, or be of
    /// an extension's type.
    pub(crate) fn shown(&mut self, text: &'static str) -> &mut Self {
        self.push("COALESCE(CAST(").push(text);
        self.push(" AS text), 'None')")
    }

    /// Appends a column as text of the database's own kind.
    pub(crate) fn as_text(&mut self, column: &'static str) -> &mut Self {
        self.push("CAST(").push(column).push(" AS text)")
    }

    /// Appends a name.
    pub(crate) fn name(&mut self, name: &Name) -> &mut Self {
        self.0.push(Part::Name(name.clone()));
        self
    }

    /// Appends the place of a value.
    pub(crate) fn value(&mut self, value: impl Into<Value>) -> &mut Self {
        self.0.push(match value.into() {
            // without a type of its own it takes that of its place
            Value::Null => Part::Text("NULL"),
            value => Part::Value(value),
        });
        self
    }

    /// Appends the places of values, with commas between them; NULL, which nothing equals, where there are none.
    pub(crate) fn values(
        &mut self,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> &mut Self {
        let mut is_first = true;
        for value in values {
            if !is_first {
                self.push(", ");
            }
            is_first = false;
            self.value(value);
        }
        if is_first {
            self.push("NULL");
        }
        self
    }

    /// Appends that what stands before is one of these keys, which may be thousands.
    pub(crate) fn is_one_of(&mut self, dialect: Dialect, keys: &[Id]) -> &mut Self {
        let keys = Value::Numbers(keys.iter().map(|key| key.0).collect());
        let (before, after) = match dialect {
            Dialect::Sqlite => (" IN (SELECT value FROM json_each(", "))"),
            Dialect::Postgres => (" = ANY(", ")"),
        };
        self.push(before).value(keys).push(after)
    }

    /// Appends another one.
    pub(crate) fn append(&mut self, other: &Self) -> &mut Self {
        self.0.extend(other.0.iter().cloned());
        self
    }

    /// The text, with `$n` for each value.
    fn text(&self) -> String {
        let (mut text, mut count) = (String::new(), 0);
        for part in &self.0 {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Name(Name(name)) => text.push_str(name),
                Part::Value(_) => {
                    count += 1;
                    // writing to a text never fails
                    let _ = write!(text, "${count}");
                }
            }
        }
        text
    }

    fn given(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) | Part::Name(_) => None,
            Part::Value(value) => Some(value),
        })
    }

    /// Runs it; gives the number of rows that it changed.
    pub(crate) async fn execute(&self, conn: &mut Conn<'_>) -> Result<u64> {
        let text = self.text();
        let text = conn.users().dynamic(&text);
        match conn.raw()? {
            Raw::Sqlite(handle) => handle.execute_once(&text, &self.arguments()),
            Raw::Postgres(session) => {
                let query = safe(text, self.bound()?);
                let done = query.persistent(false).execute(session.conn).await?;
                Ok(done.rows_affected())
            }
        }
    }

    /// Hands on one row after the other until `take` has enough.
    pub(crate) async fn each(
        &self,
        conn: &mut Conn<'_>,
        mut take: impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let text = self.text();
        let text = conn.users().dynamic(&text);
        match conn.raw()? {
            Raw::Sqlite(handle) => handle.each_once(&text, &self.arguments(), take)?,
            Raw::Postgres(session) => {
                let query = safe(text, self.bound()?);
                let mut rows = query.persistent(false).fetch(session.conn);
                while let Some(row) = rows.try_next().await? {
                    if take(&mut Row::of_postgres(&row))? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// All rows, each as `read` takes it.
    pub(crate) async fn rows<T>(
        &self,
        conn: &mut Conn<'_>,
        mut read: impl FnMut(&mut Row<'_>) -> Result<T> + Send,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        let take = |row: &mut Row<'_>| {
            found.push(read(row)?);
            Ok(false)
        };
        self.each(conn, take).await?;
        Ok(found)
    }

    /// The first row, if there is one.
    pub(crate) async fn row<T>(
        &self,
        conn: &mut Conn<'_>,
        read: impl FnMut(&mut Row<'_>) -> Result<T> + Send,
    ) -> Result<Option<T>> {
        Ok(self.rows(conn, read).await?.into_iter().next())
    }

    /// The first column of the first row, if there is one.
    pub(crate) async fn scalar<T>(&self, conn: &mut Conn<'_>) -> Result<Option<T>>
    where
        T: for<'r> Column<'r> + Send,
    {
        Ok(self.scalars(conn).await?.into_iter().next())
    }

    /// The first column of all rows.
    pub(crate) async fn scalars<T>(&self, conn: &mut Conn<'_>) -> Result<Vec<T>>
    where
        T: for<'r> Column<'r> + Send,
    {
        let read = |row: &mut Row<'_>| row.next();
        self.rows(conn, read).await
    }

    fn arguments(&self) -> Vec<&dyn ToSql> {
        self.given().map(|value| value as &dyn ToSql).collect()
    }

    fn bound(&self) -> Result<PgArguments> {
        let mut arguments = PgArguments::default();
        for value in self.given() {
            let added = match value {
                Value::Null => arguments.add(Option::<String>::None),
                Value::Flag(flag) => arguments.add(*flag),
                Value::Number(number) => arguments.add(*number),
                Value::Numbers(numbers) => arguments.add(numbers.as_slice()),
                Value::Text(text) => arguments.add(text.as_str()),
                Value::Moment(moment) => arguments.add(*moment),
            };
            added.map_err(|error| Error::Failed(format!("a value can't be sent: {error}")))?;
        }
        Ok(arguments)
    }
}

/// What is put together of parts that the program holds, of names in quotes and of places for values.
#[expect(
    clippy::disallowed_methods,
    reason = "no value is a part of it: `Part` has no text of a person's"
)]
fn safe(text: Cow<'_, str>, values: PgArguments) -> Statement<'static, Postgres, PgArguments> {
    sqlx::query_with(sqlx::AssertSqlSafe(text.into_owned()), values)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Null => Ok(ToSqlOutput::Borrowed(ValueRef::Null)),
            Self::Flag(flag) => flag.to_sql(),
            Self::Number(number) => number.to_sql(),
            Self::Numbers(numbers) => Ok(ToSqlOutput::Owned(
                serde_json::json!(numbers).to_string().into(),
            )),
            Self::Text(text) => text.to_sql(),
            Self::Moment(moment) => moment.to_sql(),
        }
    }
}

macro_rules! from {
    ($($kind:ty => $variant:ident $(. $field:tt)?),+) => {
        $(impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::$variant(value$(.$field)?)
            }
        })+
    };
}
from!(bool => Flag, i64 => Number, String => Text, Moment => Moment, Id => Number.0);

/// How many: a number beyond what a database knows is the greatest that it does.
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
