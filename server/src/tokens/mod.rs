//! Tokens: obtain, refresh, verify, blacklist, and the clean-up of what has expired.
//!
//! A refresh's way: `refresh.rs` → `presented.rs` → `backend.rs` → `rows.rs` → `reuse.rs` → `pair.rs`.

mod alive;
mod backend;
pub(crate) mod blacklist;
mod claims;
pub(crate) mod cleanup;
mod cookie;
mod events;
mod issue;
mod login_rows;
pub(crate) mod obtain;
mod own;
mod pair;
mod presented;
pub(crate) mod refresh;
pub(crate) mod remote_keys;
mod reuse;
mod rotation_rows;
mod rows;
mod rule;
mod session_rows;
pub(crate) mod signing;
pub(crate) mod sliding;
pub(crate) mod stored;
mod user_claims;
pub(crate) mod verify;

pub(crate) use alive::Alive;
pub(crate) use backend::{TokenBackend, of_password};
pub(crate) use claims::{BLACKLISTED, Claims, UserClaim};
pub use cleanup::{Flushed, flush_expired_tokens};
pub(crate) use issue::Renewal;
pub(crate) use own::{REFRESH as OWN_REFRESH, own_chain};
pub(crate) use pair::changed_answer;
pub(crate) use rule::has_password;
pub(crate) use session_rows::{Chain, end_chain, end_sessions, find, forget, live};
pub(crate) use verify::is_blacklisted;
