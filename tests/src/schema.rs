//! What a database looks like, as facts that can be compared: tables, columns, constraints, indices, sequences, and
//! the rows that Django's `migrate` leaves.

mod sqlite;

use std::collections::BTreeMap;

use sqlx::Connection;

use crate::sql;

/// Facts of PostgreSQL's catalogue, in the form of [`Row`].
const POSTGRES: &str = include_str!("schema/postgres.sql");

/// The rows after `migrate`, in SQL that both databases read. A number of three digits keeps them in order.
const ROWS: &str = "
    SELECT 'django_migrations', 'row', substr(CAST(1000 + row_number() OVER (ORDER BY id) AS varchar), 2),
        app || ' ' || name FROM django_migrations
    UNION ALL SELECT 'django_content_type', 'row', substr(CAST(1000 + id AS varchar), 2), app_label || '.' || model
        FROM django_content_type
    UNION ALL SELECT 'auth_permission', 'row', substr(CAST(1000 + p.id AS varchar), 2),
        c.app_label || '.' || c.model || ' ' || p.codename || ': ' || p.name
        FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id";

/// Table, kind of fact, name, and what it is.
type Row = (String, String, String, String);

/// The facts of one database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema(BTreeMap<(String, String, String), String>);

impl Schema {
    /// Reads the schema of `sqlite:PATH`, or the schema `public` of `postgres://…`.
    pub async fn read(database_url: &str) -> Self {
        let facts = if database_url.starts_with("sqlite:") {
            let mut connection = sql::sqlite(database_url).await;
            let mut facts = sqlite::facts(&mut connection).await;
            if migrated(&facts) {
                facts.extend(
                    sqlx::query_as::<_, Row>(ROWS)
                        .fetch_all(&mut connection)
                        .await
                        .expect("Django's rows"),
                );
            }
            connection.close().await.expect("nothing is under way");
            facts
        } else {
            let mut connection = sql::postgres(database_url).await;
            let mut facts: Vec<Row> = sqlx::query_as(POSTGRES)
                .fetch_all(&mut connection)
                .await
                .expect("PostgreSQL's catalogue");
            if migrated(&facts) {
                facts.extend(
                    sqlx::query_as::<_, Row>(ROWS)
                        .fetch_all(&mut connection)
                        .await
                        .expect("Django's rows"),
                );
            }
            connection.close().await.expect("nothing is under way");
            facts
        };
        Self(
            facts
                .into_iter()
                .map(|(table, kind, name, is)| ((table, kind, name), is))
                .collect(),
        )
    }

    /// The same without everything whose name begins with `prefix`: tables, and indices and constraints of other tables.
    #[must_use]
    pub fn without_prefix(mut self, prefix: &str) -> Self {
        self.0
            .retain(|(table, _, name), _| !table.starts_with(prefix) && !name.starts_with(prefix));
        self
    }
}

/// Where `found` is not as `wanted`, a sentence each; empty if they are equal.
pub fn diff(wanted: &Schema, found: &Schema) -> Vec<String> {
    let sentence = |(table, kind, name): &(String, String, String), rest: String| {
        format!("{table}: {kind} {name} {rest}")
    };
    let missing_or_other = wanted
        .0
        .iter()
        .filter_map(|(key, is)| match found.0.get(key) {
            None => Some(sentence(key, format!("is missing: {is}"))),
            Some(other) if other != is => Some(sentence(
                key,
                format!("differs: wanted {is}, found {other}"),
            )),
            Some(_) => None,
        });
    let extra = found
        .0
        .iter()
        .filter(|(key, _)| !wanted.0.contains_key(key));
    missing_or_other
        .chain(extra.map(|(key, is)| sentence(key, format!("is extra: {is}"))))
        .collect()
}

fn migrated(facts: &[Row]) -> bool {
    [
        "django_migrations",
        "django_content_type",
        "auth_permission",
    ]
    .iter()
    .all(|table| facts.iter().any(|fact| fact.0 == *table))
}
