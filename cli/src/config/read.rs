//! What config.toml says. Reading it writes nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use gatepost_sdk::Address;
use toml::{Table, Value};

use super::keys::{KEYS, is_name, key};
use crate::errors::Failure;
use crate::nearest::nearest;
use crate::values;

/// How many names of servers a sentence has.
const NAMES: usize = 6;

/// What config.toml says.
#[derive(Debug, Default)]
pub(crate) struct Config {
    values: BTreeMap<&'static str, String>,
    /// Addresses by their names.
    pub(crate) servers: BTreeMap<String, String>,
    pub(crate) folders: Vec<Rule>,
}

/// What holds in a folder and below.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// The folder as it is written.
    pub(crate) path: String,
    folder: PathBuf,
    pub(crate) server: Option<String>,
    pub(crate) account: Option<String>,
}

/// The file in a folder.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("config.toml")
}

/// The text of the file; one that is not there is empty.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let hint = "set GATEPOST_CONFIG_DIR to another folder";
    match values::own_file(path) {
        Ok(bytes) => values::text(bytes).ok_or_else(|| {
            Failure::usage(format!("{} is not UTF-8", path.display())).hint("save it as UTF-8")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => {
            let (path, why) = (path.display(), values::why(&error));
            Err(Failure::usage(format!("{path} can't be read: {why}")).hint(hint))
        }
    }
}

impl Config {
    /// Reads the folder's file.
    pub(crate) fn load(folder: &Path, home: Option<&Path>) -> Result<Self, Failure> {
        let path = path(folder);
        let all = Self::parse(&text(&path)?, home);
        all.map_err(|(what, hint)| {
            Failure::usage(format!("{}: {what}", path.display()))
                .hint(format!("{hint}`gatepost config edit` opens it"))
        })
    }

    /// The text's meaning; the error is what is wrong, and what was meant.
    pub(crate) fn parse(text: &str, home: Option<&Path>) -> Result<Self, (String, String)> {
        let plain = |what: String| (what, String::new());
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            plain(format!("line {line} is no TOML: {}", error.message()))
        })?;
        let mut all = Self::default();
        for (name, value) in &table {
            match name.as_str() {
                "servers" => all.servers = servers(value).map_err(plain)?,
                "folders" => all.folders = rules(value, home).map_err(plain)?,
                name => {
                    let key = key(name).ok_or_else(|| unknown(name))?;
                    let value = scalar(value).filter(|text| key.check(text).is_ok());
                    let value = value.ok_or_else(|| {
                        let must = key.check("").err().unwrap_or_default();
                        plain(format!("{name} can't be that: {must}"))
                    })?;
                    all.values.insert(key.name, value);
                }
            }
        }
        let named = all.folders.iter().filter_map(|rule| rule.server.as_deref());
        for server in all.get("server").into_iter().chain(named) {
            let address = all.known(server).map_err(plain)?;
            check_address(address).map_err(|why| plain(format!("server can't be that: {why}")))?;
        }
        Ok(all)
    }

    /// A value as text.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// The address of a server that is named, or what was given in place of a name; the error says that there is no such
    /// name.
    pub(crate) fn address(&self, server: &str) -> Result<String, Failure> {
        if self.servers.is_empty() {
            return Ok(server.to_owned());
        }
        let known = self.known(server);
        known.map(str::to_owned).map_err(|what| {
            let meant = nearest(server, self.servers.keys().map(String::as_str));
            let hint = match meant {
                Some(name) => format!("did you mean {name}? `gatepost config list` shows all"),
                None => format!(
                    "it names {}; or give an address, such as https://api.example.org",
                    self.names()
                ),
            };
            Failure::usage(what).hint(hint)
        })
    }

    /// The names of the servers, as many as are read at a glance.
    fn names(&self) -> String {
        let names: Vec<&str> = self.servers.keys().map(String::as_str).collect();
        let more = names.len().saturating_sub(NAMES);
        let first = names[..names.len() - more].join(", ");
        match more {
            0 => first,
            more => format!("{first} and {more} more (`gatepost config list` shows all)"),
        }
    }

    fn known<'a>(&'a self, server: &'a str) -> Result<&'a str, String> {
        match self.servers.get(server) {
            Some(url) => Ok(url),
            None if is_name(server) => Err(format!("config.toml names no server {server}")),
            None => Ok(server),
        }
    }

    /// The rules for a folder, the deepest one first.
    pub(crate) fn rules(&self, here: Option<&Path>) -> Vec<&Rule> {
        let Some(here) = here else { return Vec::new() };
        let mut rules: Vec<_> = self.folders.iter().collect();
        rules.retain(|rule| here.starts_with(&rule.folder));
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.folder.components().count()));
        rules
    }
}

/// That there is no such setting.
fn unknown(name: &str) -> (String, String) {
    let known = KEYS.iter().map(|key| key.name);
    let meant = nearest(name, known.chain(["servers", "folders"]));
    let hint = meant.map_or(String::new(), |meant| format!("did you mean {meant}? "));
    (format!("{name} is no setting"), hint)
}

/// The same for a command.
pub(super) fn no_such_key(name: &str) -> Failure {
    let (what, meant) = unknown(name);
    Failure::usage(what).hint(format!("{meant}`gatepost config list` shows all"))
}

/// Whether a client takes an address; the error says why not.
pub(crate) fn check_address(text: &str) -> Result<(), String> {
    let address: Result<Address, _> = text.parse();
    address.map(drop).map_err(|error| error.to_string())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Boolean(_) | Value::Integer(_) | Value::Float(_) => Some(value.to_string()),
        _ => None,
    }
}

