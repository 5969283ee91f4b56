//! config.toml: what a person sets until further notice, servers by name, and what holds below a folder.

mod file;
mod keys;
mod place;
mod read;

pub(crate) use file::{replace, set, template, unset};
pub(crate) use keys::{KEYS, Key, is_name};
pub(crate) use place::{Place, remove_other};
pub(crate) use read::{Config, check_address, in_home, path, text};
