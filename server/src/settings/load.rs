//! Where the settings of a process come from: files and the environment, the weakest first.

use std::path::Path;

use toml::{Table, Value};

use super::environment::{self, variable};
use super::error::{SettingsError, reason};
use super::layer::{Layer, Origin};
use super::text::read_text;

/// The file that is read when it is there and no other is named.
pub(super) const FILE: &str = "gatepost.toml";

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
    let text = match read_text(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && config.is_none() => {
            return match std::fs::read_link(path) {
                // it was to lead to settings
                Ok(to) => Err(SettingsError::one(format!(
                    "the settings file {} is a symbolic link to {}, which is not there; put that file there, or remove the link",
                    path.display(),
                    to.display()
                ))),
                Err(_) => Ok(Vec::new()),
            };
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
