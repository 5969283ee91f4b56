//! What the flags, the environment and config.toml say: a fixed list of names, read here alone.

mod below;
mod in_spite;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use gatepost_sdk::SecretString;

use crate::args::{Global, Store};
use crate::config::Config;
use crate::errors::Failure;
use crate::given::Given;
use crate::headers::Headers;
use crate::values;

/// What shells ask for completions by.
pub(crate) const COMPLETE: &str = "GATEPOST_COMPLETE";

/// Who named a server or an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NamedBy {
    /// A flag or a variable, by its name.
    Given(&'static str),
    /// The rule for this folder.
    Folder(String),
    Config,
}

impl fmt::Display for NamedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(name) => f.write_str(name),
            Self::Folder(path) => write!(f, "the rule for {path} in config.toml"),
            Self::Config => f.write_str("config.toml"),
        }
    }
}

/// Flags over the environment over config.toml.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The address of the server that was named.
    pub(crate) server: Option<String>,
    pub(crate) server_by: Option<NamedBy>,
    /// The account that was named.
    pub(crate) account: Option<String>,
    pub(crate) account_by: Option<NamedBy>,
    /// The store that was named.
    pub(crate) store: Option<Store>,
    /// Whether http to another machine was allowed.
    pub(crate) allow_http: bool,
    /// An access token in place of a session.
    pub(crate) token: Option<SecretString>,
    /// A file of certificates to trust.
    pub(crate) ca_cert: Option<PathBuf>,
    /// Whether config.toml names it.
    pub(crate) is_ca_cert_of_config: bool,
    /// How long the server may be silent.
    pub(crate) timeout: Option<Duration>,
    /// What a gateway before the server asks for.
    pub(crate) headers: Headers,
    /// The editor, before the one that the system's variables name.
    pub(crate) editor: Option<String>,
    /// The folder of config.toml and accounts.toml.
    pub(crate) config: PathBuf,
    /// The folder of the file store.
    pub(crate) state: PathBuf,
    /// The folder of the keyring's locks, in place of the account's own.
    pub(crate) locks: Option<PathBuf>,
    /// What a login needs too.
    pub(crate) given: Given,
}

impl Settings {
    pub(crate) fn load(flags: &Global) -> Result<Self, Failure> {
        let settings = Self::without_config(flags)?;
        let home = std::env::home_dir();
        let config = Config::load(&settings.config, home.as_deref())?;
        let here = std::env::current_dir().ok();
        settings.over(&config, here.as_deref(), home.as_deref(), |name| {
            std::env::var_os(name)
        })
    }

    /// The same without config.toml, for what works where that can't be read.
    pub(crate) fn without_config(flags: &Global) -> Result<Self, Failure> {
        Self::read(flags, std::env::home_dir().as_deref(), |name| {
            std::env::var_os(name)
        })
    }

