//! accounts.toml: who logged in where, where the session is kept, and how the server is reached. It holds no session.

mod file;

use std::io;
use std::path::{Path, PathBuf};

pub(crate) use file::{check_owner, lock};
use file::{is_exposed, path, unreadable, unwritable, write};
use serde::{Deserialize, Serialize};

use crate::args::Store;
use crate::errors::Failure;
use crate::headers::Headers;
use crate::values;

const HEAD: &str = "# Written by gatepost: who is logged in where. It holds no secrets.\n\n";
const HEAD_WITH_HEADERS: &str =
    "# Written by gatepost: who is logged in where. Its headers are secrets.\n\n";

/// What accounts.toml says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Accounts {
    /// The server of the account in use: the last one that was logged in to or chosen, until it is logged out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// In the order of the first login.
    #[serde(default, rename = "account", skip_serializing_if = "Vec::is_empty")]
    pub(crate) all: Vec<Account>,
}

/// One login.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// The server's address without a final slash.
    pub(crate) server: String,
    /// The name that was logged in with.
    pub(crate) user: String,
    /// Where the session is kept: decided at login.
    pub(crate) store: Store,
    /// Whether it is the one to use where none is named.
    #[serde(default)]
    pub(crate) active: bool,
    /// Whether the server may be spoken to over http on another machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) allow_http: bool,
    /// A file of certificates to trust.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_cert: Option<PathBuf>,
    /// What a gateway before the server asks for.
    #[serde(default, skip_serializing_if = "Headers::is_empty")]
    pub(crate) request_headers: Headers,
}

impl Accounts {
    /// Reads the folder's file; none is an empty one.
    pub(crate) fn load(folder: &Path) -> Result<Self, Failure> {
        let path = path(folder);
        let text = match values::own_file(&path) {
            Ok(bytes) => values::text(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        let invalid = |what: &str| {
            let hint = "correct it, or remove it and log in again";
            Failure::usage(format!("{} {what}", path.display())).hint(hint)
        };
        let text = text.ok_or_else(|| invalid("is not UTF-8"))?;
        let all: Self = toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            match before {
                Some(before) => {
                    let line = before.matches('\n').count() + 1;
                    invalid(&format!("is not valid at line {line}"))
                }
                None => invalid("is not valid"),
            }
        })?;
        all.warn_if_exposed(&path);
        Ok(all)
    }

    /// Says that others can read the headers of a gateway.
    fn warn_if_exposed(&self, path: &Path) {
        let has_headers = self
            .all
            .iter()
            .any(|account| !account.request_headers.is_empty());
        if has_headers && is_exposed(path) {
            let path = path.display();
            crate::output::warn(&format!(
                "warning: others can read {path}, which holds request headers: chmod 600 {path}"
            ));
        }
    }

    /// The server of all accounts, where there is only one.
    pub(crate) fn only_server(&self) -> Option<&str> {
        let first = self.all.first().map(|account| account.server.as_str());
        first.filter(|server| self.all.iter().all(|account| account.server == *server))
    }

    /// The accounts at a server.
    pub(crate) fn at(&self, server: &str) -> impl Iterator<Item = &Account> {
        self.all
            .iter()
            .filter(move |account| account.server == server)
    }

    /// The account of this name, or the one in use at the server.
    pub(crate) fn find(&self, server: &str, user: Option<&str>) -> Option<&Account> {
        self.at(server).find(|account| match user {
            Some(user) => account.user == user,
            None => account.active,
        })
    }

    /// Notes a login, which makes its account and server the ones to use.
    pub(crate) fn note(&mut self, new: &Account) {
        let known = self
            .all
            .iter_mut()
            .find(|account| account.server == new.server && account.user == new.user);
        match known {
            Some(known) => *known = new.clone(),
            None => self.all.push(new.clone()),
        }
        self.choose(&new.server, &new.user);
    }

    /// Makes an account and its server the ones to use.
    pub(crate) fn choose(&mut self, server: &str, user: &str) {
        self.server = Some(server.to_owned());
        for account in &mut self.all {
            if account.server == server {
                account.active = account.user == user;
            }
        }
    }

    /// Forgets an account. Where it was the one in use, none is.
    pub(crate) fn forget(&mut self, server: &str, user: &str) {
        let is_here = self.server.as_deref() == Some(server);
        let was_active = self
            .find(server, Some(user))
            .is_some_and(|account| account.active);
        self.all
            .retain(|account| account.server != server || account.user != user);
        if is_here && (was_active || self.at(server).next().is_none()) {
            self.server = None;
        }
    }

    /// Finds out whether [`Accounts::update`] can write, before anything is done that it should note.
    pub(crate) fn prepare(folder: &Path, change: impl Fn(&mut Self)) -> Result<(), Failure> {
        let old = Self::load(folder)?;
        let mut new = old.clone();
        change(&mut new);
        if new == old {
            return Ok(());
        }
        check_owner(folder)?;
        lock(folder)
            .map(drop)
            .map_err(|error| unwritable(folder, &error))
    }

