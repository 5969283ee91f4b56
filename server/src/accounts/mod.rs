//! Accounts: register, profile, passwords, and the look-up of the user of a request.

pub(crate) mod email;
mod lookup;
pub(crate) mod password_rules;
pub(crate) mod passwords;
pub(crate) mod profile;
pub(crate) mod register;
pub(crate) mod rows;
pub(crate) mod username;

pub(crate) use lookup::Users;
pub use passwords::Computed;
pub(crate) use passwords::pbkdf2::MAX_ITERATIONS;
pub use rows::User;
