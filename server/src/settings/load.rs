//! Where settings come from: a file, the environment, flags; each value with its origin.

use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::environment;
use super::error::{SettingsError, reason};

/// The file that is read when it is there and no other is named.
pub(super) const FILE: &str = "gatepost.toml";

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A settings file.
    File(PathBuf),
    /// An environment variable, by its name.
    Environment(String),
    /// A flag of the command line, by its name.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::Flag(name) => write!(f, "the flag {name}"),
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
    /// A value that a flag of the command line gave.
    pub(crate) fn flag(name: &'static str, key: &str, value: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: Value::String(value.to_owned()),
            origin: Origin::Flag(name),
        }
    }
}

/// All layers of this process below its flags, the weakest first: systemd's folder, the file `config` (or
/// `gatepost.toml` where it exists), the environment.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(super) fn layers(config: Option<&Path>) -> Result<Vec<Layer>, SettingsError> {
    let mut layers = Vec::new();
    // systemd's, where a service may keep what is its own
    if let Some(folder) = variable("STATE_DIRECTORY") {
        let origin = Origin::Environment("STATE_DIRECTORY".to_owned());
        layers.push(Layer {
            key: "server.data_dir".to_owned(),
            value: Value::String(folder),
            origin,
        });
    }
    layers.extend(file_layers(config)?);
    layers.extend(environment::layers(std::env::vars_os())?);
    Ok(layers)
}

fn file_layers(config: Option<&Path>) -> Result<Vec<Layer>, SettingsError> {
    let path = config.unwrap_or(Path::new(FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && config.is_none() => {
            return Ok(Vec::new());
        }
        Err(error) => {
            return Err(SettingsError::one(format!(
                "the settings file {} can't be read: {error}; name another with --config",
                path.display()
            )));
        }
    };
    toml_layers(&text, &Origin::File(path.to_owned()))
}

pub(super) fn toml_layers(text: &str, origin: &Origin) -> Result<Vec<Layer>, SettingsError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        SettingsError::one(format!(
            "{origin} is not TOML: line {line}: {}",
            reason(&error)
        ))
    })?;
    let mut layers = Vec::new();
    for (section, value) in table {
        match value {
            Value::Table(settings) => {
                for (key, value) in settings {
                    let key = format!("{section}.{key}");
                    layers.push(Layer {
                        key,
                        value,
                        origin: origin.clone(),
                    });
                }
            }
            value => layers.push(Layer {
                key: section,
                value,
                origin: origin.clone(),
            }),
        }
    }
    Ok(layers)
}

/// A variable of the environment that is no setting, such as Django's `DJANGO_SUPERUSER_USERNAME`.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        let error = toml_layers("[server]\nbind = \n", &Origin::File("g.toml".into()))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("g.toml is not TOML: line 2"), "{error}");
    }
}
