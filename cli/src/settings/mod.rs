//! What the flags, the environment and config.toml say: a fixed list of names, read here alone.

mod below;
mod folders;
mod in_spite;
mod read;
mod shown;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use gatepost_sdk::SecretString;

use crate::args::{Global, Store};
use crate::config::Config;
use crate::errors::Failure;
use crate::given::Given;
use crate::headers::Headers;

pub(crate) use read::variable;
pub(crate) use shown::shown;
#[cfg(unix)]
pub(crate) use shown::{is_dumb_terminal, terminal};

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
}

/// Whether a shell asks what the word under the cursor may be.
pub(crate) fn is_completing() -> bool {
    std::env::var_os(COMPLETE).is_some_and(|shell| !shell.is_empty())
}
