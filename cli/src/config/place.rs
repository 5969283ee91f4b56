//! Changes of what config.toml says that leave the rest of it, its comments too, as it is.

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::keys::{Key, is_name, key};
use super::read::no_such_key;
use crate::errors::Failure;

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

    /// Writes a value; whether there is a place for it.
    pub(crate) fn set(&self, document: &mut DocumentMut, text: &str) -> bool {
        // what a file of comments alone says stays above what is set in it
        let comments = document.trailing().as_str().unwrap_or_default().to_owned();
        let has_only_comments = document.is_empty() && !comments.is_empty();
        if has_only_comments {
            document.set_trailing("");
        }
        let is_set = self.write(document, text);
        if has_only_comments {
            put_above(document, &comments);
        }
        is_set
    }

    fn write(&self, document: &mut DocumentMut, text: &str) -> bool {
        match self {
            Self::Key(key) => {
                put(document.as_table_mut(), key.name, key.written(text));
                true
            }
            Self::Server(name) => {
                let implicit = || {
                    let mut table = Table::new();
                    table.set_implicit(true);
                    Item::Table(table)
                };
                let servers = document.entry("servers").or_insert_with(implicit);
                let Some(servers) = servers.as_table_like_mut() else {
                    return false;
                };
                let server = servers.entry(name).or_insert(Item::Table(Table::new()));
                let Some(server) = server.as_table_like_mut() else {
                    return false;
                };
                put(server, "url", text.into());
                true
            }
        }
    }

    /// Takes the value out; whether it was there.
    pub(crate) fn unset(&self, document: &mut DocumentMut) -> bool {
        match self {
            Self::Key(key) => remove(document, key.name),
            Self::Server(name) => remove_below(document, &["servers", name]),
        }
    }
}

/// Takes out what is no setting, by the names that lead to it; whether it was there. Rules for folders stay.
pub(crate) fn remove_other(document: &mut DocumentMut, name: &str) -> bool {
    let names: Vec<&str> = name.split('.').collect();
    match names.as_slice() {
        ["servers"] | ["folders", ..] => false,
        [name] => remove(document, name),
        names => remove_below(document, names),
    }
}

/// Takes out what stands in a table. What is said at the top of the file stays.
fn remove_below(document: &mut DocumentMut, names: &[&str]) -> bool {
    let Some((last, tables)) = names.split_last() else {
        return false;
    };
    let text = document.to_string();
    let top: String = text
        .split_inclusive('\n')
        .take_while(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
        .collect();
    let mut table: Option<&mut dyn TableLike> = Some(document.as_table_mut());
    for name in tables {
        let item = table.and_then(|table| table.get_mut(name));
        table = item.and_then(Item::as_table_like_mut);
    }
    let is_there = table.is_some_and(|table| table.remove(last).is_some());
    if is_there && !document.to_string().starts_with(top.trim_end()) {
        put_above(document, &top);
    }
    is_there
}

/// Puts comments above everything else.
fn put_above(document: &mut DocumentMut, comments: &str) {
    let rest = document.to_string();
    let end = if comments.ends_with('\n') { "" } else { "\n" };
    let all = format!("{comments}{end}{}", rest.trim_start_matches('\n'));
    if let Ok(all) = all.parse() {
        *document = all;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn after(text: &str, change: impl Fn(&mut DocumentMut)) -> String {
        let mut document: DocumentMut = text.parse().unwrap();
        change(&mut document);
        document.to_string()
    }

    fn set(name: &'static str, value: &'static str) -> impl Fn(&mut DocumentMut) {
        move |document| assert!(Place::of(name).ok().unwrap().set(document, value))
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
    fn what_is_set_stands_below_the_comments_of_a_file_that_has_no_more() {
        let text = "# mine\n# timeout = 3";
        assert_eq!(
            after(text, set("timeout", "3")),
            "# mine\n# timeout = 3\ntimeout = \"3\"\n"
        );
        assert_eq!(
            after("# mine\n\n", set("servers.a.url", "https://a")),
            "# mine\n\n[servers.a]\nurl = \"https://a\"\n"
        );
    }

    #[test]
    fn what_has_no_place_is_not_set() {
        for text in ["servers = 1", "servers = []", "servers = { a = 1 }"] {
            let mut document: DocumentMut = text.parse().unwrap();
            let place = Place::of("servers.a.url").ok().unwrap();
            assert!(!place.set(&mut document, "https://a"), "{text}");
        }
    }

    #[test]
    fn what_is_no_setting_can_be_taken_out() {
        let without = |text: &str, name: &str| {
            let mut document: DocumentMut = text.parse().unwrap();
            remove_other(&mut document, name).then(|| document.to_string())
        };
        assert_eq!(without("# a\nx = 1\n", "x").as_deref(), Some("# a\n"));
        let text = "[servers.a]\nurl = 'https://a'\nca = 'x'\n";
        assert_eq!(
            without(text, "servers.a.ca").as_deref(),
            Some("[servers.a]\nurl = 'https://a'\n")
        );
        assert_eq!(without(text, "x"), None);
        assert_eq!(without("folders = 1", "folders"), None);
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
        let titled = format!("# mine\n\n# more\n{named}");
        assert_eq!(
            unset(&titled, "servers.a"),
            "# mine\n\n# more\n[servers.b]\nurl = 'https://b'\n"
        );
        assert_eq!(
            unset("# mine\n[servers.a]\nurl = 'https://a'\n", "servers.a"),
            "# mine\n"
        );
    }
}
