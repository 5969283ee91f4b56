//! Settings from the environment: which variables there are, secrets in files, and names that nobody knows.

use std::ffi::OsString;
use std::path::Path;

use toml::Value;

use super::error::SettingsError;
use super::known::{default_table, is_secret, keys};
use super::layer::{Layer, Origin};
use super::text::read_text;

const PREFIX: &str = "GATEPOST_";

/// No secret, but as long as one.
const VERIFYING: &str = "simple_jwt.verifying_key";
/// The keys of the tokens.
const KEYS: [&str; 2] = ["simple_jwt.signing_key", VERIFYING];

/// Variables with a short name.
const SHORT_NAMES: [(&str, &str); 3] = [
    ("GATEPOST_BIND", "server.bind"),
    ("GATEPOST_DATABASE_URL", "database.url"),
    ("GATEPOST_SECRET_KEY", "server.secret_key"),
];

/// The client's variables, and those of the tests.
const OTHERS: [&str; 17] = [
    "GATEPOST_ACCOUNT",
    "GATEPOST_ALLOW_HTTP",
    "GATEPOST_CA_CERT",
    "GATEPOST_COLOR",
    "GATEPOST_COMPLETE",
    "GATEPOST_CONFIG_DIR",
    "GATEPOST_EDITOR",
    "GATEPOST_LOCK_DIR",
    "GATEPOST_PAGER",
    "GATEPOST_REQUEST_HEADER",
    "GATEPOST_SERVER",
    "GATEPOST_STATE_DIR",
    "GATEPOST_STORE",
    "GATEPOST_TIMEOUT",
    "GATEPOST_TOKEN",
    "GATEPOST_COUNT_ANEW",
    "GATEPOST_DJANGO_VENV",
];
/// And how more of them begin.
const OTHERS_BEGIN: [&str; 2] = ["GATEPOST_TEST_", "GATEPOST_RANDOM_"];

