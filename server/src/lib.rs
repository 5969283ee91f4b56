//! The Gatepost server: Django REST framework + SimpleJWT in Rust, on Django's own tables.
//!
//! # Layout
//!
//! * [`App`]: database, keys, settings, clock and randomness of one server; every handler gets it.
//! * `routes.rs`: every URL on one screen. [`router`] gives the whole as an axum router.
//! * `web/`: what happens to every request, without knowing any feature: `view.rs` (the order of checks),
//!   `body.rs`, `fields.rs`, `error.rs`, `json/`, `auth.rs`.
//! * `accounts/`, `tokens/`, `posts/`: the features. A handler a file; `rows.rs` holds its SQL.
//! * [`db`]: one writer and many readers; SQL once for SQLite and PostgreSQL.
//! * `settings/`, `secret.rs`, `agreement.rs`, [`commands`]: how a process is started.
//!
//! # A request's way
//!
//! `routes.rs` → `web/view.rs` → `tokens/refresh.rs` → `tokens/jwt.rs` → `tokens/rows.rs` → `web/error.rs`.
//! `docs/ARCHITECTURE.md` walks it with four requests.
//!
//! # Where do I add …
//!
//! * a setting: `gatepost.default.toml` and its field in `settings/mod.rs`;
//! * an endpoint: a handler in its feature, a line in `routes.rs`;
//! * a column: a migration in `migrations/`, numbered the same for both databases, and the feature's `rows.rs`.

mod accounts;
mod app;
mod auth;
mod clock;
pub mod commands;
mod db;
mod entropy;
mod http;
mod posts;
mod routes;
mod serve;
mod settings;
mod startup;
#[cfg(feature = "testing")]
pub mod testing;
mod tokens;

pub use accounts::User;
pub use app::App;
pub use auth::CurrentUser;
pub use clock::Clock;
pub use db::{Error as DatabaseError, Id, Moment};
pub use entropy::Entropy;
pub use routes::router;
pub use serve::serve;
pub use settings::{Audience, Seconds, Settings, SettingsError};
pub use startup::{Migrations, OpenError};
pub use tokens::{Flushed, flush_expired_tokens};
