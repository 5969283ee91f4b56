//! The rows of Django's tables as they are compared: what was there at the start is left out, and of the rest what is
//! random or of this moment is masked.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use aws_lc_rs::digest::SHA256;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::ZlibDecoder;
use gatepost_tests::{SECRET, sql};
use sqlx::types::chrono::NaiveDateTime;
use sqlx::{PgConnection, SqliteConnection};

/// A table and its columns.
type Table = (String, Vec<String>);

/// One database, read again and again.
pub(crate) struct Rows {
    database: String,
    tables: Vec<Table>,
    query: String,
    first: BTreeSet<String>,
    connection: Connection,
    /// What was found last, and at which version of the database.
    last: (String, Vec<String>),
}

/// Kept open, to be asked whether anything was written since.
enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Connection {
    async fn version(&mut self) -> String {
        match self {
            Self::Sqlite(connection) => {
                let version = sqlx::query_scalar::<_, i64>("PRAGMA data_version");
                version.fetch_one(connection).await.unwrap().to_string()
            }
            Self::Postgres(connection) => {
                let newest = "SELECT CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text)";
                sqlx::query_scalar(newest)
                    .fetch_one(connection)
                    .await
                    .unwrap()
            }
        }
    }
}

/// Tables of pairs. The order in which a set of rights is written down is nobody's promise: their ids are compared apart.
const PAIRS: [&str; 3] = [
    "auth_user_groups",
    "auth_user_user_permissions",
    "auth_group_permissions",
];

/// Between a row's cells, and in place of null.
const BETWEEN: char = '\u{1f}';
const NULL: char = '\u{1e}';

impl Rows {
    /// Remembers what is there.
    pub(crate) async fn new(database: &str) -> Self {
        let is_sqlite = database.starts_with("sqlite:");
        let names = if is_sqlite {
            "SELECT m.name || ' ' || p.name FROM sqlite_master m, pragma_table_info(m.name) p
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid"
        } else {
            "SELECT table_name || ' ' || column_name FROM information_schema.columns
             WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        };
        let mut tables: Vec<Table> = Vec::new();
        for line in sql::query(database, names).await {
            let (table, column) = line.split_once(' ').unwrap();
            if table.starts_with("gatepost_") {
                continue;
            }
            if tables.last().is_none_or(|(last, _)| last != table) {
                tables.push((table.to_owned(), Vec::new()));
            }
            tables.last_mut().unwrap().1.push(column.to_owned());
        }
        let char = if is_sqlite { "char" } else { "chr" };
        let selects = tables.iter().map(|(table, columns)| {
            let cells = columns.iter().map(|column| {
                format!(
                    r#"COALESCE(CAST("{column}" AS text), {char}({}))"#,
                    NULL as u32
                )
            });
            let cells: Vec<_> = cells.collect();
            let between = format!(" || {char}({}) || ", BETWEEN as u32);
            format!(
                r#"SELECT '{table}'{between}{} FROM "{table}""#,
                cells.join(&between)
            )
        });
        let query = selects.collect::<Vec<_>>().join(" UNION ALL ");
        let mut rows = Self {
            database: database.to_owned(),
            tables,
            query,
            first: BTreeSet::new(),
            connection: if is_sqlite {
                Connection::Sqlite(sql::sqlite(database).await)
            } else {
                Connection::Postgres(sql::postgres(database).await)
            },
            last: Default::default(),
        };
        rows.first = rows.read().await;
        rows
    }

    async fn read(&self) -> BTreeSet<String> {
        let rows = sql::query(&self.database, &self.query).await;
        rows.into_iter().collect()
    }

    /// What has gone and what has come since the start, a line each.
    pub(crate) async fn changes(&mut self, now: i64) -> Vec<String> {
        let version = self.connection.version().await;
        if version != self.last.0 {
            self.last = (version, self.compared(now).await);
        }
        self.last.1.clone()
    }

    async fn compared(&self, now: i64) -> Vec<String> {
        let rows = self.read().await;
        let passwords = self.passwords(&rows);
        let gone = self.first.difference(&rows);
        let gone = gone.map(|row| format!("- {}", self.row(row, |_, cell| cell.to_owned())));
        let come = rows.difference(&self.first).map(|row| {
            let masked = |column: &str, cell: &str| masked(column, cell, now, &passwords);
            format!("+ {}", self.row(row, masked))
        });
        let mut changes: Vec<_> = gone.chain(come).collect();
        for pairs in PAIRS {
            let of_pairs = rows.difference(&self.first).map(|row| self.cells(row));
            let of_pairs = of_pairs.filter(|(table, _)| *table == pairs);
            let ids: BTreeSet<_> = of_pairs
                .filter_map(|(_, mut cells)| cells.find(|(column, _)| *column == "id"))
                .collect();
            changes.push(format!("ids of {pairs}: {ids:?}"));
        }
        changes.sort();
        changes
    }