    fn read(
        flags: &Global,
        home: Option<&Path>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Failure> {
        let raw = |name: &str| match env(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(Failure::usage(format!("{name} is not UTF-8"))),
        };
        // an empty variable is none, as the XDG rules say
        let text = |name: &str| Ok::<_, Failure>(raw(name)?.as_deref().and_then(filled));
        let path = |name: &str| {
            let path = env(name).filter(|path| !path.is_empty())?;
            Some(match path.into_string() {
                Ok(text) => in_home(&filled(&text)?, home),
                Err(path) => PathBuf::from(path),
            })
        };
        let folder = |own: &str, base: &str, below: &[&str]| {
            if let Some(folder) = path(own) {
                return Ok(folder);
            }
            let base = path(base).filter(|base| base.is_absolute());
            let base = match (base, home) {
                (Some(base), _) => base,
                (None, Some(home)) => home.join(below.iter().collect::<PathBuf>()),
                (None, None) => {
                    return Err(Failure::usage("there is no home folder")
                        .hint(format!("set {own} to a folder")));
                }
            };
            Ok(base.join("gatepost"))
        };
        let (config_base, config_home, state_base, state_home) = if cfg!(windows) {
            (
                "APPDATA",
                ["AppData", "Roaming"].as_slice(),
                "LOCALAPPDATA",
                ["AppData", "Local"].as_slice(),
            )
        } else {
            (
                "XDG_CONFIG_HOME",
                [".config"].as_slice(),
                "XDG_STATE_HOME",
                [".local", "state"].as_slice(),
            )
        };
        let store = match (flags.store, text("GATEPOST_STORE")?) {
            (Some(store), _) => Some(store),
            (None, None) => None,
            (None, Some(name)) => Some(Store::from_str(&name, true).map_err(|_| {
                Failure::usage(format!("GATEPOST_STORE is {name:?}"))
                    .hint("use auto, keyring, file or memory")
            })?),
        };
        let allow_http = match text("GATEPOST_ALLOW_HTTP")? {
            None => flags.allow_http,
            Some(text) => {
                let is_allowed = values::switch(&text)
                    .ok_or_else(|| Failure::usage("GATEPOST_ALLOW_HTTP must be 1 or 0"))?;
                flags.allow_http || is_allowed
            }
        };
        // a script whose variable is not set must not reach another server by that
        let given = |name: &str, flag: &Option<String>| match flag.as_deref().map(filled) {
            Some(None) => Err(Failure::usage(format!("{name} is empty"))
                .hint(format!("give it a value, or leave out {name}"))),
            Some(value) => Ok(value),
            None => Ok(None),
        };
        let account = given("--account", &flags.account)?;
        let (account, account_by) = first(
            "--account",
            account,
            "GATEPOST_ACCOUNT",
            text("GATEPOST_ACCOUNT")?,
        );
        let server = given("--server", &flags.server)?;
        let (server, server_by) = first(
            "--server",
            server,
            "GATEPOST_SERVER",
            text("GATEPOST_SERVER")?,
        );
        let token = token(raw("GATEPOST_TOKEN")?)?;
        if let (Some(_), Some(named)) = (&token, &account_by) {
            return Err(Failure::usage(format!(
                "GATEPOST_TOKEN and {named} contradict each other: the token belongs to one account"
            ))
            .hint(format!("unset GATEPOST_TOKEN, or leave out {named}")));
        }
        Ok(Self {
            server,
            server_by,
            account,
            account_by,
            store,
            allow_http,
            token,
            is_ca_cert_of_config: false,
            ca_cert: flags.ca_cert.clone().or(path("GATEPOST_CA_CERT")),
            timeout: timeout(
                flags.timeout.as_deref(),
                text("GATEPOST_TIMEOUT")?.as_deref(),
            )?,
            headers: headers(&flags.request_header, raw("GATEPOST_REQUEST_HEADER")?)?,
            editor: text("GATEPOST_EDITOR")?,
            locks: path("GATEPOST_LOCK_DIR"),
            config: folder("GATEPOST_CONFIG_DIR", config_base, config_home)?,
            state: folder("GATEPOST_STATE_DIR", state_base, state_home)?,
            given: Given::of(flags),
        })
    }
}

/// The value of a flag or else of a variable, and which of them has given it.
fn first(
    flag: &'static str,
    given: Option<String>,
    variable: &'static str,
    set: Option<String>,
) -> (Option<String>, Option<NamedBy>) {
    match (given, set) {
        (Some(value), _) => (Some(value), Some(NamedBy::Given(flag))),
        (None, Some(value)) => (Some(value), Some(NamedBy::Given(variable))),
        (None, None) => (None, None),
    }
}

fn filled(text: &str) -> Option<String> {
    let text = values::value(text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// A path whose `~` no shell has seen, as in a file of variables.
fn in_home(text: &str, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(below), Some(home)) => home.join(below),
        _ => PathBuf::from(text),
    }
}

fn token(text: Option<String>) -> Result<Option<SecretString>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let token = values::token(&text);
    if token.contains(|char: char| !char.is_ascii_graphic()) {
        return Err(Failure::usage(
            "GATEPOST_TOKEN is no access token: there are spaces or other signs in it",
        )
        .hint("set it to what `gatepost token` prints"));
    }
    Ok((!token.is_empty()).then(|| SecretString::from(token)))
}

