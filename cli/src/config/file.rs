//! config.toml as a file: changed whole or not at all, and by one process at a time.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;

use super::keys::KEYS;
use super::read::{Config, path, text};
use crate::accounts;
use crate::errors::Failure;
use crate::values;

/// Sets something in the file as it is now.
pub(crate) fn set(
    folder: &Path,
    home: Option<&Path>,
    put: impl Fn(&mut DocumentMut) -> bool,
) -> Result<(), Failure> {
    let path = path(folder);
    let old = text(&path)?;
    // also where it says so already: what holds for nobody is not set
    if Config::parse(&old, home).is_err() {
        return Err(broken(&path, &old, home));
    }
    if change(folder, home, put)? {
        return Ok(());
    }
    let what = format!(
        "{} was not changed: it has no place for that",
        path.display()
    );
    Err(Failure::usage(what).hint("`gatepost config edit` opens it"))
}

/// Takes something out of the file as it is now; whether it was there.
pub(crate) fn unset(
    folder: &Path,
    home: Option<&Path>,
    remove: impl Fn(&mut DocumentMut) -> bool,
) -> Result<bool, Failure> {
    change(folder, home, remove)
}

/// Changes the file as it is now, whole or not at all; where nothing changes nothing is written. A file that was wrong
/// may still be so, since it can be mended step by step.
fn change(
    folder: &Path,
    home: Option<&Path>,
    change: impl Fn(&mut DocumentMut) -> bool,
) -> Result<bool, Failure> {
    let path = path(folder);
    let apply = || {
        let old = text(&path)?;
        let document = old.parse::<DocumentMut>();
        let mut document = document.map_err(|_| broken(&path, &old, home))?;
        let is_done = change(&mut document);
        let new = document.to_string();
        let was_fine = Config::parse(&old, home).is_ok();
        Ok::<_, Failure>((is_done, (new != old).then_some((new, was_fine))))
    };
    let (is_done, new) = apply()?;
    if new.is_none() {
        return Ok(is_done);
    }
    accounts::check_owner(folder)?;
    let unwritable = |error: io::Error| unwritable(&path, &error);
    let _lock = accounts::lock(folder).map_err(unwritable)?;
    // again, since another process may have written meanwhile
    let (is_done, new) = apply()?;
    if let Some((new, was_fine)) = new {
        if was_fine && Config::parse(&new, home).is_err() {
            return Err(broken(&path, &new, home));
        }
        write(&path, &new).map_err(unwritable)?;
    }
    Ok(is_done)
}

/// Puts another text in the place of the file's, where that is still the one that was opened.
pub(crate) fn replace(folder: &Path, opened: &str, new: &str) -> Result<(), Failure> {
    let path = path(folder);
    let unwritable = |error: io::Error| unwritable(&path, &error);
    let _lock = accounts::lock(folder).map_err(unwritable)?;
    if text(&path)? != opened {
        return Err(Failure::usage(format!(
            "{} was changed while it was edited, and your text was not saved",
            path.display()
        )));
    }
    write(&path, new).map_err(unwritable)
}

/// What is wrong with a text of the file.
fn broken(path: &Path, text: &str, home: Option<&Path>) -> Failure {
    let (what, hint) = Config::parse(text, home).err().unwrap_or_default();
    let what = format!("{} was not changed: {what}", path.display());
    Failure::usage(what).hint(format!("{hint}`gatepost config edit` opens it"))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let why = values::why(error);
    Failure::usage(format!("{} can't be written: {why}", path.display()))
        .hint("set GATEPOST_CONFIG_DIR to another folder, or change the file where it comes from")
}

/// What a file is a link to, also where that is not there yet.
fn target(path: &Path) -> PathBuf {
    if let Ok(path) = fs::canonicalize(path) {
        return path;
    }
    let mut path = path.to_owned();
    // as many as systems follow
    for _ in 0..40 {
        let Ok(to) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(to);
    }
    path
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    // where it is a link, as in a folder of settings that is kept elsewhere, it stays one
    let path = target(path);
    let folder = path.parent().unwrap_or(&path);
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(old) = fs::metadata(&path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// The text of a first file: every setting, none of them set.
pub(crate) fn template() -> String {
    let mut text = "\
# Settings of gatepost. A flag wins over the environment, the environment over this file.
# Take away the # before a line to set it.

"
    .to_owned();
    for key in &KEYS {
        let _ = writeln!(text, "# {}\n# {} = {}\n", key.what, key.name, key.example);
    }
    text + "\
# a server by its name: --server work
# [servers.work]
# url = \"https://api.example.org\"

# what holds in a folder and below; the deepest one wins
# [[folders]]
# path = \"~/work/x\"
# server = \"work\"
# account = \"ada\"
"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_file_says_nothing_yet_and_all_of_it_can_be_said() {
        assert!(Config::parse(&template(), None).is_ok_and(|all| all.get("server").is_none()));
        let lines = template();
        let lines = lines.lines().filter_map(|line| line.strip_prefix("# "));
        let said: Vec<_> = lines
            .filter(|line| line.contains(" = ") || line.starts_with('['))
            .collect();
        let home = Some(Path::new("/home/ada"));
        let all = Config::parse(&said.join("\n"), home).unwrap();
        assert!(KEYS.iter().all(|key| all.get(key.name).is_some()));
        assert_eq!((all.servers.len(), all.folders.len()), (1, 1));
    }
}
