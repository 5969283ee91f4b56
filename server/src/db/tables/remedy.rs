//! What a person does about a table that does not fit: a statement, or a change of the Django project.

use super::facts::Facts;
use super::needs::{Kind, Need};
use super::types::fits;
use crate::db::UserTable;
use crate::db::conn::Dialect;
use crate::db::migrations::MIGRATIONS;

const MIGRATE: &str = "run Django's `manage.py migrate`";
const MAKE_AND_MIGRATE: &str =
    "then run Django's `manage.py makemigrations` and `manage.py migrate`";

const WHOLE_NUMBERS: &str = "Gatepost knows users and posts by whole numbers alone: give the project's model an integer primary key, or stay with Django";

/// The table is missing: perhaps it has another name.
pub(super) fn no_table(facts: &Facts, need: &Need) -> String {
    let is_users = need.table == facts.users.name();
    let lacks = |name: &str, column: &str| !facts.tables[name].columns.contains_key(column);
    // users who log in by their mail address need no name
    let has_all = |name: &str| {
        let mut columns = need.columns.iter().map(|(column, ..)| *column);
        columns.all(|column| !lacks(name, column) || is_users && column == "username")
    };
    let other = facts.tables.keys().find(|name| has_all(name));
    let has_key = |name: &String| {
        let key = &facts.tables[name].columns["id"];
        fits(facts.dialect, &key.kind, Kind::Key)
    };
    let table = need.table;
    match other {
        Some(other) if !has_key(other) => format!(
            "{other} has its columns, but its id is {}: {WHOLE_NUMBERS}",
            facts.tables[other].columns["id"].kind
        ),
        Some(other) if is_users => {
            let by_email = if lacks(other, "username") {
                " and users.username_field = \"email\""
            } else {
                ""
            };
            format!("{other} has its columns: set users.table = \"{other}\"{by_email}")
        }
        Some(other) => format!(
            "{other} has its columns: give the project's model `class Meta: db_table = \"{table}\"`, {MAKE_AND_MIGRATE}, or run `ALTER TABLE {other} RENAME TO {table}` and give the model that name"
        ),
        None if table == "posts_post" => format!(
            "{MIGRATE} if the project has an app `posts`, or make an empty one: {}",
            statements(facts.dialect, table).join(" ")
        ),
        None if is_users => {
            format!(
                "{MIGRATE}, or, where the project has a user model of its own, set users.table to its table; it needs the columns of Django's `AbstractUser` and a whole number as its primary key"
            )
        }
        None => format!(
            "add `rest_framework_simplejwt.token_blacklist` to INSTALLED_APPS and {MIGRATE}"
        ),
    }
}