fn timeout(flag: Option<&str>, variable: Option<&str>) -> Result<Option<Duration>, Failure> {
    let (name, text) = match (flag, variable) {
        (Some(text), _) => ("--timeout", text),
        (None, Some(text)) => ("GATEPOST_TIMEOUT", text),
        (None, None) => return Ok(None),
    };
    values::time(text).map(Some).ok_or_else(|| {
        Failure::usage(format!("{name} is {text:?}, which is no length of time"))
            .hint("write seconds, or a number with ms, s, m or h; at most a day")
    })
}

fn headers(flags: &[String], variable: Option<String>) -> Result<Headers, Failure> {
    let mut headers = Headers::default();
    let mut add = |name: &str, lines: &str| {
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            headers.add(line).map_err(|why| {
                Failure::usage(format!("{name} {why}")).hint("for example X-Gateway-Key:VALUE")
            })?;
        }
        Ok::<_, Failure>(())
    };
    let variable = variable.unwrap_or_default();
    let variable = ("GATEPOST_REQUEST_HEADER", values::value(&variable));
    let flags = flags.iter().map(|flag| ("--request-header", flag.as_str()));
    for (name, given) in std::iter::once(variable).chain(flags) {
        let Some(file) = given.strip_prefix('@') else {
            add(name, given)?;
            continue;
        };
        let read = std::fs::read(file).map_err(|error| values::why(&error).into_owned());
        let text = read.and_then(|bytes| values::text(bytes).ok_or("it is not UTF-8".to_owned()));
        let text = text.map_err(|why| {
            Failure::usage(format!("{name} @{file} can't be read: {why}"))
                .hint("name a file with a header in each line, NAME:VALUE")
        })?;
        add(&format!("{name} @{file}"), &text)?;
    }
    Ok(headers)
}

/// What a variable says, for a person who looks where a value comes from.
pub(crate) fn variable(name: &str) -> Option<String> {
    filled(&std::env::var_os(name)?.to_string_lossy())
}

/// Whether a shell asks what the word under the cursor may be.
pub(crate) fn is_completing() -> bool {
    std::env::var_os(COMPLETE).is_some_and(|shell| !shell.is_empty())
}

/// Whether the person wants no colours (<https://no-color.org>).
#[cfg(unix)]
pub(crate) fn wants_no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// What the terminal is called, and what it says of its colours.
#[cfg(unix)]
pub(crate) fn terminal() -> (String, String) {
    let named = |name| {
        let value = std::env::var_os(name).unwrap_or_default();
        value.to_string_lossy().into_owned()
    };
    (named("TERM"), named("COLORTERM"))
}

