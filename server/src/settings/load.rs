//! Loading settings: the four layers, unknown keys, and refusals that name key, place and reason.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::Settings;

/// The default of every setting, and its documentation.
const DEFAULTS: &str = include_str!("../../gatepost.default.toml");

/// The file that is read when it is there and no other is named.
const FILE: &str = "gatepost.toml";

/// Environment variables with a short name.
const SHORT_NAMES: [(&str, &str); 3] = [
    ("GATEPOST_BIND", "server.bind"),
    ("GATEPOST_DATABASE_URL", "database.url"),
    ("GATEPOST_SECRET_KEY", "server.secret_key"),
];

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

/// Why the settings cannot be used, in one sentence for a person.
#[derive(Debug)]
pub struct SettingsError(pub(crate) String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

/// One value from one place, by its dotted key.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    key: String,
    value: Value,
    origin: Origin,
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

pub(super) fn defaults() -> Settings {
    Settings::deserialize(default_table()).expect("a test reads the built-in defaults")
}

fn default_table() -> Table {
    DEFAULTS
        .parse()
        .expect("a test reads the built-in defaults")
}

impl Settings {
    /// Loads the settings of this process: `flags`, then the environment, then the file `config` (or
    /// `gatepost.toml` where it exists), then the defaults.
    ///
    /// # Errors
    /// One sentence that names the key, the place it came from and what is wrong: a file that cannot be
    /// read or is not TOML, an unknown key (with the nearest known one), a value of the wrong kind.
    pub(crate) fn load(flags: Vec<Layer>, config: Option<&Path>) -> Result<Self, SettingsError> {
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
        layers.extend(environment_layers(std::env::vars_os())?);
        layers.extend(flags);
        Self::from_layers(layers)
    }

    /// The defaults with what `toml` says instead, for programs that mount the server.
    ///
    /// # Errors
    /// One sentence that names the key and what is wrong with it.
    ///
    /// ```
    /// let settings = gatepost_server::Settings::from_toml("[simple_jwt]\nleeway = '5s'").unwrap();
    /// assert_eq!(settings.simple_jwt.leeway.get(), 5);
    /// ```
    pub fn from_toml(toml: &str) -> Result<Self, SettingsError> {
        Self::from_layers(toml_layers(
            toml,
            &Origin::File(PathBuf::from("the given TOML")),
        )?)
    }

    fn from_layers(layers: Vec<Layer>) -> Result<Self, SettingsError> {
        let defaults = default_table();
        let known = keys(&defaults);
        let mut chosen: BTreeMap<String, Layer> = BTreeMap::new();
        for layer in layers {
            if !known.contains(&layer.key) {
                return Err(unknown(&layer, &known));
            }
            chosen.insert(layer.key.clone(), layer);
        }
        let mut table = defaults.clone();
        for layer in chosen.values() {
            let value = typed(layer, &defaults)?;
            // each is tried alone, so that a refusal can name the one that is wrong
            let mut alone = defaults.clone();
            set(&mut alone, &layer.key, value.clone());
            if let Err(error) = Self::deserialize(alone) {
                let why = if is_secret(&layer.key) {
                    "it is not text".to_owned()
                } else {
                    reason(&error)
                };
                return Err(SettingsError(format!(
                    "{} from {} is not usable: {why}",
                    layer.key, layer.origin
                )));
            }
            set(&mut table, &layer.key, value);
        }
        if chosen.contains_key("server.secret_key") && chosen.contains_key("server.secret_key_file")
        {
            return Err(SettingsError(
                "both server.secret_key and server.secret_key_file are set; keep one of them"
                    .to_owned(),
            ));
        }
        Self::deserialize(table).map_err(|error| SettingsError(reason(&error)))
    }
}

fn is_secret(key: &str) -> bool {
    matches!(
        key,
        "server.secret_key" | "database.url" | "simple_jwt.signing_key"
    )
}

fn reason(error: &toml::de::Error) -> String {
    error.message().trim().to_owned()
}

fn file_layers(config: Option<&Path>) -> Result<Vec<Layer>, SettingsError> {
    let path = config.unwrap_or(Path::new(FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && config.is_none() => {
            return Ok(Vec::new());
        }
        Err(error) => {
            return Err(SettingsError(format!(
                "the settings file {} can't be read: {error}; name another with --config",
                path.display()
            )));
        }
    };
    toml_layers(&text, &Origin::File(path.to_owned()))
}

fn toml_layers(text: &str, origin: &Origin) -> Result<Vec<Layer>, SettingsError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        SettingsError(format!(
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

fn environment_layers(
    variables: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
) -> Result<Vec<Layer>, SettingsError> {
    let mut layers = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with("GATEPOST_")) else {
            continue;
        };
        let short = SHORT_NAMES
            .iter()
            .find(|(short, _)| *short == name)
            .map(|(_, key)| (*key).to_owned());
        // the CLI has variables of its own, without the two underscores
        let Some(key) = short.or_else(|| {
            let (section, key) = name.strip_prefix("GATEPOST_")?.split_once("__")?;
            Some(format!("{}.{}", section.to_lowercase(), key.to_lowercase()))
        }) else {
            continue;
        };
        let value = value.into_string().map_err(|_| {
            SettingsError(format!(
                "the environment variable {name} is not UTF-8; set it again as text"
            ))
        })?;
        layers.push(Layer {
            key,
            value: Value::String(value),
            origin: Origin::Environment(name.to_owned()),
        });
    }
    Ok(layers)
}

/// A variable of the environment that is no setting, such as Django's `DJANGO_SUPERUSER_USERNAME`.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The dotted names of all settings.
fn keys(table: &Table) -> Vec<String> {
    let mut keys = Vec::new();
    for (section, settings) in table {
        for key in settings.as_table().into_iter().flat_map(Table::keys) {
            keys.push(format!("{section}.{key}"));
        }
    }
    keys
}

fn unknown(layer: &Layer, known: &[String]) -> SettingsError {
    let nearest = known.iter().max_by(|a, b| {
        strsim::jaro_winkler(a, &layer.key).total_cmp(&strsim::jaro_winkler(b, &layer.key))
    });
    let hint = nearest.map_or(String::new(), |name| format!("; did you mean {name}?"));
    SettingsError(format!(
        "{} from {} is no setting{hint}",
        layer.key, layer.origin
    ))
}

/// The value of a layer as the kind that the default has: flags and the environment only have text.
fn typed(layer: &Layer, defaults: &Table) -> Result<Value, SettingsError> {
    let (Value::String(text), Some((section, key))) = (&layer.value, layer.key.split_once('.'))
    else {
        return Ok(layer.value.clone());
    };
    if matches!(layer.origin, Origin::File(_)) {
        return Ok(layer.value.clone());
    }
    let parsed = match defaults.get(section).and_then(|settings| settings.get(key)) {
        Some(Value::Boolean(_)) => text.parse().ok().map(Value::Boolean),
        Some(Value::Integer(_)) => text.parse().ok().map(Value::Integer),
        _ => return Ok(layer.value.clone()),
    };
    let kind = if matches!(defaults[section][key], Value::Boolean(_)) {
        "true or false"
    } else {
        "a whole number"
    };
    parsed.ok_or_else(|| {
        SettingsError(format!(
            "{} from {} is not usable: write {kind}",
            layer.key, layer.origin
        ))
    })
}

fn set(table: &mut Table, key: &str, value: Value) {
    if let Some((section, key)) = key.split_once('.')
        && let Some(settings) = table.get_mut(section).and_then(Value::as_table_mut)
    {
        settings.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(layers: Vec<Layer>) -> String {
        Settings::from_layers(layers).unwrap_err().to_string()
    }

    fn environment(pairs: &[(&str, &str)]) -> Vec<Layer> {
        environment_layers(
            pairs
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into())),
        )
        .unwrap()
    }

    #[test]
    fn a_flag_wins_over_the_environment_that_over_the_file_that_over_the_default() {
        let file = toml_layers(
            "[server]\nbind = 'file'\nlog = 'warn'\n[database]\nconnections = 3",
            &Origin::File("f".into()),
        )
        .unwrap();
        let environment = environment(&[
            ("GATEPOST_BIND", "environment"),
            ("GATEPOST_SIMPLE_JWT__LEEWAY", "7"),
            ("GATEPOST_TOKEN", "the CLI's"),
        ]);
        let flag = vec![Layer::flag("--bind", "server.bind", "flag")];
        let both = Settings::from_layers([file.clone(), environment.clone()].concat()).unwrap();
        assert_eq!(both.server.bind, "environment");
        assert_eq!(both.simple_jwt.leeway.get(), 7);
        assert_eq!(both.server.log, super::super::LogLevel::Warn);
        assert_eq!(both.database.connections, 3);
        assert_eq!(both.passwords.iterations, 1_000_000);
        assert_eq!(
            Settings::from_layers([file, environment, flag].concat())
                .unwrap()
                .server
                .bind,
            "flag"
        );
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_name() {
        let layers = toml_layers(
            "[simple_jwt]\nacces_token_lifetime = 5",
            &Origin::File("g.toml".into()),
        )
        .unwrap();
        assert_eq!(
            refused(layers),
            "simple_jwt.acces_token_lifetime from g.toml is no setting; did you mean simple_jwt.access_token_lifetime?"
        );
        assert!(
            refused(environment(&[("GATEPOST_REFRESH__GRACES", "1")]))
                .contains("did you mean refresh.grace?")
        );
        assert!(
            refused(toml_layers("bind = 'x'", &Origin::File("g.toml".into())).unwrap())
                .contains("bind from g.toml is no setting")
        );
    }

    #[test]
    fn a_bad_value_is_refused_by_name_and_place() {
        assert_eq!(
            refused(environment(&[("GATEPOST_DATABASE__CONNECTIONS", "many")])),
            "database.connections from the environment variable GATEPOST_DATABASE__CONNECTIONS is not usable: write a whole number"
        );
        let layers = toml_layers(
            "[simple_jwt]\nalgorithm = 'RS512'",
            &Origin::File("g.toml".into()),
        )
        .unwrap();
        assert!(refused(layers).starts_with(
            "simple_jwt.algorithm from g.toml is not usable: unknown variant `RS512`"
        ));
        let layers =
            toml_layers("[refresh]\ngrace = 'soon'", &Origin::File("g.toml".into())).unwrap();
        assert!(refused(layers).contains("refresh.grace from g.toml is not usable: invalid value: string \"soon\", expected a time"));
        let layers = toml_layers(
            "[server]\nsecret_key = ['hunter2']",
            &Origin::File("g.toml".into()),
        )
        .unwrap();
        assert_eq!(
            refused(layers),
            "server.secret_key from g.toml is not usable: it is not text"
        );
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        let error = toml_layers("[server]\nbind = \n", &Origin::File("g.toml".into()))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("g.toml is not TOML: line 2"), "{error}");
    }

    #[test]
    fn no_secret_is_printed() {
        let settings = Settings::from_toml(
            "[server]\nsecret_key = 'hunter2'\n[database]\nurl = 'postgres://a:hunter2@h/x'",
        )
        .unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
