//! What a project said, as `ask.py` writes it.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use toml::Table;

/// All of it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
#[derive(Deserialize)]
pub(crate) struct Told {
    /// Its settings module.
    pub(super) settings: String,
    pub(super) django: String,
    /// Empty where the project does not use it.
    pub(super) simplejwt: String,
    pub(super) secret_key: SecretString,
    pub(super) signing_key: Option<SecretString>,
    pub(super) debug: bool,
    pub(super) allowed_hosts: Vec<String>,
    pub(super) use_tz: bool,
    pub(super) time_zone: String,
    /// FORCE_SCRIPT_NAME; empty for none.
    pub(super) root_path: String,
    /// SECURE_HSTS_SECONDS, where a middleware reads it, and the two beside it.
    pub(super) hsts: i64,
    pub(super) hsts_include_subdomains: bool,
    pub(super) hsts_preload: bool,
    /// DATA_UPLOAD_MAX_MEMORY_SIZE; negative for none.
    pub(super) body: i64,
    pub(super) backends: Vec<String>,
    /// The algorithms of PASSWORD_HASHERS.
    pub(super) hashers: Vec<String>,
    /// Those of the first.
    pub(super) iterations: i64,
    pub(super) validators: Vec<String>,
    pub(super) validator_options: Vec<String>,
    /// REST_FRAMEWORK, without what is DRF's default.
    pub(super) rest_framework: BTreeMap<String, String>,
    /// Settings of Django whose effect a client sees, without what is its default.
    pub(super) seen: BTreeMap<String, String>,
    pub(super) middleware: Vec<String>,
    pub(super) simple_jwt: Table,
    /// What no setting can hold, as Python shows it.
    pub(super) unknown_jwt: BTreeMap<String, String>,
    pub(super) cors: Table,
    pub(super) unknown_cors: BTreeMap<String, String>,
    pub(super) database: Database,
    pub(super) user: User,
    pub(super) ours: Vec<Ours>,
    pub(super) routes: Vec<Route>,
}

/// `DATABASES["default"]`.
#[derive(Deserialize)]
pub(super) struct Database {
    pub(super) vendor: String,
    pub(super) engine: String,
    pub(super) name: String,
    pub(super) user: String,
    pub(super) password: SecretString,
    pub(super) host: String,
    pub(super) port: String,
    pub(super) options: BTreeMap<String, String>,
    /// Other aliases.
    pub(super) others: Vec<String>,
}

/// `AUTH_USER_MODEL`.
#[derive(Deserialize)]
pub(super) struct User {
    pub(super) label: String,
    pub(super) table: String,
    pub(super) username_field: String,
    /// The class of its primary key, and its column.
    pub(super) key: String,
    pub(super) key_column: String,
    /// Columns of AbstractUser that it does not have.
    pub(super) lacks: Vec<String>,
    /// What a new row has in the model's own columns.
    pub(super) defaults: Table,
    /// The columns for which that can't be said, and why.
    pub(super) unknown: BTreeMap<String, String>,
    /// Columns that the model wants to be given, and that take an empty text.
    pub(super) required: Vec<String>,
    /// Tables of models that it inherits from.
    pub(super) parents: Vec<String>,
}

/// What the project has at one of Gatepost's URLs.
#[derive(Deserialize)]
pub(super) struct Ours {
    pub(super) path: String,
    /// None where it has nothing there.
    pub(super) view: Option<String>,
    pub(super) serializer: Option<String>,
    #[serde(default)]
    pub(super) fields: Vec<String>,
    #[serde(default)]
    pub(super) authentication: Vec<String>,
    /// None where the view is not DRF's.
    pub(super) permission: Option<Vec<String>>,
    #[serde(default)]
    pub(super) throttle: Vec<String>,
    pub(super) pagination: Option<String>,
}

/// A URL of the project.
#[derive(Deserialize)]
pub(super) struct Route {
    pub(super) path: String,
    pub(super) view: String,
}
