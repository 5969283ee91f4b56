//! Tokens: obtain, refresh, verify, blacklist, and the clean-up of what has expired.
//!
//! A refresh's way: `refresh.rs` → `presented.rs` → `backend.rs` → `rows.rs` → `reuse.rs` → `pair.rs`.

mod backend;
pub(crate) mod blacklist;
mod claims;
pub(crate) mod cleanup;
mod cookie;
mod events;
mod login_rows;
pub(crate) mod obtain;
mod pair;
mod presented;
pub(crate) mod refresh;
pub(crate) mod remote_keys;
mod reuse;
mod rotation_rows;
mod rows;
mod rule;
pub(crate) mod signing;
pub(crate) mod sliding;
pub(crate) mod stored;
mod user_claims;
pub(crate) mod verify;

pub(crate) use backend::{TokenBackend, of_password};
pub(crate) use claims::{BLACKLISTED, Claims, UserClaim};
pub use cleanup::{Flushed, flush_expired_tokens};
pub(crate) use rows::{end_chain, end_sessions};
pub(crate) use rule::has_password;
pub(crate) use verify::is_blacklisted;
