//! The harness: a Gatepost on a database of its own, those who use it, and what stands around it.
//!
//! * [`TestApp`]: a real `App` with the real router on SQLite or PostgreSQL, a clock and randomness that the
//!   test sets. [`Actor`]: a user who holds tokens and sends requests. When a `TestApp` is dropped, what must
//!   hold after *every* test is checked.
//! * [`Program`]: the server's binary, run as a person runs it. [`Proxy`]: a connection that can be cut; [`Trips`]: one on
//!   which round trips are counted.
//!   [`Machine`]: a machine with the client's binary on it, and with [`SecretService`] a keyring.
//!   Whatever a server logs is searched for secrets ([`searched()`]).
//! * [`postgres`], [`django`] (of `tests/live/`): live servers, started by the first test that needs them and ended with the tests.
//! * [`random`]: random requests to a live Django and to Gatepost, side by side.
//! * [`wire`]: the reference's captured answers, replayed. [`schema`]: two databases compared.

mod actor;
mod app;
mod cli;
mod expired;
mod program;
mod proxy;
pub mod random;
pub mod schema;
mod searched;
mod secret_service;
mod trips;
pub mod wire;

pub use actor::{Actor, Answer, anonymous};
pub use app::{Backend, SECRET, TestApp};
pub use cli::{Ended, Machine, cli_binary};
pub use expired::add_expired;
pub use gatepost_live::{
    ReverseProxy, browser, django, free_port, page, pgbouncer, postgres, sql, talk,
};
pub use program::{Program, example, server_binary, terminate};
pub use proxy::Proxy;
pub use searched::searched;
pub use secret_service::SecretService;
pub use trips::Trips;

/// Whether servers are to reach PostgreSQL through PgBouncer: the second part of `scripts/test --full`.
#[expect(clippy::disallowed_methods, reason = "scripts/test says it so")]
fn is_pooled() -> bool {
    std::env::var("GATEPOST_TEST_PGBOUNCER").is_ok()
}

/// Whether the large counts are to be run: `scripts/test --full`.
#[expect(clippy::disallowed_methods, reason = "scripts/test says it so")]
pub fn is_full() -> bool {
    std::env::var("GATEPOST_TEST_FULL").is_ok()
}
