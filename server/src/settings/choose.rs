//! Of all layers the strongest value of each setting; refusals that name key, place and reason.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::error::{SettingsError, reason};
use super::known::{default_table, is_secret, keys, visible};
use super::layer::{Layer, Origin};
use super::load;
use super::{Settings, environment, fixed, refusal, rules};

/// The settings of a process, and where each comes from.
pub(crate) struct Effective {
    pub(crate) settings: Settings,
    chosen: BTreeMap<String, Layer>,
    table: Table,
}

impl Default for Settings {
    /// The values of `gatepost.default.toml`.
    fn default() -> Self {
        read(&default_table()).expect("a test reads the built-in defaults")
    }
}

/// The settings in a table, without those that the code does not read.
fn read(table: &Table) -> Result<Settings, toml::de::Error> {
    let mut table = table.clone();
    for (section, settings) in &mut table {
        if let Value::Table(settings) = settings {
            settings.retain(|key, _| !fixed::is_fixed(&format!("{section}.{key}")));
        }
    }
    Settings::deserialize(table)
}

impl Settings {
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
        let origin = Origin::File(PathBuf::from("the given TOML"));
        Ok(Effective::of(load::toml_layers(toml, &origin)?)?.settings)
    }
}

impl Effective {
    /// Loads the settings of this process: `flags`, then the environment, then the file `config` (or
    /// `gatepost.toml` where it exists), then the defaults.
    ///
    /// # Errors
    /// Sentences that name the key, the place it came from and what is wrong: a file that cannot be read or is
    /// not TOML, an unknown key (with the nearest known one), a value of the wrong kind or that cannot be used.
    pub(crate) fn load(flags: Vec<Layer>, config: Option<&Path>) -> Result<Self, SettingsError> {
        let mut layers = load::layers(config)?;
        layers.extend(flags);
        Self::of(layers)
    }

    pub(super) fn of(layers: Vec<Layer>) -> Result<Self, SettingsError> {
        let defaults = default_table();
        let known = keys(&defaults);
        let mut problems = Vec::new();
        let mut chosen: BTreeMap<String, Layer> = BTreeMap::new();
        for layer in layers {
            if known.contains(&layer.key) {
                chosen.insert(layer.key.clone(), layer);
            } else {
                problems.push(unknown(&layer, &known));
            }
        }
        let mut table = defaults.clone();
        for layer in chosen.values() {
            match usable(layer, &defaults) {
                Ok(value) => set(&mut table, &layer.key, value),
                Err(why) => problems.push(not_usable(layer, &why)),
            }
        }
        let given = |key: &str| given(&chosen, key);
        for key in [
            "server.secret_key",
            "simple_jwt.signing_key",
            "simple_jwt.verifying_key",
        ] {
            if let (Some(key), Some(file)) = (given(key), given(&format!("{key}_file"))) {
                problems.push(format!(
                    "{} from {} and {} from {} are both set; keep one of them",
                    key.key, key.origin, file.key, file.origin
                ));
            }
        }
        let mut settings = read(&table).map_err(|error| SettingsError::one(reason(&error)))?;
        let secret_files = chosen.values().filter_map(|layer| match &layer.origin {
            Origin::EnvironmentFile(_, path) if is_secret(&layer.key) => Some(path.clone()),
            _ => None,
        });
        settings.secret_files = secret_files.collect();
        for (key, why) in rules::broken(&settings) {
            problems.push(match chosen.get(key) {
                Some(layer) => not_usable(layer, &why),
                None => format!("{key} is not usable: {why}"),
            });
        }
        if problems.is_empty() {
            Ok(Self {
                settings,
                chosen,
                table,
            })
        } else {
            Err(SettingsError::all(problems))
        }
    }

    /// The same with what a project says below all else; and each of its settings that somebody gives otherwise, in a
    /// sentence.
    ///
    /// # Errors
    /// As [`Effective::load`].
    pub(crate) fn load_above(
        project: &[Layer],
        flags: Vec<Layer>,
        config: Option<&Path>,
    ) -> Result<(Self, Vec<String>), SettingsError> {
        let mut layers = project.to_vec();
        layers.extend(load::layers(config)?);
        layers.extend(flags);
        let effective = Self::of(layers)?;
        let defaults = default_table();
        let is_other = |layer: &Layer, other: &Layer| {
            let (one, two) = (&layer.value, &other.value);
            one != two
                && (is_secret(&layer.key)
                    || fixed::is_fixed(&layer.key)
                    || shown(&defaults, &layer.key, one) != shown(&defaults, &layer.key, two))
        };
        let sentences = project.iter().filter_map(|layer| {
            let chosen = effective.chosen.get(&layer.key)?;
            let is_given = chosen.origin != Origin::Project && is_other(layer, chosen);
            let value = if is_secret(&layer.key) {
                "another one".to_owned()
            } else {
                visible(&layer.key, &layer.value)
            };
            is_given.then(|| {
                format!(
                    "{} is taken from {}; the project says {value}.",
                    layer.key, chosen.origin
                )
            })
        });
        let sentences = sentences.collect();
        Ok((effective, sentences))
    }