fn servers(value: &Value) -> Result<BTreeMap<String, String>, String> {
    let must = "servers must be tables such as [servers.work] with a url";
    let mut servers = BTreeMap::new();
    for (name, server) in value.as_table().ok_or(must)? {
        let server = server.as_table().ok_or(must)?;
        if !is_name(name) {
            return Err(format!(
                "servers.{name:?} can't be a name: it may have letters, digits, - and _"
            ));
        }
        if let Some(other) = server.keys().find(|key| *key != "url") {
            return Err(format!(
                "servers.{name}.{other} is no setting: it has a url and nothing else"
            ));
        }
        let url = server.get("url").and_then(Value::as_str);
        let url = url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        let url = url.ok_or_else(|| {
            format!("servers.{name}.url must be an address that begins with https:// or http://")
        })?;
        check_address(url).map_err(|why| format!("servers.{name}.url can't be that: {why}"))?;
        servers.insert(name.clone(), url.trim_end_matches('/').to_owned());
    }
    Ok(servers)
}

fn rules(value: &Value, home: Option<&Path>) -> Result<Vec<Rule>, String> {
    let must = "folders must be [[folders]] with a path, and a server or an account or both";
    let rules = value.as_array().ok_or(must)?;
    let rules = rules.iter().map(|rule| {
        let rule = rule.as_table().ok_or(must)?;
        let names = ["path", "server", "account"];
        if let Some(other) = rule.keys().find(|key| !names.contains(&key.as_str())) {
            return Err(format!("{other} of [[folders]] is no setting: {must}"));
        }
        let text = |name: &str| match rule.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(format!("{name} of [[folders]] must be a text")),
        };
        let path = text("path")?.ok_or(must)?;
        let (server, account) = (text("server")?, text("account")?);
        if server.is_none() && account.is_none() {
            return Err(must.to_owned());
        }
        let folder = in_home(&path, home);
        if !folder.is_absolute() {
            return Err(format!(
                "{path:?} of [[folders]] must begin with / or ~/: a rule is for one place"
            ));
        }
        // the folder that a process is in has no links in its name
        let folder = folder.canonicalize().unwrap_or(folder);
        Ok(Rule {
            path,
            folder,
            server,
            account,
        })
    });
    rules.collect()
}

/// A path whose `~` no shell has seen.
pub(crate) fn in_home(text: &str, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~"), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(below), Some(home)) if below.starts_with('/') => home.join(&below[1..]),
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, (String, String)> {
        Config::parse(text, Some(Path::new("/home/ada")))
    }

    #[test]
    fn a_file_is_read_and_each_mistake_has_its_sentence() {
        let all = parse(
            "server = 'work'\ntimeout = 30\nallow_http = true\n[servers.work]\nurl = 'https://a.example/'\n[[folders]]\npath = '~/x'\naccount = 'ada'\n",
        )
        .unwrap();
        assert_eq!(all.get("timeout"), Some("30"));
        assert_eq!(all.get("allow_http"), Some("true"));
        assert_eq!(all.address("work").unwrap(), "https://a.example");
        assert_eq!(all.address("https://b").unwrap(), "https://b");
        assert!(all.address("wrok").is_err());
        for (text, said) in [
            (
                "tiemout = '3s'",
                "tiemout is no setting did you mean timeout? ",
            ),
            (
                "timeout = 'x'",
                "timeout can't be that: it must be a length",
            ),
            ("store = ['file']", "store can't be that: it must be auto"),
            ("server = 'wrok'", "config.toml names no server wrok"),
            ("x =", "line 1 is no TOML"),
            ("store = 'file'\nx = = 1", "line 2 is no TOML"),
            (
                "[servers.work]\nurl = 'a.example'",
                "servers.work.url must be an address",
            ),
            (
                "[servers.work]\nurl = 'https://a'\nca = ''",
                "servers.work.ca is no setting",
            ),
            ("[servers.'a.b']\nurl = 'https://a'", "can't be a name"),
            ("servers = 1", "servers must be tables"),
            (
                "[servers.work]\nurl = 'https://ada:secret@a.example'",
                "servers.work.url can't be that: the address holds a user name or password",
            ),
            (
                "server = 'https://ada:secret@a.example'",
                "server can't be that: the address holds",
            ),
            (
                "server = 'https://ada:secret@a:b'",
                "server can't be that: what was given is not an address",
            ),
            ("[[folders]]\npath = '~/x'", "folders must be"),
            (
                "[[folders]]\npath = 'x'\naccount = 'a'",
                "must begin with /",
            ),
            (
                "[[folders]]\npath = '/x'\nacount = 'a'",
                "acount of [[folders]] is no setting",
            ),
        ] {
            let (what, hint) = parse(text).unwrap_err();
            let all = format!("{what} {hint}");
            assert!(all.contains(said), "{text}: {all}");
            assert!(!all.contains("secret"), "{all}");
        }
    }

    #[test]
    fn the_deepest_folder_comes_first() {
        let all = parse(
            "[[folders]]\npath = '/w'\naccount = 'a'\n[[folders]]\npath = '/w/x/'\naccount = 'b'\n[[folders]]\npath = '/wx'\naccount = 'c'\n",
        )
        .unwrap();
        let accounts = |here: &str| -> Vec<&str> {
            let rules = all.rules(Some(Path::new(here)));
            rules
                .iter()
                .filter_map(|rule| rule.account.as_deref())
                .collect()
        };
        assert_eq!(accounts("/w/x/y"), ["b", "a"]);
        assert_eq!(accounts("/w/xy"), ["a"]);
        assert!(accounts("/").is_empty());
    }

    #[test]
    fn every_default_and_example_is_a_value() {
        for key in &KEYS {
            if let Some(default) = key.default {
                key.check(default).unwrap();
            }
            parse(&format!("{} = {}", key.name, key.example)).unwrap();
        }
    }
}
