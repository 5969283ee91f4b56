//! The URL of a project's database.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

use super::told::Database;
use crate::db::Url;

const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Options of Django's that change nothing here.
const NO_MATTER: [&str; 12] = [
    "init_command",
    "transaction_mode",
    "timeout",
    "isolation_level",
    "pool",
    "server_side_binding",
    "assume_role",
    "prepare_threshold",
    "check_same_thread",
    "cached_statements",
    "autocommit",
    "cursor_factory",
];

/// The URL, or why there is none.
pub(super) fn of(database: &Database) -> Result<SecretString, String> {
    let text = match database.vendor.as_str() {
        "sqlite" if database.name.starts_with("file:") || database.name == ":memory:" => {
            return Err(format!(
                "the project's database is {}, and Gatepost opens a file by its path alone; give one with --database",
                database.name
            ));
        }
        "sqlite" => format!("sqlite:{}", database.name),
        "postgresql" => postgres(database),
        _ => {
            return Err(format!(
                "the project's database is of {}, and Gatepost works on SQLite and PostgreSQL; move the data to PostgreSQL first (`manage.py dumpdata`, `loaddata`), or stay with Django",
                database.engine
            ));
        }
    };
    match text.parse::<Url>() {
        Ok(_) => Ok(text.into()),
        Err(why) => Err(format!(
            "the project's DATABASES can't be said as a URL: {why}; give one with --database"
        )),
    }
}

fn postgres(database: &Database) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, KEPT).to_string();
    let password = database.password.expose_secret();
    let user = match (database.user.as_str(), password) {
        ("", _) => String::new(),
        (user, "") => format!("{}@", encoded(user)),
        (user, password) => format!("{}:{}@", encoded(user), encoded(password)),
    };
    let (host, port) = (database.host.as_str(), database.port.as_str());
    let mut query = Vec::new();
    // a folder is that of a socket
    let place = match (host.starts_with('/'), port) {
        (true, port) => {
            query.push(format!("host={}", encoded(host)));
            query.extend((!port.is_empty()).then(|| format!("port={port}")));
            String::new()
        }
        (false, "") => host.to_owned(),
        (false, port) => format!("{host}:{port}"),
    };
    let options = (database.options.iter()).filter(|(name, _)| !NO_MATTER.contains(&name.as_str()));
    query.extend(options.map(|(name, value)| format!("{name}={}", encoded(value))));
    let before = if query.is_empty() { "" } else { "?" };
    let name = encoded(&database.name);
    format!("postgres://{user}{place}/{name}{before}{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(toml: &str) -> Result<String, String> {
        let defaults = "user = ''\npassword = ''\nhost = ''\nport = ''\nothers = []\n";
        let mut table: toml::Table = defaults.parse().unwrap();
        table.insert("options".to_owned(), toml::Table::new().into());
        table.extend(toml.parse::<toml::Table>().unwrap());
        let database: Database = table.try_into().unwrap();
        of(&database).map(|url| url.expose_secret().to_owned())
    }

    #[test]
    fn each_database_of_djangos_has_a_url_or_a_sentence() {
        let sqlite = "vendor = 'sqlite'\nengine = 'e'\n";
        let postgres = "vendor = 'postgresql'\nengine = 'e'\n";
        for (toml, expected) in [
            (format!("{sqlite}name = '/a/b c.db'"), "sqlite:/a/b c.db"),
            (
                format!(
                    "{postgres}name = 'n'\nuser = 'u@x'\npassword = 'p/%:'\nhost = 'h'\nport = '5433'"
                ),
                "postgres://u%40x:p%2F%25%3A@h:5433/n",
            ),
            (
                format!(
                    "{postgres}name = 'n'\nuser = 'u'\nhost = '/run/pg'\noptions = {{ sslmode = 'require', pool = 'True' }}"
                ),
                "postgres://u@/n?host=%2Frun%2Fpg&sslmode=require",
            ),
            (
                format!("{postgres}name = 'n'\noptions = {{ options = '-c search_path=app' }}"),
                "postgres:///n?options=-c%20search_path%3Dapp",
            ),
        ] {
            assert_eq!(url(&toml).as_deref(), Ok(expected));
        }
        for (toml, says) in [
            (format!("{sqlite}name = ':memory:'"), "by its path alone"),
            (
                "vendor = 'mysql'\nengine = 'django.db.backends.mysql'\nname = 'n'".to_owned(),
                "is of django.db.backends.mysql, and Gatepost works on SQLite and PostgreSQL",
            ),
            (
                format!("{postgres}name = 'n'\noptions = {{ service = 'hunter' }}"),
                "can't be said as a URL",
            ),
        ] {
            let why = url(&toml).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
    }
}