/// The settings that these variables give.
///
/// # Errors
/// A sentence for each variable that begins with `GATEPOST_` and is nobody's, is no text, or names a file that can't be
/// read; and where two of them give one setting.
pub(super) fn layers(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<Layer>, SettingsError> {
    let known = keys(&default_table());
    let (mut layers, mut problems) = (Vec::<Layer>::new(), Vec::new());
    for (name, value) in variables {
        let name = name.to_string_lossy();
        if !name.starts_with(PREFIX) {
            continue;
        }
        match layer(&name, value, &known) {
            Ok(None) => {}
            Ok(Some(layer)) => {
                let is_empty = |layer: &Layer| layer.value.as_str() == Some("");
                match layers.iter().position(|other| other.key == layer.key) {
                    None => layers.push(layer),
                    // files of variables often name all that there are
                    Some(_) if is_empty(&layer) => {}
                    Some(at) if is_empty(&layers[at]) => layers[at] = layer,
                    Some(at) => {
                        let (key, one, two) = (&layer.key, &layers[at].origin, &layer.origin);
                        problems.push(format!("{key} is set by {one} and by {two}; keep one"));
                    }
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(layers)
    } else {
        Err(SettingsError::all(problems))
    }
}

/// What a variable says; `None` where it is somebody else's.
fn layer(name: &str, value: OsString, known: &[String]) -> Result<Option<Layer>, String> {
    let setting = key_of(name);
    // `server.secret_key_file` is a setting, `GATEPOST_SECRET_KEY_FILE` is a secret in a file
    let secret = || {
        let key = key_of(name.strip_suffix("_FILE")?)?;
        (is_secret(&key) || key == VERIFYING).then_some(key)
    };
    let is_setting = |key: &String| known.contains(key);
    let (key, is_file) = match (setting, secret()) {
        // a key of the tokens is read now, as it was before there was such a setting
        (_, Some(key)) if KEYS.contains(&key.as_str()) => (key, true),
        (Some(key), _) if is_setting(&key) => (key, false),
        (_, Some(key)) => (key, true),
        // the same words as for a setting of the file
        (Some(key), None) => (key, false),
        (None, None) if is_somebody_s(name, &value.to_string_lossy()) => return Ok(None),
        (None, None) => {
            let hint = match nearest(name, known) {
                Some(nearest) => format!("did you mean {nearest}? Otherwise unset it"),
                None => "unset it, or look for its name in `gatepost-server settings`".to_owned(),
            };
            return Err(format!(
                "the environment variable {name} is no setting; {hint}"
            ));
        }
    };
    let value = value.into_string().map_err(|_| no_text(name))?;
    let origin = if is_file {
        Origin::EnvironmentFile(name.to_owned(), value.clone().into())
    } else {
        Origin::Environment(name.to_owned())
    };
    let value = match key.as_str() {
        _ if is_file => in_file(name, &value)?,
        // as from a file: who puts a key into a variable often puts the end of its line there, too
        "server.secret_key" | "simple_jwt.signing_key" => without_newline(&value).to_owned(),
        _ => value,
    };
    Ok(Some(Layer {
        key,
        value: Value::String(value),
        origin,
    }))
}

/// The dotted key that a variable's name stands for; of a setting, if there is such a one.
fn key_of(name: &str) -> Option<String> {
    if let Some((_, key)) = SHORT_NAMES.iter().find(|(short, _)| *short == name) {
        return Some((*key).to_owned());
    }
    let (section, key) = name.strip_prefix(PREFIX)?.split_once("__")?;
    Some(format!("{}.{}", section.to_lowercase(), key.to_lowercase()))
}

/// The secret in a file, without the newline that editors and `echo` add.
fn in_file(name: &str, path: &str) -> Result<String, String> {
    if path.is_empty() {
        return Err(format!(
            "{name} is empty; set it to the path of a file, or unset it"
        ));
    }
    // who takes it for the secret itself has put one there
    let folder = Path::new(path).parent();
    let is_path = folder.is_some_and(|folder| folder != Path::new("") && folder.is_dir());
    let shown = if is_path {
        format!("{path} ")
    } else {
        String::new()
    };
    let text = read_text(Path::new(path)).map_err(|error| {
        format!("the file {shown}that {name} names can't be read: {error}; check its path and its permissions")
    })?;
    let text = without_newline(&text);
    if text.is_empty() {
        return Err(format!(
            "the file {shown}that {name} names is empty; put the secret into it"
        ));
    }
    Ok(text.to_owned())
}

/// A text without the one end of a line that may stand at its end.
pub(crate) fn without_newline(text: &str) -> &str {
    let line = text.strip_suffix('\n');
    line.map_or(text, |line| line.strip_suffix('\r').unwrap_or(line))
}

/// Whether a variable is the client's, the tests', or what Kubernetes sets for a Service whose name begins like ours.
fn is_somebody_s(name: &str, value: &str) -> bool {
    OTHERS.contains(&name)
        || OTHERS_BEGIN.iter().any(|begin| name.starts_with(begin))
        || name.starts_with("GATEPOST_SERVICE_") && !name.contains("__")
        || name == "GATEPOST_PORT"
        || name.starts_with("GATEPOST_PORT_")
        || is_of_service(name, value)
}

/// As for a Service called `gatepost-api`: `GATEPOST_API_SERVICE_HOST`, `GATEPOST_API_PORT=tcp://10.0.0.1:80`.
fn is_of_service(name: &str, value: &str) -> bool {
    let is_address = value.starts_with("tcp://") || value.starts_with("udp://");
    let of_port = name.rsplit_once("_PORT_").and_then(|(_, port)| {
        let (number, rest) = port.split_once('_')?;
        let protocol = rest.split('_').next()?;
        Some(number.parse::<u16>().is_ok() && ["TCP", "UDP", "SCTP"].contains(&protocol))
    });
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || name.ends_with("_PORT") && is_address
        || of_port == Some(true)
}

/// How alike a name must be to be offered.
const LEAST: f64 = 0.6;

/// What other programs take a setting from, and Gatepost does not: the variable, the setting, the flag in its place.
const NOT_TAKEN: [(&str, &str, &str); 2] = [
    (
        "DATABASE_URL",
        "database.url",
        "--database \"$DATABASE_URL\"",
    ),
    ("PORT", "server.bind", "--bind \"0.0.0.0:$PORT\""),
];

/// A sentence for each variable that somebody may have set for us, where the setting stands at its default.
pub(super) fn not_taken(is_given: impl Fn(&str) -> bool) -> Vec<String> {
    let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    NOT_TAKEN
        .iter()
        .filter(|(name, key, _)| set(name) && !is_given(key))
        .map(|(name, key, flag)| format!("{name} is set and not used: pass {flag}, or set {key}"))
        .collect()
}

/// The variable that somebody meant by another name: one `_` in place of two is the commonest slip, another a name
/// without its section.
fn nearest(name: &str, known: &[String]) -> Option<String> {
    let long = known.iter().map(|key| variable_of(key));
    let short = SHORT_NAMES.iter().map(|(short, _)| (*short).to_owned());
    let names: Vec<String> = long.chain(short).collect();
    let files = names.iter().filter_map(|name| {
        let key = key_of(name)?;
        is_secret(&key).then(|| format!("{name}_FILE"))
    });
    let bare = name[PREFIX.len()..].trim_end_matches("_FILE");
    let alike = |other: &str| {
        let plain = |name: &str| name[PREFIX.len()..].replace("__", "_");
        let last = other[PREFIX.len()..].rsplit("__").next();
        if last == Some(bare) {
            return 1.0;
        }
        strsim::normalized_damerau_levenshtein(&plain(other), &plain(name))
    };
    // of those that are as near the last one wins
    let all = files.chain(names.iter().cloned());
    let nearest = all.max_by(|a, b| alike(a).total_cmp(&alike(b)));
    nearest.filter(|nearest| alike(nearest) >= LEAST)
}

/// The variable that gives a setting.
fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// A variable of the environment that is no setting, such as Django's `DJANGO_SUPERUSER_USERNAME`.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The same where a person gives it for this command: what is no text is not left out.
///
/// # Errors
/// A sentence where it is not UTF-8.
pub(crate) fn text_variable(name: &str) -> Result<Option<String>, SettingsError> {
    let value = std::env::var_os(name).map(OsString::into_string);
    let value = value.transpose();
    value.map_err(|_| SettingsError::one(no_text(name)))
}

fn no_text(name: &str) -> String {
    format!("the environment variable {name} is not UTF-8; set it again as text")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
        let pairs = pairs.iter();
        let layers = layers(pairs.map(|(name, value)| ((*name).into(), (*value).into())));
        let pair = |layer: Layer| (layer.key, layer.value.as_str().unwrap().to_owned());
        layers
            .map(|layers| layers.into_iter().map(pair).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_that_nobody_knows_is_refused_with_the_nearest() {
        for (name, meant) in [
            ("GATEPOST_DATABSE_URL", "GATEPOST_DATABASE_URL"),
            ("GATEPOST_SERVER_BIND", "GATEPOST_SERVER__BIND"),
            ("GATEPOST_LOG", "GATEPOST_SERVER__LOG"),
            ("GATEPOST_SECRETKEY", "GATEPOST_SECRET_KEY"),
            ("GATEPOST_DATABASE_URL_FLE", "GATEPOST_DATABASE_URL_FILE"),
            ("GATEPOST_SIMPLE_JWT_ISSUER", "GATEPOST_SIMPLE_JWT__ISSUER"),
            ("GATEPOST_TOKENS_STORED", "GATEPOST_TOKENS__STORED"),
            ("GATEPOST_BIND_FILE", "GATEPOST_BIND"),
        ] {
            let why = read(&[(name, "x")]).unwrap_err();
            assert_eq!(
                why,
                format!(
                    "the environment variable {name} is no setting; did you mean {meant}? Otherwise unset it"
                )
            );
        }
    }

    #[test]
    fn what_others_set_is_not_ours() {
        for (name, value) in [
            ("GATEPOST_TOKEN", "x"),
            ("GATEPOST_TEST_FULL", "1"),
            ("GATEPOST_RANDOM_SEED", "1"),
            ("GATEPOST_SERVICE_HOST", "10.0.0.1"),
            ("GATEPOST_SERVICE_PORT_HTTP", "80"),
            ("GATEPOST_PORT", "tcp://10.0.0.1:80"),
            ("GATEPOST_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("GATEPOST_SERVER_SERVICE_HOST", "10.0.0.1"),
            ("GATEPOST_SERVER_SERVICE_PORT", "80"),
            ("GATEPOST_SERVER_PORT", "tcp://10.0.0.1:80"),
            ("GATEPOST_SERVER_PORT_80_TCP_PROTO", "tcp"),
            ("DATABASE_URL", "x"),
        ] {
            assert_eq!(read(&[(name, value)]), Ok(Vec::new()), "{name}");
        }
        assert!(read(&[("GATEPOST_SERVER_PORT", "8000")]).is_err());
        for name in ["GATEPOST_LOG_LEVEL", "GATEPOST_HOST"] {
            let why = read(&[(name, "x")]).unwrap_err();
            assert!(
                !why.contains("did you mean GATEPOST_CORS") && !why.contains("STORED"),
                "{why}"
            );
        }
        let pair = ("server.secret_key".to_owned(), "k".to_owned());
        let beside = [
            ("GATEPOST_SECRET_KEY", ""),
            ("GATEPOST_SERVER__SECRET_KEY", "k"),
        ];
        assert_eq!(read(&beside), Ok(vec![pair]));
        assert!(read(&[("GATEPOST_TOKN", "x")]).is_err());
    }

    #[test]
    fn every_secret_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let path = path.to_str().unwrap();
        let secrets = [
            ("GATEPOST_DATABASE_URL", "database.url"),
            ("GATEPOST_DATABASE__URL", "database.url"),
            ("GATEPOST_SECRET_KEY", "server.secret_key"),
            ("GATEPOST_SIMPLE_JWT__SIGNING_KEY", "simple_jwt.signing_key"),
            (
                "GATEPOST_SIMPLE_JWT__VERIFYING_KEY",
                "simple_jwt.verifying_key",
            ),
        ];
        for (written, read_as) in [("a b\n", "a b"), ("a\r\n", "a"), ("a\n\n", "a\n")] {
            fs::write(path, written).unwrap();
            for (name, key) in secrets {
                let file = format!("{name}_FILE");
                let layers = read(&[(&file, path)]);
                assert_eq!(layers, Ok(vec![(key.to_owned(), read_as.to_owned())]));
            }
        }
        // this one is a setting of its own, which is read at the start
        let own = ("server.secret_key_file".to_owned(), path.to_owned());
        let layers = read(&[("GATEPOST_SERVER__SECRET_KEY_FILE", path)]);
        assert_eq!(layers, Ok(vec![own]));
        assert_eq!(
            read(&[
                ("GATEPOST_DATABASE_URL_FILE", path),
                ("GATEPOST_DATABASE_URL", "x")
            ])
            .unwrap_err(),
            "database.url is set by the environment variable GATEPOST_DATABASE_URL_FILE and by the environment variable GATEPOST_DATABASE_URL; keep one"
        );
        fs::write(path, "\n").unwrap();
        let why = read(&[("GATEPOST_SECRET_KEY_FILE", path)]).unwrap_err();
        assert!(
            why.ends_with("names is empty; put the secret into it"),
            "{why}"
        );
        for (secret, says) in [
            (
                "postgres://ann:hunter2@db/gatepost",
                "the file that GATEPOST_DATABASE_URL_FILE names can't be read",
            ),
            (
                "hunter2",
                "the file that GATEPOST_DATABASE_URL_FILE names can't be read",
            ),
            (
                "",
                "GATEPOST_DATABASE_URL_FILE is empty; set it to the path of a file",
            ),
        ] {
            let why = read(&[("GATEPOST_DATABASE_URL_FILE", secret)]).unwrap_err();
            assert!(why.contains(says) && !why.contains("hunter2"), "{why}");
        }
        let why = read(&[("GATEPOST_SECRET_KEY_FILE", "/nowhere")]).unwrap_err();
        assert!(
            why.starts_with(
                "the file /nowhere that GATEPOST_SECRET_KEY_FILE names can't be read: "
            ),
            "{why}"
        );
    }

    #[test]
    fn a_key_loses_one_end_of_a_line() {
        for (given, key) in [
            ("k", "k"),
            ("k\n", "k"),
            ("k\r\n", "k"),
            ("k\n\n", "k\n"),
            (" k ", " k "),
        ] {
            for name in [
                "GATEPOST_SECRET_KEY",
                "GATEPOST_SERVER__SECRET_KEY",
                "GATEPOST_SIMPLE_JWT__SIGNING_KEY",
            ] {
                assert_eq!(read(&[(name, given)]).unwrap()[0].1, key, "{name}");
            }
        }
    }
}
