//! Tokens: obtain, refresh, verify, blacklist. A refresh's way: `refresh.rs` → `jwt.rs` → `reuse.rs` → `rows.rs`.

pub(crate) mod blacklist;
mod claims;
pub(crate) mod cleanup;
pub(crate) mod idempotency;
pub(crate) mod jwt;
pub(crate) mod keys;
pub(crate) mod obtain;
mod pair;
pub(crate) mod refresh;
mod reuse;
mod rows;
pub(crate) mod verify;

pub use cleanup::{Flushed, flush_expired_tokens};
pub use keys::Keys;
