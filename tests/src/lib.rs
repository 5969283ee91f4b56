//! The harness: a Gatepost on a database of its own, those who use it, and what stands around it.
//!
//! * [`TestApp`]: a real `App` with the real router on SQLite or PostgreSQL, a clock and randomness that the
//!   test sets. [`Actor`]: a user who holds tokens and sends requests. When a `TestApp` is dropped, what must
//!   hold after *every* test is checked.
//! * [`Program`]: the binary, run as a person runs it.
//! * [`postgres`], [`django`]: live servers, started by the first test that needs them and ended with the tests.
//! * [`random`]: random requests to a live Django and to Gatepost, side by side.
//! * [`wire`]: the reference's captured answers, replayed. [`schema`]: two databases compared.

mod actor;
mod app;
pub mod django;
pub mod postgres;
mod program;
pub mod random;
pub mod schema;
pub mod sql;
mod watched;
pub mod wire;

pub use actor::{Actor, Answer, anonymous};
pub use app::{Backend, SECRET, TestApp};
pub use program::{Program, free_port, server_binary};

/// Whether the large counts are to be run: `scripts/test --full`.
#[expect(clippy::disallowed_methods, reason = "scripts/test says it so")]
pub fn is_full() -> bool {
    std::env::var("GATEPOST_TEST_FULL").is_ok()
}