/// The statements with which a fresh database makes a table.
fn statements(dialect: Dialect, table: &str) -> Vec<String> {
    let text = MIGRATIONS[0].sql(dialect);
    let of_table = text.split_inclusive(";\n").filter(|statement| {
        let name = format!("TABLE {table}");
        let statement = statement.replace('"', "");
        statement.contains(&name) || statement.contains(&format!("ON {table} "))
    });
    let on_one_line = |statement: &str| {
        let lines = statement.lines().map(str::trim);
        lines
            .filter(|line| !line.starts_with("--"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    of_table.map(on_one_line).collect()
}

pub(super) fn no_column(need: &Need, column: &str, kind: Kind) -> String {
    if need.table != "posts_post" {
        return MIGRATE.to_owned();
    }
    let name = column.trim_end_matches("_id");
    let field = match kind {
        Kind::Key => "BigAutoField(primary_key=True)".to_owned(),
        Kind::Reference => {
            "ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)".to_owned()
        }
        Kind::Text(length) => format!("CharField(max_length={length})"),
        Kind::LongText => "TextField()".to_owned(),
        Kind::Flag => "BooleanField()".to_owned(),
        Kind::Moment if column == "created_at" => "DateTimeField(auto_now_add=True)".to_owned(),
        Kind::Moment => "DateTimeField(auto_now=True)".to_owned(),
    };
    format!("add `{name} = models.{field}` to the project's model, {MAKE_AND_MIGRATE}")
}

/// A column that nobody here writes.
pub(super) fn extra_column(
    dialect: Dialect,
    users: UserTable,
    table: &str,
    column: &str,
    kind: &str,
) -> String {
    let in_settings = if table == users.name() {
        format!(
            "say in the settings what a new user has there (`[users.defaults]`, `{column} = …`), or "
        )
    } else {
        String::new()
    };
    let in_django = format!(
        "write `null=True` or, from Django 5.0 on, `db_default=…` for it in the project's model, {MAKE_AND_MIGRATE}"
    );
    match dialect {
        Dialect::Sqlite => format!("{in_settings}{in_django}"),
        Dialect::Postgres => format!(
            "{in_settings}run `ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {}` (or another value), or {in_django}",
            some_value(kind)
        ),
    }
}

/// A value of a type of PostgreSQL's.
fn some_value(kind: &str) -> &'static str {
    match kind {
        "boolean" => "false",
        "smallint" | "integer" | "bigint" | "real" | "double precision" => "0",
        "date" => "CURRENT_DATE",
        "uuid" => "gen_random_uuid()",
        "json" | "jsonb" => "'{}'",
        "interval" => "'0'",
        "inet" => "'0.0.0.0'",
        kind if kind.starts_with("numeric") => "0",
        kind if kind.starts_with("timestamp") => "now()",
        kind if kind.starts_with("time") => "'00:00'",
        kind if kind.ends_with("[]") => "'{}'",
        _ => "''",
    }
}

pub(super) fn not_unique(table: &str, column: &str) -> String {
    format!(
        "remove what stands there twice and run `CREATE UNIQUE INDEX {table}_{column}_uniq ON {table} ({column})`"
    )
}

pub(super) fn extra_unique(table: &str, name: &str) -> String {
    // SQLite names by itself what was given no name
    let named = if name.starts_with("sqlite_autoindex") {
        "`unique=True`, `unique_together` or a UniqueConstraint".to_owned()
    } else {
        format!("`unique=True`, `unique_together` or the UniqueConstraint {name}")
    };
    format!("take it out of the model of {table} ({named}), {MAKE_AND_MIGRATE}")
}

pub(super) fn wrong_type(
    dialect: Dialect,
    need: &Need,
    column: &str,
    kind: Kind,
    found: &str,
) -> String {
    let table = need.table;
    if matches!(kind, Kind::Key | Kind::Reference) {
        return WHOLE_NUMBERS.to_owned();
    }
    if dialect == Dialect::Sqlite {
        return format!(
            "give the field of {table} its type in the project's model, {MAKE_AND_MIGRATE}"
        );
    }
    let (wanted, using) = match kind {
        Kind::Text(length) => (
            format!("varchar({length})"),
            format!("CAST({column} AS varchar({length}))"),
        ),
        Kind::LongText => ("text".to_owned(), format!("CAST({column} AS text)")),
        Kind::Flag => ("boolean".to_owned(), format!("CAST({column} AS boolean)")),
        Kind::Moment if found.starts_with("timestamp") => (
            "timestamptz".to_owned(),
            format!("{column} AT TIME ZONE 'UTC'"),
        ),
        _ => (
            "timestamptz".to_owned(),
            format!("CAST({column} AS timestamptz)"),
        ),
    };
    let note = if using.ends_with("'UTC'") {
        " (or in place of UTC the zone in which it was written)"
    } else {
        ""
    };
    let migrate = if need.table == "posts_post" {
        ""
    } else {
        "run Django's `manage.py migrate`, or "
    };
    format!(
        "{migrate}run `ALTER TABLE {table} ALTER COLUMN {column} TYPE {wanted} USING {using}`{note}"
    )
}

pub(super) fn no_key(dialect: Dialect, table: &str, column: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!(
            "make {column} the primary key of the project's model again, {MAKE_AND_MIGRATE}"
        ),
        Dialect::Postgres => format!(
            "run `ALTER TABLE {table} ALTER COLUMN {column} ADD GENERATED BY DEFAULT AS IDENTITY` and set its sequence to the highest value, and make it the primary key if it is none"
        ),
    }
}

pub(super) fn nullable(dialect: Dialect, table: &str, column: &str, kind: Kind) -> String {
    let in_django = format!("take `null=True` out of the project's model, {MAKE_AND_MIGRATE}");
    match (dialect, kind) {
        (Dialect::Postgres, Kind::Text(_) | Kind::LongText) => format!(
            "run `UPDATE {table} SET {column} = '' WHERE {column} IS NULL; ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL`, or {in_django}"
        ),
        (Dialect::Postgres, _) => format!(
            "give each row a value and run `ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL`, or {in_django}"
        ),
        (Dialect::Sqlite, _) => in_django,
    }
}

pub(super) fn not_nullable(dialect: Dialect, table: &str, column: &str) -> String {
    match dialect {
        Dialect::Sqlite => MIGRATE.to_owned(),
        Dialect::Postgres => {
            format!("{MIGRATE}, or run `ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL`")
        }
    }
}

/// Rows of another table are meant, such as those of a user model of the project's.
pub(super) fn other_table(users: UserTable, found: &str, wanted: &str) -> String {
    if wanted == users.name() {
        return format!(
            "set users.table = \"{found}\" if that is the table of the project's user model"
        );
    }
    format!(
        "the project's rows stand in {found}: rename the unused {wanted}, and give the model of {found} `class Meta: db_table = \"{wanted}\"`, {MAKE_AND_MIGRATE}"
    )
}

pub(super) fn extra_check(table: &str) -> String {
    format!("take the CheckConstraint out of the model of {table}, {MAKE_AND_MIGRATE}")
}

/// What the project refuses may be meant so.
pub(super) fn refuses_rows() -> String {
    "a request with such values is answered 400, and no server is less ready for it".to_owned()
}

/// A foreign key without ON DELETE, which Django needs none of.
pub(super) fn reference(
    dialect: Dialect,
    table: &str,
    column: &str,
    target: &str,
    key: &str,
) -> String {
    match dialect {
        Dialect::Sqlite => "delete these rows first, or such a post through Django".to_owned(),
        Dialect::Postgres => format!(
            "run `ALTER TABLE {table} DROP CONSTRAINT \"{key}\", ADD CONSTRAINT \"{key}\" FOREIGN KEY ({column}) REFERENCES {target} ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED` if they are to go with it"
        ),
    }
}
