//! Parameters of a PostgreSQL URL: none is ignored in silence.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;

/// Parameters of libpq's that change nothing here, with the values that ask for no more than what is done anyhow.
const AS_DONE: [(&str, &[&str]); 6] = [
    (
        "client_encoding",
        &["UTF8", "utf8", "UTF-8", "utf-8", "auto"],
    ),
    ("channel_binding", &["disable", "prefer"]),
    ("gssencmode", &["disable", "prefer"]),
    ("keepalives", &["1"]),
    ("sslcompression", &["0"]),
    ("sslnegotiation", &["postgres"]),
];

/// Parameters that are heeded, for whoever mistypes one.
const KNOWN: [&str; 17] = [
    "application_name",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "search_path",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
    "user",
    "client_encoding",
];

/// Parameters that libpq and other programs know and Gatepost does not, which may be named.
const ELSEWHERE: [&str; 34] = [
    "channel_binding",
    "charset",
    "connection_limit",
    "currentSchema",
    "fallback_application_name",
    "gssdelegation",
    "gsslib",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "max_protocol_version",
    "min_protocol_version",
    "passfile",
    "pgbouncer",
    "pool_max_conns",
    "pool_timeout",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "schema",
    "service",
    "socket_timeout",
    "ssl",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcertmode",
    "sslcrl",
    "sslcrldir",
    "sslpassword",
    "sslsni",
    "statement_timeout",
    "tcp_user_timeout",
];

/// How `sslmode` is written.
const MODES: [&str; 6] = [
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// Looks at a parameter of the URL: gives the file that it names.
///
/// # Errors
/// One that would be ignored is refused by its name; its value may be a secret.
pub(super) fn known(name: &str, value: &str) -> Result<Option<PathBuf>, String> {
    let name = percent_decode_str(name).decode_utf8_lossy();
    match &*name {
        "sslmode" | "ssl-mode" if !MODES.contains(&&*value.to_ascii_lowercase()) => Err(format!(
            "sslmode of the database's URL is none of {}",
            MODES.join(", ")
        )),
        "sslrootcert" | "ssl-root-cert" | "ssl-ca" | "sslcert" | "ssl-cert" | "sslkey"
        | "ssl-key" => {
            let path = percent_decode_str(value).decode_utf8_lossy().into_owned();
            Ok(Some(path.into()))
        }
        "sslmode" | "ssl-mode" | "dbname" | "user" | "password" | "application_name"
        | "options" => Ok(None),
        name if name.starts_with("options[") && name.ends_with(']') => Ok(None),
        name => match AS_DONE.iter().find(|(known, _)| *known == name) {
            Some((_, values)) if values.contains(&value) => Ok(None),
            Some((_, values)) => Err(format!(
                "{name} of the database's URL can only be {}; take it out",
                values.join(" or ")
            )),
            None => Err(unknown(name)),
        },
    }
}

/// What is said of another one. A name that no other program knows may be a part of a password.
fn unknown(name: &str) -> String {
    if ELSEWHERE.contains(&name) {
        return format!(
            "{name} is no parameter of a database's URL that Gatepost knows; take it out"
        );
    }
    let alike = |known: &str| strsim::jaro_winkler(known, name);
    let nearest = KNOWN.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    let hint = match nearest.filter(|known| alike(known) > 0.85) {
        Some(known) => format!("did you mean {known}?"),
        None => "take it out".to_owned(),
    };
    format!(
        "the database's URL has a parameter that Gatepost does not know; {hint} (in a value & is written %26)"
    )
}

/// `connect_timeout`, as libpq takes it: a whole number of seconds, of which one counts as two, and none as for ever.
pub(super) fn seconds(value: &str) -> Result<Duration, String> {
    let seconds: i64 = value.parse().map_err(|_| {
        "connect_timeout of the database's URL is no whole number of seconds".to_owned()
    })?;
    Ok(match u64::try_from(seconds) {
        Ok(0) | Err(_) => Duration::MAX,
        Ok(seconds) => Duration::from_secs(seconds.max(2)),
    })
}
