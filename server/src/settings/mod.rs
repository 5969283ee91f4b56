//! Settings: a flag wins over the environment, that over the file, that over the default.
//!
//! The defaults stand in `gatepost.default.toml`, which documents each setting and is compiled in. A key
//! that is not there is refused with the nearest name. Each value keeps its origin, so that a refusal can
//! say where it came from.

mod choose;
mod claims;
mod cookies;
mod cors;
pub(crate) mod document;
mod duration;
pub(crate) mod edit;
mod environment;
mod error;
mod fixed;
mod given;
mod known;
mod layer;
mod limits;
mod load;
mod passwords;
mod previous;
mod proxies;
mod refusal;
mod rules;
mod server;
mod sign_in;
mod size;
mod text;
mod throttle;
mod users;
mod values;

use std::path::PathBuf;

use axum::http::HeaderName;
use secrecy::SecretString;
use serde::Deserialize;

pub(crate) use choose::{Effective, is_known};
pub use claims::{UserClaims, UserColumn};
pub use cookies::{Cookies, SameSite};
pub use cors::Cors;
pub use duration::Seconds;
pub(crate) use environment::{text_variable, variable, without_newline};
pub use error::SettingsError;
pub(crate) use given::Given;
pub use jose::Algorithm;
pub(crate) use known::visible_url;
pub(crate) use layer::Layer;
pub use limits::Limits;
pub use passwords::{Passwords, PreferredHash};
pub use previous::PreviousKey;
pub use proxies::Proxies;
pub use server::{LogFormat, LogLevel, Server};
pub use sign_in::{AuthenticationRule, TokenClass, UserIdField};
pub use size::Size;
pub(crate) use text::{read_bytes, read_text};
pub use throttle::{Rate, Throttle};
pub use users::{UsernameField, Users};
pub use values::Audience;

/// All settings of a server, see `gatepost.default.toml` for what each does.
///
/// ```
/// let settings = gatepost_server::Settings::default();
/// assert_eq!(settings.server.bind, "127.0.0.1:8000");
/// assert_eq!(settings.simple_jwt.access_token_lifetime.get(), 180 * 60);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Where to serve, and the secret.
    pub server: Server,
    /// How much of what is taken of clients.
    pub limits: Limits,
    /// Which pages of other origins may use the service.
    pub cors: Cors,
    /// Where browsers keep the refresh token.
    pub cookies: Cookies,
    /// Where what is counted is shown.
    pub metrics: Metrics,
    /// Which database.
    pub database: Database,
    /// Which table holds the users.
    pub users: Users,
    /// How passwords are hashed.
    pub passwords: Passwords,
    /// What a refresh token that was used already may still do.
    pub refresh: Refresh,
    /// How tokens are kept and read.
    pub tokens: Tokens,
    /// How many failed logins and registrations there may be.
    pub throttle: Throttle,
    /// How expired rows are removed.
    pub cleanup: Cleanup,
    /// How long it is remembered that a token was used twice.
    pub events: Events,
    /// SIMPLE_JWT's settings, by their own names.
    pub simple_jwt: SimpleJwt,
    /// Files that variables of the environment name, and whose secrets are among the settings.
    #[serde(skip)]
    pub(crate) secret_files: Vec<PathBuf>,
}

/// The section `[metrics]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Metrics {
    /// Address and port of the listener; empty for none.
    pub bind: String,
}

/// The section `[database]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`; empty for the file in `data_dir`. It may hold a password.
    pub url: SecretString,
    /// At most this many connections.
    pub connections: u32,
    /// Whether PgBouncer lends PostgreSQL's sessions for a transaction each.
    pub pgbouncer: bool,
}

/// The section `[refresh]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Refresh {
    /// How long a token rotated without a key may be shown again.
    pub grace: Seconds,
    /// What happens to the chain of a token shown again otherwise.
    pub reuse: Reuse,
}

/// What happens to the chain of a refresh token that is used twice.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Reuse {
    /// The whole chain is blacklisted.
    Revoke,
    /// The token is refused, the chain lives on, as in Django.
    Reject,
}

