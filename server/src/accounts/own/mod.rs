//! One's own account, beyond what Django's service has: another password, the sessions and their end, the end of the account.
//! Behind `server.extensions`. What is asked for beside them is the password, at the limits of a login (`proof.rs`).

pub(crate) mod delete;
pub(crate) mod password;
mod proof;
mod removal_rows;
pub(crate) mod sessions;