/// Whether the terminal can't move its cursor.
#[cfg(unix)]
pub(crate) fn is_dumb_terminal() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flags: &Global, env: &[(&str, &str)]) -> Result<Settings, Failure> {
        Settings::read(flags, Some(Path::new("/home/ada")), |name| {
            let found = env.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn a_flag_wins_over_the_environment() {
        let env = [
            ("GATEPOST_SERVER", "http://e"),
            ("GATEPOST_STORE", "file"),
            ("GATEPOST_ACCOUNT", ""),
        ];
        let flags = Global {
            server: Some("http://f".into()),
            ..Global::default()
        };
        let settings = read(&flags, &env).unwrap();
        assert_eq!(settings.server.as_deref(), Some("http://f"));
        assert_eq!(settings.store, Some(Store::File));
        assert_eq!(settings.account, None);
        assert!(read(&Global::default(), &[("GATEPOST_STORE", "disk")]).is_err());
        assert!(read(&Global::default(), &[("GATEPOST_ALLOW_HTTP", "maybe")]).is_err());
    }

    #[test]
    fn variables_are_taken_as_files_and_pipes_give_them() {
        let env = [
            ("GATEPOST_SERVER", "\"https://a.example\"\r\n"),
            ("GATEPOST_ACCOUNT", "\u{feff}ada\n"),
            ("GATEPOST_STORE", " File\r"),
            ("GATEPOST_ALLOW_HTTP", "true\r\n"),
            ("GATEPOST_CA_CERT", "'~/ca.pem'\r"),
            ("GATEPOST_TIMEOUT", "5s\n"),
            ("GATEPOST_REQUEST_HEADER", "A: 1\r\n\r\nb:2"),
        ];
        let settings = read(&Global::default(), &env).unwrap();
        assert_eq!(settings.server.as_deref(), Some("https://a.example"));
        assert_eq!(settings.account.as_deref(), Some("ada"));
        assert_eq!(settings.store, Some(Store::File));
        assert!(settings.allow_http);
        assert_eq!(settings.ca_cert, Some("/home/ada/ca.pem".into()));
        assert_eq!(settings.timeout, Some(Duration::from_secs(5)));
        let headers: Vec<_> = settings.headers.iter().collect();
        assert_eq!(headers, [("a", "1"), ("b", "2")]);
        let blank = [
            ("GATEPOST_SERVER", "\r\n"),
            ("GATEPOST_TOKEN", " \n"),
            ("GATEPOST_CA_CERT", "''"),
        ];
        let settings = read(&Global::default(), &blank).unwrap();
        assert!(
            settings.server.is_none() && settings.token.is_none() && settings.ca_cert.is_none()
        );
    }

    #[test]
    fn a_token_is_taken_as_it_is_copied_and_is_alone() {
        use gatepost_sdk::ExposeSecret;
        let token = |text| read(&Global::default(), &[("GATEPOST_TOKEN", text)]);
        for text in ["x.y.z\n", "Bearer x.y.z", "\"x.y.z\"\r\n"] {
            let token = token(text).unwrap().token.unwrap();
            assert_eq!(token.expose_secret(), "x.y.z");
        }
        let failure = token("x.y z").err().unwrap();
        assert!(!failure.message().contains("x.y"));
        let flags = Global {
            account: Some("ada".into()),
            ..Global::default()
        };
        let failure = read(&flags, &[("GATEPOST_TOKEN", "x")]).err().unwrap();
        assert!(failure.message().contains("--account"));
        let env = [("GATEPOST_TOKEN", "x"), ("GATEPOST_ACCOUNT", "ada")];
        let failure = read(&Global::default(), &env).err().unwrap();
        assert!(failure.message().contains("GATEPOST_ACCOUNT"));
    }

    #[test]
    fn the_flags_are_repeated_as_a_shell_reads_them() {
        let flags = Global {
            server: Some("https://a.example".into()),
            account: Some("it's".into()),
            store: Some(Store::File),
            allow_http: true,
            ..Global::default()
        };
        let given = read(&flags, &[]).unwrap().given;
        assert_eq!(given.server, " --server https://a.example --allow-http");
        assert_eq!(given.account, r" --account 'it'\''s'");
        assert_eq!(given.store, " --store file");
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_those_of_the_xdg_rules() {
        let settings = read(&Global::default(), &[("XDG_STATE_HOME", "relative")]).unwrap();
        assert_eq!(settings.config.to_str(), Some("/home/ada/.config/gatepost"));
        assert_eq!(
            settings.state.to_str(),
            Some("/home/ada/.local/state/gatepost")
        );
        let env = [("XDG_CONFIG_HOME", "/c"), ("GATEPOST_STATE_DIR", "/s")];
        let settings = read(&Global::default(), &env).unwrap();
        assert_eq!(settings.config.to_str(), Some("/c/gatepost"));
        assert_eq!(settings.state.to_str(), Some("/s"));
    }
}
