//! What the flags and the environment say: a fixed list of names, read here alone.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use gatepost_sdk::SecretString;

use crate::args::{Global, Store};
use crate::errors::Failure;

/// Flags over the environment.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The server that was named.
    pub(crate) server: Option<String>,
    /// The account that was named.
    pub(crate) account: Option<String>,
    /// The store that was named.
    pub(crate) store: Option<Store>,
    /// Whether http to another machine was allowed.
    pub(crate) allow_http: bool,
    /// An access token in place of a session.
    pub(crate) token: Option<SecretString>,
    /// The folder of accounts.toml.
    pub(crate) config: PathBuf,
    /// The folder of the file store.
    pub(crate) state: PathBuf,
    /// The folder of the keyring's locks, in place of the account's own.
    pub(crate) locks: Option<PathBuf>,
}

impl Settings {
    pub(crate) fn load(flags: &Global) -> Result<Self, Failure> {
        Self::read(flags, std::env::home_dir().as_deref(), |name| {
            std::env::var_os(name)
        })
    }

    fn read(
        flags: &Global,
        home: Option<&Path>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Failure> {
        // an empty variable is none, as the XDG rules say
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let text = |name: &str| match env(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(Failure::usage(format!("{name} is not UTF-8"))),
        };
        let folder = |own: &str, base: &str, in_home: &[&str]| {
            if let Some(folder) = env(own) {
                return Ok(PathBuf::from(folder));
            }
            let base = env(base)
                .map(PathBuf::from)
                .filter(|base| base.is_absolute());
            let base = match (base, home) {
                (Some(base), _) => base,
                (None, Some(home)) => home.join(in_home.iter().collect::<PathBuf>()),
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
            (None, Some(name)) => Some(Store::from_str(&name, false).map_err(|_| {
                Failure::usage(format!("GATEPOST_STORE is {name:?}"))
                    .hint("use auto, keyring, file or memory")
            })?),
        };
        let allow_http = match text("GATEPOST_ALLOW_HTTP")?.as_deref() {
            None | Some("0") => flags.allow_http,
            Some("1") => true,
            Some(_) => return Err(Failure::usage("GATEPOST_ALLOW_HTTP must be 1 or 0")),
        };
        Ok(Self {
            server: flags.server.clone().or(text("GATEPOST_SERVER")?),
            account: flags.account.clone().or(text("GATEPOST_ACCOUNT")?),
            store,
            allow_http,
            token: text("GATEPOST_TOKEN")?.map(SecretString::from),
            locks: env("GATEPOST_LOCK_DIR").map(PathBuf::from),
            config: folder("GATEPOST_CONFIG_DIR", config_base, config_home)?,
            state: folder("GATEPOST_STATE_DIR", state_base, state_home)?,
        })
    }
}

/// The command of the person's editor, as a shell reads it.
pub(crate) fn editor() -> String {
    let named = |name| std::env::var_os(name).and_then(|value| value.into_string().ok());
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(named)
        .find(|value| !value.is_empty());
    named.unwrap_or_else(|| if cfg!(windows) { "notepad" } else { "vi" }.to_owned())
}

/// Whether the person wants no colours (<https://no-color.org>).
pub(crate) fn wants_no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Whether the terminal can't move its cursor.
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
        assert!(read(&Global::default(), &[("GATEPOST_ALLOW_HTTP", "yes")]).is_err());
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
