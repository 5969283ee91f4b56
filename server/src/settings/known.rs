//! Which settings there are, by gatepost.default.toml, and which of them are secret.

use toml::Table;

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

/// Whether a value is shown to nobody.
pub(super) fn is_secret(key: &str) -> bool {
    matches!(
        key,
        "server.secret_key" | "database.url" | "simple_jwt.signing_key"
    )
}
