//! Which settings there are, by gatepost.default.toml, and which of them are secret.

use toml::{Table, Value};

/// The default of every setting, and its documentation.
pub(super) const DEFAULTS: &str = include_str!("../../gatepost.default.toml");

/// All settings with their defaults.
pub(super) fn default_table() -> Table {
    DEFAULTS
        .parse()
        .expect("a test reads the built-in defaults")
}

/// The dotted names of all settings.
pub(super) fn keys(table: &Table) -> Vec<String> {
    let mut keys = Vec::new();
    for (section, settings) in table {
        for key in settings.as_table().into_iter().flat_map(Table::keys) {
            keys.push(format!("{section}.{key}"));
        }
    }
    keys
}

/// A value as people may see it: a URL can hold a password or a token.
pub(super) fn visible(key: &str, value: &Value) -> String {
    let url = value.as_str().filter(|_| key == "simple_jwt.jwk_url");
    let shown = url.and_then(visible_url).map(Value::from);
    shown.as_ref().unwrap_or(value).to_string()
}

/// A URL without what it has for its service alone; none where it is none.
pub(crate) fn visible_url(url: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).ok()?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    let user = if has_user { "***@" } else { "" };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    let query = url.query().map_or("", |_| "?***");
    let (scheme, port, path) = (url.scheme(), port.unwrap_or_default(), url.path());
    Some(format!("{scheme}://{user}{host}{port}{path}{query}"))
}

/// Whether a value is shown to nobody.
pub(super) fn is_secret(key: &str) -> bool {
    matches!(
        key,
        "server.secret_key" | "database.url" | "simple_jwt.signing_key"
    )
}
