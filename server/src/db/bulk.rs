//! Many rows for one table at once: PostgreSQL's COPY, and one kept statement of SQLite's.

use std::fmt::Write as _;

use rusqlite::ToSql;

use super::conn::{Raw, Tx};
use super::error::{Error, Result};
use super::query::Value;

/// Puts rows into a table; each has a value for each of the columns, in their order.
///
/// # Errors
/// The database refuses one of them, or fails.
pub(crate) async fn insert(
    tx: &mut Tx<'_>,
    table: &str,
    columns: &[&str],
    rows: &[Vec<Value>],
) -> Result<()> {
    let (table, names) = (quoted(table), columns.iter().map(|name| quoted(name)));
    let names = names.collect::<Vec<_>>().join(", ");
    match tx.raw()? {
        Raw::Sqlite(handle) => {
            let places: Vec<_> = (1..=columns.len()).map(|n| format!("${n}")).collect();
            let places = places.join(", ");
            let statement = format!("INSERT INTO {table} ({names}) VALUES ({places})");
            for row in rows {
                let arguments: Vec<_> = row.iter().map(|value| value as &dyn ToSql).collect();
                handle.execute(&statement, &arguments)?;
            }
        }
        Raw::Postgres(session) => {
            let lines = lines(rows)?;
            let statement = format!("COPY {table} ({names}) FROM STDIN");
            let mut copying = session.conn.copy_in_raw(&statement).await?;
            copying.send(lines.into_bytes()).await?;
            copying.finish().await?;
        }
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Rows in the text form of COPY.
fn lines(rows: &[Vec<Value>]) -> Result<String> {
    let mut lines = String::new();
    for row in rows {
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                lines.push('\t');
            }
            match value {
                Value::Null => lines.push_str("\\N"),
                Value::Flag(flag) => lines.push(if *flag { 't' } else { 'f' }),
                // writing to a text never fails
                Value::Number(number) => {
                    let _ = write!(lines, "{number}");
                }
                Value::Text(text) => escape(&mut lines, text),
                Value::Moment(moment) => lines.push_str(&moment.rfc3339()),
                Value::Numbers(_) => {
                    let why = "a defect: a list is no value of a column";
                    return Err(Error::Failed(why.to_owned()));
                }
            }
        }
        lines.push('\n');
    }
    Ok(lines)
}

fn escape(lines: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '\\' => lines.push_str("\\\\"),
            '\t' => lines.push_str("\\t"),
            '\n' => lines.push_str("\\n"),
            '\r' => lines.push_str("\\r"),
            letter => lines.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_rows_and_values_is_escaped() {
        let row = vec![
            Value::Null,
            Value::Flag(true),
            Value::Number(-7),
            Value::Text("a\tb\\N\r\nc".to_owned()),
            Value::Text(String::new()),
            Value::Moment(crate::db::Moment::EPOCH),
        ];
        assert_eq!(
            lines(&[row.clone(), row]).unwrap(),
            "\\N\tt\t-7\ta\\tb\\\\N\\r\\nc\t\t1970-01-01T00:00:00Z\n".repeat(2)
        );
    }
}