    /// The settings of a project that are others than the defaults, as TOML writes them.
    pub(crate) fn of_project(&self) -> Vec<(String, String)> {
        let defaults = default_table();
        let default = read(&defaults).map(|settings| format!("{settings:?}")).ok();
        let of_project = self
            .chosen
            .values()
            .filter(|layer| layer.origin == Origin::Project);
        let differs = |layer: &&Layer| {
            is_secret(&layer.key) || shown(&defaults, &layer.key, &layer.value) != default
        };
        let text = |layer: &Layer| (layer.key.clone(), layer.value.to_string());
        of_project.filter(differs).map(text).collect()
    }

    /// Whether a project gave a setting, and nobody another value.
    pub(crate) fn is_of_project(&self, key: &str) -> bool {
        let layer = self.chosen.get(key);
        layer.is_some_and(|layer| layer.origin == Origin::Project)
    }

    /// The text of a setting that a flag gave.
    pub(crate) fn of_flag(&self, key: &str) -> Option<String> {
        let layer = self.chosen.get(key)?;
        matches!(layer.origin, Origin::Flag(_)).then(|| layer.value.to_string())
    }

    /// Whether a setting was given, whatever its value.
    pub(crate) fn is_given(&self, key: &str) -> bool {
        self.chosen.contains_key(key)
    }

    /// Variables of the environment that others read and Gatepost does not, a sentence each, where nobody has set what
    /// they stand for.
    pub(crate) fn not_taken(&self) -> Vec<String> {
        environment::not_taken(|key| given(&self.chosen, key).is_some())
    }

    /// The value of a setting and where it comes from.
    pub(super) fn value(&self, section: &str, key: &str) -> (&Value, String) {
        let origin = self.chosen.get(&format!("{section}.{key}"));
        let origin = origin.map_or("default".to_owned(), |layer| layer.origin.to_string());
        (&self.table[section][key], origin)
    }
}

/// Whether there is such a setting.
pub(crate) fn is_known(key: &str) -> bool {
    keys(&default_table()).iter().any(|known| known == key)
}

/// All settings with one of them changed, to be compared with others; nothing where it can't have this value.
fn shown(defaults: &Table, key: &str, value: &Value) -> Option<String> {
    let mut table = defaults.clone();
    set(&mut table, key, value.clone());
    read(&table).map(|settings| format!("{settings:?}")).ok()
}

/// The layer that gives a setting, where it is not empty.
fn given<'c>(chosen: &'c BTreeMap<String, Layer>, key: &str) -> Option<&'c Layer> {
    let layer = chosen.get(key)?;
    (layer.value.as_str() != Some("")).then_some(layer)
}

fn not_usable(layer: &Layer, why: &str) -> String {
    format!("{} from {} is not usable: {why}", layer.key, layer.origin)
}

fn unknown(layer: &Layer, known: &[String]) -> String {
    if let Some(instead) = fixed::elsewhere(&layer.key) {
        return format!(
            "{} from {} is no setting: {instead}",
            layer.key, layer.origin
        );
    }
    let nearest = known.iter().max_by(|a, b| {
        strsim::jaro_winkler(a, &layer.key).total_cmp(&strsim::jaro_winkler(b, &layer.key))
    });
    let hint = nearest.map_or(String::new(), |name| format!("; did you mean {name}?"));
    format!("{} from {} is no setting{hint}", layer.key, layer.origin)
}

/// A layer's value where the setting can have it, else what is wrong with it.
fn usable(layer: &Layer, defaults: &Table) -> Result<Value, String> {
    let (section, key) = layer.key.split_once('.').unwrap_or_default();
    let default = &defaults[section][key];
    let value = typed(layer, default)?;
    if let Some(why) = fixed::refusal(&layer.key, &value, default) {
        return Err(why);
    }
    // each is tried alone, so that a refusal can name the one that is wrong
    let mut alone = defaults.clone();
    set(&mut alone, &layer.key, value.clone());
    match read(&alone) {
        Ok(_) => Ok(value),
        Err(_) if is_secret(&layer.key) => Err("it is not text".to_owned()),
        // who takes it for the key itself has put one there
        Err(_) if layer.key == "tokens.previous_keys" && !is_tables(&value) => Err(
            "write tables [[tokens.previous_keys]] of the settings file, with secret_key_file and until"
                .to_owned(),
        ),
        Err(error) => Err(refusal::words(&value, &error, |other| {
            set(&mut alone, &layer.key, other);
            read(&alone).err()
        })),
    }
}

fn is_tables(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|values| values.iter().all(Value::is_table))
}

