//! Facts of SQLite, from the statements that it keeps: its pragmas tell neither CHECK, AUTOINCREMENT nor DEFERRABLE.

use sqlx::SqliteConnection;

use super::Row;

const KEPT: &str = "SELECT tbl_name, type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
const NEXT: &str = "SELECT name, 'row', 'next', CAST(seq + 1 AS varchar) FROM sqlite_sequence
    WHERE name IN ('django_migrations', 'django_content_type', 'auth_permission')";

/// All facts, those of tables one for each column or constraint.
pub(super) async fn facts(connection: &mut SqliteConnection) -> Vec<Row> {
    let kept: Vec<Row> = sqlx::query_as(KEPT)
        .fetch_all(&mut *connection)
        .await
        .expect("SQLite's schema");
    let mut facts = Vec::new();
    for (table, kind, name, statement) in kept {
        if kind == "table" {
            facts.extend(
                definitions(&statement)
                    .iter()
                    .zip(1..)
                    .map(|(text, place)| definition(&table, place, text)),
            );
        } else {
            facts.push((table, kind, name, plain(&statement)));
        }
    }
    if facts.iter().any(|(.., is)| is.contains("AUTOINCREMENT")) {
        facts.extend(
            sqlx::query_as::<_, Row>(NEXT)
                .fetch_all(connection)
                .await
                .expect("the table of AUTOINCREMENT"),
        );
    }
    facts
}

/// A column by its name and place, or a constraint of the table by its whole text.
fn definition(table: &str, place: usize, text: &str) -> Row {
    let first = text.split([' ', '(']).next().unwrap_or_default();
    if ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]
        .contains(&first.to_uppercase().as_str())
    {
        return (
            table.to_owned(),
            "constraint".to_owned(),
            plain(text),
            String::new(),
        );
    }
    let (name, rest) = match text
        .strip_prefix('"')
        .and_then(|quoted| quoted.split_once('"'))
    {
        Some(quoted) => quoted,
        None => text.split_once(' ').unwrap_or((text, "")),
    };
    (
        table.to_owned(),
        "column".to_owned(),
        name.to_owned(),
        format!("#{place} {}", plain(rest)),
    )
}

/// The parts of `CREATE TABLE name (…)`, split at the commas that stand in no inner bracket and no quotes.
fn definitions(statement: &str) -> Vec<String> {
    let body = statement.split_once('(').map_or("", |(_, body)| body);
    let mut parts = vec![String::new()];
    let (mut depth, mut quote) = (0, None);
    for character in body.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => break,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("begins with one").push(character);
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// Without the quotes around names, and with single spaces.
fn plain(text: &str) -> String {
    text.replace('"', "")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_split_into_columns_and_constraints() {
        let statement = r#"CREATE TABLE "t" ("id" integer  PRIMARY KEY, n text DEFAULT ',(' CHECK ("n" IN ('a', 'b')), UNIQUE ("id", n)) STRICT"#;
        let facts: Vec<_> = definitions(statement)
            .iter()
            .zip(1..)
            .map(|(text, place)| definition("t", place, text))
            .collect();
        let row =
            |kind: &str, name: &str, is: &str| ["t", kind, name, is].map(str::to_owned).into();
        assert_eq!(
            facts,
            [
                row("column", "id", "#1 integer PRIMARY KEY"),
                row(
                    "column",
                    "n",
                    "#2 text DEFAULT ',(' CHECK (n IN ('a', 'b'))"
                ),
                row("constraint", "UNIQUE (id, n)", ""),
            ]
        );
    }
}
