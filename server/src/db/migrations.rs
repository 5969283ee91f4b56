//! The steps to today's tables.

use aws_lc_rs::digest::{SHA256, digest};

use super::conn::Dialect;

/// One step. Numbers and names are the same on both databases.
pub(super) struct Migration {
    pub(super) number: i64,
    pub(super) name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    /// Whether a database that Django has made holds this already.
    pub(super) djangos: bool,
}

pub(super) const MIGRATIONS: [Migration; 8] = [
    Migration {
        number: 1,
        name: "django",
        sqlite: include_str!("../../migrations/sqlite/0001_django.sql"),
        postgres: include_str!("../../migrations/postgres/0001_django.sql"),
        djangos: true,
    },
    Migration {
        number: 2,
        name: "django_rows",
        sqlite: include_str!("../../migrations/0002_django_rows.sql"),
        postgres: include_str!("../../migrations/0002_django_rows.sql"),
        djangos: true,
    },
    Migration {
        number: 3,
        name: "gatepost",
        sqlite: include_str!("../../migrations/sqlite/0003_gatepost.sql"),
        postgres: include_str!("../../migrations/postgres/0003_gatepost.sql"),
        djangos: false,
    },
    Migration {
        number: 4,
        name: "cleanup",
        sqlite: include_str!("../../migrations/0004_cleanup.sql"),
        postgres: include_str!("../../migrations/0004_cleanup.sql"),
        djangos: false,
    },
    Migration {
        number: 5,
        name: "generations",
        sqlite: include_str!("../../migrations/0005_generations.sql"),
        postgres: include_str!("../../migrations/0005_generations.sql"),
        djangos: false,
    },
    Migration {
        number: 6,
        name: "throttle",
        sqlite: include_str!("../../migrations/sqlite/0006_throttle.sql"),
        postgres: include_str!("../../migrations/postgres/0006_throttle.sql"),
        djangos: false,
    },
    Migration {
        number: 7,
        name: "sessions",
        sqlite: include_str!("../../migrations/sqlite/0007_sessions.sql"),
        postgres: include_str!("../../migrations/postgres/0007_sessions.sql"),
        djangos: false,
    },
    Migration {
        number: 8,
        name: "event_user",
        sqlite: include_str!("../../migrations/0008_event_user.sql"),
        postgres: include_str!("../../migrations/0008_event_user.sql"),
        djangos: false,
    },
];

impl Migration {
    /// The step's text for this database.
    pub(super) fn sql(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }

    /// What the database remembers of the text, to notice that it has changed since.
    pub(super) fn checksum(&self, dialect: Dialect) -> String {
        hex::encode(digest(&SHA256, self.sql(dialect).as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_have_the_same_tables_of_ours() {
        let names = |sql: &str| {
            sql.lines()
                .filter_map(|line| line.strip_prefix("CREATE TABLE "))
                .map(|rest| {
                    rest.trim_matches(|c| c == '"' || c == ' ' || c == '(')
                        .to_owned()
                })
                .collect::<std::collections::BTreeSet<_>>()
        };
        for migration in &MIGRATIONS {
            assert_eq!(
                names(migration.sqlite),
                names(migration.postgres),
                "{}",
                migration.name
            );
        }
    }
}