/// The section `[tokens]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub struct Tokens {
    /// What the database keeps of a refresh token.
    pub stored: Stored,
    /// How far in the future `iat` and `nbf` may lie.
    pub clock_slack: Seconds,
    /// Whether a request is signed in by its token alone, and nobody looks its user up.
    pub stateless: bool,
    /// Whether sliding tokens are handed out.
    pub sliding: bool,
    /// Columns of the user that his tokens hold.
    pub claims: UserClaims,
    /// Whether a refresh reads them anew.
    pub claims_at_refresh: bool,
    /// Keys whose tokens are taken beside the one that signs, until a date.
    pub previous_keys: Vec<PreviousKey>,
    /// Whether tokens name their key even where there is one alone.
    pub kid: bool,
}

/// What `token_blacklist_outstandingtoken.token` holds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Stored {
    /// Header and claims without the signature.
    Unsigned,
    /// The token as it was handed out, as Django keeps it.
    Signed,
}

/// The section `[cleanup]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Cleanup {
    /// The longest stop that the clock is believed.
    pub max_downtime: Seconds,
}

/// The section `[events]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Events {
    /// How long each is kept; 0 for ever.
    pub keep: Seconds,
}

/// The section `[simple_jwt]`.
#[expect(clippy::struct_excessive_bools, reason = "SIMPLE_JWT's own flags")]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SimpleJwt {
    /// Life of an access token.
    pub access_token_lifetime: Seconds,
    /// Life of a refresh token.
    pub refresh_token_lifetime: Seconds,
    /// Whether a refresh hands out a new refresh token.
    pub rotate_refresh_tokens: bool,
    /// Whether the rotated token is refused from then on.
    pub blacklist_after_rotation: bool,
    /// Whether a login sets `auth_user.last_login`.
    pub update_last_login: bool,
    /// The algorithm of signatures.
    pub algorithm: Algorithm,
    /// The key of signatures, a secret text or a private key in PEM; empty for the secret key or the file.
    pub signing_key: SecretString,
    /// A file that holds it; empty for none.
    pub signing_key_file: PathBuf,
    /// The public key in PEM, for algorithms that have one; empty for the private key's, or the file.
    pub verifying_key: String,
    /// A file that holds it; empty for none.
    pub verifying_key_file: PathBuf,
    /// Where the public keys of another service are, which verify in place of the own; empty for none.
    pub jwk_url: String,
    /// What `aud` is set to, and what it must share with it.
    pub audience: Audience,
    /// What `iss` is set to and must be; empty for none.
    pub issuer: String,
    /// Slack for `exp`, `nbf` and `iat`.
    pub leeway: Seconds,
    /// The schemes that stand before a token; the first is told to who has none.
    #[serde(deserialize_with = "values::texts")]
    pub auth_header_types: Vec<String>,
    /// The header that holds the token.
    #[serde(deserialize_with = "values::wsgi_header")]
    pub auth_header_name: HeaderName,
    /// What of a user his tokens name.
    pub user_id_field: UserIdField,
    /// The claim that names the user.
    pub user_id_claim: String,
    /// Who may log in and refresh.
    pub user_authentication_rule: AuthenticationRule,
    /// The tokens that sign a request in, tried in this order.
    pub auth_token_classes: Vec<TokenClass>,
    /// The claim that says what a token is for; empty where nobody asks.
    pub token_type_claim: String,
    /// The claim that holds a token's id; empty where nobody asks.
    pub jti_claim: String,
    /// Whether a new password ends the access tokens of the old one.
    pub check_revoke_token: bool,
    /// The claim that tells which password a token belongs to.
    pub revoke_token_claim: String,
    /// Whether users must be active to ask, and by the default rule to refresh.
    pub check_user_is_active: bool,
    /// Life of a sliding token.
    pub sliding_token_lifetime: Seconds,
    /// How long a sliding token may be refreshed.
    pub sliding_token_refresh_lifetime: Seconds,
    /// The claim that says until when.
    pub sliding_token_refresh_exp_claim: String,
}

impl SimpleJwt {
    /// Whether a refresh uses up its token, so that the rules about tokens shown again hold.
    pub(crate) fn uses_up(&self) -> bool {
        self.rotate_refresh_tokens && self.blacklist_after_rotation
    }
}