    fn cells<'r>(&'r self, row: &'r str) -> (&'r str, impl Iterator<Item = (&'r str, &'r str)>) {
        let mut cells = row.split(BETWEEN);
        let table = cells.next().unwrap();
        let (_, columns) = self.tables.iter().find(|(name, _)| name == table).unwrap();
        (table, columns.iter().map(String::as_str).zip(cells))
    }

    fn row(&self, row: &str, mask: impl Fn(&str, &str) -> String) -> String {
        let (table, cells) = self.cells(row);
        let cells = cells.filter(|(column, _)| !PAIRS.contains(&table) || *column != "id");
        let cells = cells.map(|(column, cell)| match cell.chars().next() {
            Some(NULL) => format!("{column} null"),
            _ => format!("{column} {:?}", mask(column, cell)),
        });
        format!("{table}: {}", cells.collect::<Vec<_>>().join(", "))
    }

    /// Every user's, by his id.
    fn passwords(&self, rows: &BTreeSet<String>) -> BTreeMap<String, String> {
        let users = rows
            .iter()
            .filter(|row| row.starts_with(&format!("auth_user{BETWEEN}")));
        let cell = |row, wanted| {
            let mut cells = self.cells(row).1;
            cells
                .find(|(column, _)| *column == wanted)
                .unwrap()
                .1
                .to_owned()
        };
        users
            .map(|row| (cell(row, "id"), cell(row, "password")))
            .collect()
    }
}

fn masked(column: &str, cell: &str, now: i64, passwords: &BTreeMap<String, String>) -> String {
    match column {
        "password" => {
            let Some(random) = cell.strip_prefix('!') else {
                let parts = cell.split('$').enumerate();
                // the algorithm and its cost, and the lengths of salt and hash
                let parts = parts.map(|(at, part)| match at {
                    0 | 1 => part.to_owned(),
                    _ => part.len().to_string(),
                });
                return parts.collect::<Vec<_>>().join("$");
            };
            format!("!{}", random.len())
        }
        "session_key" | "jti" => format!("{} characters", cell.len()),
        "session_data" => session(cell, passwords).unwrap_or_else(|| format!("unreadable: {cell}")),
        "token" => format!("{} parts", cell.split('.').count()),
        // Django's form cuts off the parts of a second, even where nobody touches the field
        "date_joined" | "last_login" => {
            let cell = moment(cell, now).unwrap_or_else(|| cell.to_owned());
            let whole = cell.split('.').next().unwrap_or_default();
            whole.trim_end_matches("+00").to_owned()
        }
        _ => moment(cell, now).unwrap_or_else(|| cell.to_owned()),
    }
}

/// A date near this moment, or the life of a session or of a token after it; how it is written stays to be seen.
fn moment(cell: &str, now: i64) -> Option<String> {
    let (date, rest) = cell.split_at_checked(19)?;
    let date = NaiveDateTime::parse_from_str(date, "%Y-%m-%d %H:%M:%S").ok()?;
    let after = date.and_utc().timestamp() - now;
    let days = [0, 14, 50]
        .into_iter()
        .find(|days| (after - days * 86_400).abs() < 3_600)?;
    let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let fraction = if rest.starts_with('.') { ".0" } else { "" };
    Some(format!("in {days} days{fraction}{zone}"))
}

/// What a session says, where the key has signed it.
fn session(cell: &str, passwords: &BTreeMap<String, String>) -> Option<String> {
    let (value, signature) = cell.rsplit_once(':')?;
    let key = digest("django.contrib.sessions.SessionStoresigner");
    if tag(&key, value) != URL_SAFE_NO_PAD.decode(signature).ok()? {
        return None;
    }
    let (payload, _) = value.rsplit_once(':')?;
    let text = match payload.strip_prefix('.') {
        None => String::from_utf8(URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?,
        Some(packed) => {
            let packed = URL_SAFE_NO_PAD.decode(packed).ok()?;
            let mut text = String::new();
            ZlibDecoder::new(packed.as_slice())
                .read_to_string(&mut text)
                .ok()?;
            text
        }
    };
    let session: serde_json::Value = serde_json::from_str(&text).ok()?;
    let hash = session["_auth_user_hash"].as_str()?;
    let password = passwords.get(session["_auth_user_id"].as_str()?);
    let key = digest("django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash");
    let of_password = password.map(|password| hex(&tag(&key, password)));
    let is = if of_password.as_deref() == Some(hash) {
        "of the password"
    } else {
        "of another password"
    };
    Some(text.replace(hash, is))
}

fn digest(salt: &str) -> Vec<u8> {
    let salted = format!("{salt}{SECRET}");
    aws_lc_rs::digest::digest(&SHA256, salted.as_bytes())
        .as_ref()
        .to_vec()
}

fn tag(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap();
    let byte = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(byte).collect()
}