/// The value of a layer as the kind that the default has: flags and the environment only have text.
fn typed(layer: &Layer, default: &Value) -> Result<Value, String> {
    let (Value::String(text), false) = (
        &layer.value,
        matches!(layer.origin, Origin::File(_) | Origin::Project),
    ) else {
        return Ok(layer.value.clone());
    };
    let is_list = matches!(default, Value::Array(_))
        || layer.key == "simple_jwt.audience" && text.contains(',');
    match default {
        Value::Boolean(_) => {
            (text.parse().map(Value::Boolean)).map_err(|_| "write true or false".to_owned())
        }
        Value::Integer(_) => {
            (text.parse().map(Value::Integer)).map_err(|_| "write a whole number".to_owned())
        }
        _ if is_list => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Ok(Value::Array(items.map(Value::from).collect()))
        }
        _ => Ok(layer.value.clone()),
    }
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
    use super::super::Audience;
    use super::super::environment;
    use super::super::load::toml_layers;
    use super::*;

    fn refused(layers: Vec<Layer>) -> String {
        Effective::of(layers).err().unwrap().to_string()
    }

    fn environment(pairs: &[(&str, &str)]) -> Vec<Layer> {
        environment::layers(
            pairs
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into())),
        )
        .unwrap()
    }

    #[test]
    fn a_flag_wins_over_the_environment_that_over_the_file_that_over_the_default() {
        let file = toml_layers(
            "[server]\nbind = 'file:1'\nlog = 'warn'\n[database]\nconnections = 3",
            &Origin::File("f".into()),
        )
        .unwrap();
        let environment = environment(&[
            ("GATEPOST_BIND", "environment:1"),
            ("GATEPOST_SIMPLE_JWT__LEEWAY", "7"),
            ("GATEPOST_TOKEN", "the CLI's"),
        ]);
        let flag = vec![Layer::flag("--bind", "server.bind", "flag:1")];
        let both = Effective::of([file.clone(), environment.clone()].concat());
        let both = both.unwrap().settings;
        assert_eq!(both.server.bind, "environment:1");
        assert_eq!(both.simple_jwt.leeway.get(), 7);
        assert_eq!(both.server.log, super::super::LogLevel::Warn);
        assert_eq!(both.database.connections, 3);
        assert_eq!(both.passwords.iterations, 1_000_000);
        assert_eq!(
            Effective::of([file, environment, flag].concat())
                .unwrap()
                .settings
                .server
                .bind,
            "flag:1"
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
            "[simple_jwt]\nalgorithm = 'none'",
            &Origin::File("g.toml".into()),
        )
        .unwrap();
        assert!(refused(layers).starts_with(
            "simple_jwt.algorithm from g.toml is not usable: it is \"none\"; write one of \"HS256\""
        ));
        let layers =
            toml_layers("[refresh]\ngrace = 'soon'", &Origin::File("g.toml".into())).unwrap();
        assert!(
            refused(layers)
                .contains("refresh.grace from g.toml is not usable: it is \"soon\"; write a time")
        );
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
    fn no_secret_is_printed() {
        let settings = Settings::from_toml(
            "[server]\nsecret_key = 'hunter2'\n[database]\nurl = 'postgres://a:hunter2@h/x'",
        )
        .unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn all_that_is_wrong_is_said() {
        let layers = toml_layers(
            "[server]\nbnid = 'x'\nlog = 'loud'\n[passwords]\nqueue = 0",
            &Origin::File("g.toml".into()),
        );
        let error = Effective::of(layers.unwrap()).err().unwrap();
        let [unknown, kind, rule] = error.problems() else {
            panic!("{error:?}")
        };
        assert!(unknown.contains("did you mean server.bind?"), "{unknown}");
        assert!(
            kind.starts_with("server.log from g.toml is not usable: it is \"loud\"; write one of")
        );
        assert_eq!(
            rule,
            "passwords.queue from g.toml is not usable: it is 0; set 1 to 100000"
        );
        assert!(
            error
                .to_string()
                .ends_with(" (and 2 more, which `gatepost-server check` lists)")
        );
    }

    #[test]
    fn a_list_in_the_environment_is_separated_by_commas() {
        let layers = environment(&[("GATEPOST_SERVER__ALLOWED_HOSTS", "a.example, .b.example")]);
        let hosts = Effective::of(layers).unwrap().settings.server.allowed_hosts;
        assert_eq!(hosts, ["a.example", ".b.example"]);
        for (text, audience) in [
            ("a", Audience::One("a".to_owned())),
            ("a, b", Audience::Many(vec!["a".to_owned(), "b".to_owned()])),
        ] {
            let layers = environment(&[("GATEPOST_SIMPLE_JWT__AUDIENCE", text)]);
            let settings = Effective::of(layers).unwrap().settings;
            assert_eq!(settings.simple_jwt.audience, audience);
        }
    }
}
