//! Accounts: register, profile, what a person does with the own account, the hashing of passwords, and the look-up of the
//! user of a request.

mod counter;
mod hashing;
mod line;
pub(crate) mod login;
mod lookup;
pub(crate) mod new_password;
pub(crate) mod own;
pub(crate) mod profile;
pub(crate) mod register;
pub(crate) mod rows;

pub(crate) use hashing::HashingPool;
pub(crate) use lookup::Users;
pub use rows::User;
