//! One value of one setting, and where it came from.

use std::fmt;
use std::path::PathBuf;

use toml::Value;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A settings file.
    File(PathBuf),
    /// An environment variable, by its name.
    Environment(String),
    /// A file that an environment variable names, by the variable and the file.
    EnvironmentFile(String, PathBuf),
    /// A flag of the command line, by its name.
    Flag(&'static str),
    /// A Django project that was asked.
    Project,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) | Self::EnvironmentFile(name, _) => {
                write!(f, "the environment variable {name}")
            }
            Self::Flag(name) => write!(f, "the flag {name}"),
            Self::Project => f.write_str("the project"),
        }
    }
}

/// One value from one place, by its dotted key.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

impl Layer {
    /// A value that a project gave which is to be moved.
    pub(crate) fn project(key: &str, value: Value) -> Self {
        Self {
            key: key.to_owned(),
            value,
            origin: Origin::Project,
        }
    }

    /// A value that a flag of the command line gave.
    pub(crate) fn flag(name: &'static str, key: &str, value: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: Value::String(value.to_owned()),
            origin: Origin::Flag(name),
        }
    }
}
