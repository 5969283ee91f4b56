//! config.toml: what a person sets until further notice, servers by name, and what holds below a folder.

mod file;
mod keys;
mod read;

pub(crate) use file::{Place, change, replace, template};
pub(crate) use keys::{KEYS, Key, is_name};
pub(crate) use read::{Config, in_home, path, text};
