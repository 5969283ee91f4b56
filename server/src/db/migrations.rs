//! The steps to today's tables, and the migrations of Django's own that the first of them stands for.

use aws_lc_rs::digest::{SHA256, digest};

use super::pool::Dialect;

/// One step. Numbers and names are the same on both databases.
pub(super) struct Migration {
    pub(super) number: i64,
    pub(super) name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    /// Whether a database that Django has made holds this already.
    pub(super) djangos: bool,
}

pub(super) const MIGRATIONS: [Migration; 4] = [
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

/// App and name of each of Django's migrations that make these tables; step 2 records them.
pub(super) const DJANGOS: [(&str, &str); 31] = [
    ("contenttypes", "0001_initial"),
    ("auth", "0001_initial"),
    ("admin", "0001_initial"),
    ("admin", "0002_logentry_remove_auto_add"),
    ("admin", "0003_logentry_add_action_flag_choices"),
    ("contenttypes", "0002_remove_content_type_name"),
    ("auth", "0002_alter_permission_name_max_length"),
    ("auth", "0003_alter_user_email_max_length"),
    ("auth", "0004_alter_user_username_opts"),
    ("auth", "0005_alter_user_last_login_null"),
    ("auth", "0006_require_contenttypes_0002"),
    ("auth", "0007_alter_validators_add_error_messages"),
    ("auth", "0008_alter_user_username_max_length"),
    ("auth", "0009_alter_user_last_name_max_length"),
    ("auth", "0010_alter_group_name_max_length"),
    ("auth", "0011_update_proxy_permissions"),
    ("auth", "0012_alter_user_first_name_max_length"),
    ("posts", "0001_initial"),
    ("sessions", "0001_initial"),
    ("token_blacklist", "0001_initial"),
    ("token_blacklist", "0002_outstandingtoken_jti_hex"),
    ("token_blacklist", "0003_auto_20171017_2007"),
    ("token_blacklist", "0004_auto_20171017_2013"),
    ("token_blacklist", "0005_remove_outstandingtoken_jti"),
    ("token_blacklist", "0006_auto_20171017_2113"),
    ("token_blacklist", "0007_auto_20171017_2214"),
    ("token_blacklist", "0008_migrate_to_bigautofield"),
    ("token_blacklist", "0010_fix_migrate_to_bigautofield"),
    ("token_blacklist", "0011_linearizes_history"),
    ("token_blacklist", "0012_alter_outstandingtoken_user"),
    (
        "token_blacklist",
        "0013_alter_blacklistedtoken_options_and_more",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_2_records_each_of_django_s_migrations() {
        let recorded = MIGRATIONS[1].sqlite.lines();
        let recorded = recorded.filter(|line| line.contains("CURRENT_TIMESTAMP"));
        let known = DJANGOS.map(|(app, name)| format!("('{app}', '{name}', CURRENT_TIMESTAMP)"));
        let recorded: Vec<_> = recorded
            .map(|line| line.trim().trim_end_matches([',', ';']))
            .collect();
        assert_eq!(recorded, known);
    }

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
