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

/// Looks at a parameter of the URL: gives the file that it names.
///
/// # Errors
/// One that would be ignored is refused by its name; its value may be a secret.
pub(super) fn known(name: &str, value: &str) -> Result<Option<PathBuf>, String> {
    let name = percent_decode_str(name).decode_utf8_lossy();
    match &*name {
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
            None => Err(format!(
                "{name} is no parameter of a database's URL that Gatepost knows; take it out"
            )),
        },
    }
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
