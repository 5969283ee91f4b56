//! The Gatepost server: Django REST framework + SimpleJWT in Rust, on Django's own tables.
//!
//! # In a program of one's own
//!
//! ```no_run
//! use gatepost_server::{App, Migrations, Settings, serve};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let app = App::open(Settings::default(), Migrations::Apply).await?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! serve(listener, app.router(), std::future::pending()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`resource`] says how resources of one's own stand in the same table of routes, [`router`] how any other axum router stands
//! beside it, and [`CurrentUser`] who asks.
//!
//! # Layout
//!
//! * `routes/`: every URL on one screen (`mod.rs`), and the way of every request (`dispatch.rs`).
//! * `docs/`: the API's document. `auth/`: who asks. `http/`: HTTP and DRF's form of it, without knowing any feature.
//! * `accounts/`, `tokens/`, `posts/`: the features. A handler per file or function; `rows.rs` holds the SQL.
//! * `db/`: one writer and many readers; SQL once for SQLite and PostgreSQL.
//! * [`App`]: database, tokens, settings, clock and randomness of one server; every handler gets it.
//! * `startup/`, `settings/`, [`commands`], `serve/`: how a process is started and ended.
//! * What Python, Django, DRF and PyJWT do with text is the crate `gatepost-django`, named `django` here.
//!
//! # A request's way
//!
//! `routes/mod.rs` → `routes/dispatch.rs` → `tokens/refresh.rs` → `tokens/presented.rs` → `tokens/backend.rs` →
//! `tokens/rows.rs` → `tokens/reuse.rs` → `tokens/pair.rs` → `http/answer.rs`. `docs/ARCHITECTURE.md` walks it with five requests, and says
//! where a new endpoint, setting or column goes.

mod accounts;
mod admin;
mod app;
mod auth;
mod clock;
pub mod commands;
mod copy;
mod db;
mod docs;
mod entropy;
mod http;
mod metrics;
mod posts;
mod replicas;
pub mod resource;
mod routes;
mod serve;
pub mod settings;
mod startup;
#[cfg(feature = "testing")]
pub mod testing;
mod throttle;
mod tokens;

pub use accounts::User;
pub use app::App;
pub use auth::CurrentUser;
pub use clock::Clock;
pub use db::{Error as DatabaseError, Id, Moment, Zone};
pub use entropy::Entropy;
pub use routes::router;
pub use serve::serve;
pub use settings::{Audience, Seconds, Settings, SettingsError, Size};
pub use startup::{Migrations, OpenError};
pub use tokens::{Flushed, flush_expired_tokens};
