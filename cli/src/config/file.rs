//! Changes of config.toml that leave the rest of it, its comments too, as it is.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::keys::{KEYS, Key, is_name, key};
use super::read::{Config, no_such_key, path, text};
use crate::accounts;
use crate::errors::Failure;
use crate::values;

/// What a name means in the file.
pub(crate) enum Place {
    Key(&'static Key),
    /// The address of the server of this name.
    Server(String),
}

impl Place {
    /// The place of `timeout`, `servers.work.url`, `servers.work`.
    pub(crate) fn of(name: &str) -> Result<Self, Failure> {
        if let Some(key) = key(name) {
            return Ok(Self::Key(key));
        }
        let Some(server) = name.strip_prefix("servers.") else {
            if name == "folders" || name.starts_with("folders.") {
                return Err(
                    Failure::usage("rules for folders are written by hand").hint(
                        "`gatepost config edit` opens the file, `gatepost help config` shows how",
                    ),
                );
            }
            return Err(no_such_key(name));
        };
        let server = server.strip_suffix(".url").unwrap_or(server);
        if is_name(server) {
            Ok(Self::Server(server.to_owned()))
        } else {
            Err(Failure::usage(format!("{name} is no setting"))
                .hint("a server's name has letters, digits, - and _: servers.NAME.url"))
        }
    }

    /// Writes a value; whether that changes anything.
    pub(crate) fn set(&self, document: &mut DocumentMut, text: &str) {
        match self {
            Self::Key(key) => put(document.as_table_mut(), key.name, key.written(text)),
            Self::Server(name) => {
                let implicit = || {
                    let mut table = Table::new();
                    table.set_implicit(true);
                    Item::Table(table)
                };
                let servers = document.entry("servers").or_insert_with(implicit);
                if let Some(servers) = servers.as_table_like_mut() {
                    let server = servers.entry(name).or_insert(Item::Table(Table::new()));
                    if let Some(server) = server.as_table_like_mut() {
                        put(server, "url", text.into());
                    }
                }
            }
        }
    }

    /// Takes the value out; whether it was there.
    pub(crate) fn unset(&self, document: &mut DocumentMut) -> bool {
        match self {
            Self::Key(key) => remove(document, key.name),
            Self::Server(name) => {
                let servers = document.get_mut("servers");
                let servers = servers.and_then(Item::as_table_like_mut);
                servers.is_some_and(|servers| servers.remove(name).is_some())
            }
        }
    }
}

/// Puts a value where it stands already, with the comments around it, or at the end.
fn put(table: &mut dyn TableLike, name: &str, mut value: Value) {
    match table.get_mut(name) {
        Some(item) => {
            if let Some(old) = item.as_value() {
                *value.decor_mut() = old.decor().clone();
            }
            *item = Item::Value(value);
        }
        None => {
            table.insert(name, Item::Value(value));
        }
    }
}

/// Takes a value out. What is said before it may be about the whole file: that stays.
fn remove(document: &mut DocumentMut, name: &str) -> bool {
    let table = document.as_table_mut();
    let before = table.key(name).and_then(|key| {
        let prefix = key.leaf_decor().prefix()?.as_str()?;
        prefix.contains('#').then(|| prefix.to_owned())
    });
    let at = table.iter().position(|(known, _)| known == name);
    if table.remove(name).is_none() {
        return false;
    }
    if let (Some(mut before), Some(at)) = (before, at) {
        let next = table.iter().nth(at).map(|(next, _)| next.to_owned());
        let next_value = next.filter(|next| table.get(next).is_some_and(Item::is_value));
        if let Some(mut key) = next_value.and_then(|next| table.key_mut(&next)) {
            let decor = key.leaf_decor_mut();
            let own = decor.prefix().and_then(|prefix| prefix.as_str());
            before.push_str(own.unwrap_or_default());
            decor.set_prefix(before);
        } else {
            let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
            document.set_trailing(before + &trailing);
        }
    }
    true
}

/// Changes the file as it is now, whole or not at all; where nothing changes nothing is written.
pub(crate) fn change(
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
        Ok::<_, Failure>((is_done, (new != old).then_some(new)))
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
    if let Some(new) = new {
        if Config::parse(&new, home).is_err() {
            return Err(broken(&path, &new, home));
        }
        write(&path, &new).map_err(unwritable)?;
    }
    Ok(is_done)
}

/// Puts another text in the place of the file's.
pub(crate) fn replace(folder: &Path, new: &str) -> Result<(), Failure> {
    let path = path(folder);
    write(&path, new).map_err(|error| unwritable(&path, &error))
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

fn write(path: &Path, text: &str) -> io::Result<()> {
    // where it is a link, as in a folder of settings that is kept elsewhere, it stays one
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
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

    fn after(text: &str, change: impl Fn(&mut DocumentMut)) -> String {
        let mut document: DocumentMut = text.parse().unwrap();
        change(&mut document);
        document.to_string()
    }

    fn set(name: &'static str, value: &'static str) -> impl Fn(&mut DocumentMut) {
        move |document| Place::of(name).ok().unwrap().set(document, value)
    }

    #[test]
    fn comments_and_order_stay() {
        let text = "# mine\n\n# slow network\ntimeout = '9s' # really\nstore = \"file\"\n\n[servers.work] # at work\nurl = \"https://a\"\n# end\n";
        assert_eq!(
            after(text, set("timeout", "2m")),
            text.replace("'9s'", "\"2m\"")
        );
        assert_eq!(
            after(text, set("allow_http", "yes")),
            text.replace("\"file\"\n", "\"file\"\nallow_http = true\n")
        );
        assert_eq!(
            after(text, set("servers.work.url", "https://b")),
            text.replace("https://a", "https://b")
        );
        let more = after(text, set("servers.home.url", "https://c"));
        assert!(
            more.contains("[servers.home]\nurl = \"https://c\"\n"),
            "{more}"
        );
        Config::parse(&more, None).unwrap();
        let first = after("", set("servers.home.url", "https://c"));
        assert_eq!(first, "[servers.home]\nurl = \"https://c\"\n");
    }

    #[test]
    fn what_is_said_of_the_file_stays_when_its_first_setting_goes() {
        let unset = |text: &str, name: &str| {
            after(text, |document| {
                assert!(Place::of(name).ok().unwrap().unset(document));
            })
        };
        let text = "# mine\nstore = 'file'\n# slow\ntimeout = '9s'\n";
        assert_eq!(unset(text, "store"), "# mine\n# slow\ntimeout = '9s'\n");
        assert_eq!(unset("# mine\nstore = 'file'\n", "store"), "# mine\n");
        let named = "[servers.a]\nurl = 'https://a'\n[servers.b]\nurl = 'https://b'\n";
        assert_eq!(
            unset(named, "servers.a"),
            "[servers.b]\nurl = 'https://b'\n"
        );
        assert_eq!(
            unset(named, "servers.b.url"),
            "[servers.a]\nurl = 'https://a'\n"
        );
    }

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