    /// Changes the file as it is now, whole or not at all. Where nothing changes nothing is written, so that a
    /// folder that can't be written will do.
    pub(crate) fn update(folder: &Path, change: impl Fn(&mut Self)) -> Result<(), Failure> {
        let apply = || {
            let old = Self::load(folder)?;
            let mut new = old.clone();
            change(&mut new);
            Ok::<_, Failure>((new != old).then_some(new))
        };
        if apply()?.is_none() {
            return Ok(());
        }
        check_owner(folder)?;
        let _lock = lock(folder).map_err(|error| unwritable(folder, &error))?;
        // again, since another process may have written meanwhile
        let Some(new) = apply()? else { return Ok(()) };
        let text = toml::to_string(&new)
            .map_err(|error| Failure::usage(format!("accounts.toml can't be written: {error}")))?;
        let has_headers = new
            .all
            .iter()
            .any(|account| !account.request_headers.is_empty());
        let head = if has_headers { HEAD_WITH_HEADERS } else { HEAD };
        write(folder, &(head.to_owned() + &text)).map_err(|error| unwritable(folder, &error))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn account(server: &str, user: &str) -> Account {
        Account {
            server: server.into(),
            user: user.into(),
            store: Store::File,
            active: true,
            allow_http: false,
            ca_cert: None,
            request_headers: Headers::default(),
        }
    }

    #[test]
    fn the_last_login_is_the_one_to_use_until_it_is_logged_out_of() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for (server, user) in [
            ("http://a", "ada"),
            ("http://a", "grace"),
            ("http://b", "ada"),
        ] {
            Accounts::update(folder, |all| all.note(&account(server, user))).unwrap();
        }
        let mut all = Accounts::load(folder).unwrap();
        assert_eq!(all.server.as_deref(), Some("http://b"));
        let user = |all: &Accounts, server, user| {
            all.find(server, user).map(|account| account.user.clone())
        };
        assert_eq!(user(&all, "http://a", None).as_deref(), Some("grace"));
        assert_eq!(user(&all, "http://a", Some("ada")).as_deref(), Some("ada"));
        assert_eq!(user(&all, "http://c", None), None);
        // another one than the one in use
        all.forget("http://a", "ada");
        assert_eq!(all.server.as_deref(), Some("http://b"));
        all.forget("http://b", "ada");
        assert_eq!(
            (all.server.as_deref(), all.only_server()),
            (None, Some("http://a"))
        );
        all.note(&account("http://a", "bo"));
        all.forget("http://a", "bo");
        // nobody is taken in the place of who has gone
        assert_eq!(
            (all.server.as_deref(), user(&all, "http://a", None)),
            (None, None)
        );
        all.choose("http://a", "grace");
        assert_eq!(user(&all, "http://a", None).as_deref(), Some("grace"));
    }

    #[test]
    fn a_file_is_read_as_editors_write_it_and_a_fault_has_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| fs::write(folder.path().join("accounts.toml"), text).unwrap();
        write(
            "\u{feff}server = 'http://a'\r\n\r\n[[account]]\r\nserver = 'http://a'\r\nuser = 'ada'\r\nstore = 'file'\r\n[account.request_headers]\r\nCF-Access-Client-Secret = 'hunter2'\r\n",
        );
        let all = Accounts::load(folder.path()).unwrap();
        let header = all.all[0].request_headers.iter().next();
        assert_eq!(header, Some(("cf-access-client-secret", "hunter2")));
        assert!(!format!("{all:?}").contains("hunter2"));
        write("server = 'http://a'\n\n[[account]]\nstore = 'hunter2'\n");
        let failure = Accounts::load(folder.path()).unwrap_err();
        let message = failure.message();
        assert!(
            message.contains("at line 4") && !message.contains("hunter2"),
            "{message}"
        );
    }

    #[test]
    fn nothing_is_written_where_nothing_changes() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("below");
        Accounts::update(&place, |all| all.forget("http://a", "ada")).unwrap();
        assert!(!place.exists());
        Accounts::update(&place, |all| all.note(&account("http://a", "ada"))).unwrap();
        let modified = |name: &str| fs::metadata(place.join(name)).unwrap().modified().unwrap();
        let before = modified("accounts.toml");
        Accounts::update(&place, |all| all.note(&account("http://a", "ada"))).unwrap();
        assert_eq!(modified("accounts.toml"), before);
    }

    #[test]
    fn two_logins_at_once_are_both_noted() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for user in ["a", "b", "c", "d"] {
                let folder = folder.path();
                scope.spawn(move || {
                    Accounts::update(folder, |all| all.note(&account("http://a", user))).unwrap();
                });
            }
        });
        assert_eq!(Accounts::load(folder.path()).unwrap().all.len(), 4);
    }
}
