//! The folders of the program, by its own variables and by those of all programs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::errors::Failure;
use crate::values;

/// The variable of the folder that programs keep such things in, and that folder in a home.
type Base = (&'static str, &'static [&'static str]);

#[cfg(not(windows))]
const CONFIG: Base = ("XDG_CONFIG_HOME", &[".config"]);
#[cfg(not(windows))]
const STATE: Base = ("XDG_STATE_HOME", &[".local", "state"]);
#[cfg(windows)]
const CONFIG: Base = ("APPDATA", &["AppData", "Roaming"]);
#[cfg(windows)]
const STATE: Base = ("LOCALAPPDATA", &["AppData", "Local"]);

/// The folder of config.toml and accounts.toml.
pub(super) fn config(
    home: Option<&Path>,
    env: &impl Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, Failure> {
    folder("GATEPOST_CONFIG_DIR", CONFIG, home, env)
}

/// The folder of stored sessions and drafts.
pub(super) fn state(
    home: Option<&Path>,
    env: &impl Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, Failure> {
    folder("GATEPOST_STATE_DIR", STATE, home, env)
}

fn folder(
    own: &str,
    (base, below): Base,
    home: Option<&Path>,
    env: &impl Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, Failure> {
    if let Some(folder) = path(own, home, env) {
        return Ok(folder);
    }
    let base = path(base, home, env).filter(|base| base.is_absolute());
    let base = match (base, home) {
        (Some(base), _) => base,
        (None, Some(home)) => home.join(below.iter().collect::<PathBuf>()),
        (None, None) => {
            return Err(
                Failure::usage("there is no home folder").hint(format!("set {own} to a folder"))
            );
        }
    };
    Ok(base.join("gatepost"))
}

/// The path that a variable holds.
pub(super) fn path(
    name: &str,
    home: Option<&Path>,
    env: &impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let path = env(name).filter(|path| !path.is_empty())?;
    Some(match path.into_string() {
        Ok(text) => in_home(&values::filled(&text)?, home),
        Err(path) => PathBuf::from(path),
    })
}

/// A path whose `~` no shell has seen, as in a file of variables.
fn in_home(text: &str, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(below), Some(home)) => home.join(below),
        _ => PathBuf::from(text),
    }
}
