//! accounts.toml: who logged in where, and where the session is kept. It only points: it holds no secret.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::args::Store;
use crate::errors::Failure;

const HEAD: &str = "# Written by gatepost: who is logged in where. It holds no secrets.\n\n";

/// What accounts.toml says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Accounts {
    /// The server that was last logged in to.
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
}

impl Accounts {
    /// Reads the folder's file; none is an empty one.
    pub(crate) fn load(folder: &Path) -> Result<Self, Failure> {
        let path = path(folder);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => {
                return Err(
                    Failure::usage(format!("{} can't be read: {error}", path.display()))
                        .hint("set GATEPOST_CONFIG_DIR to another folder"),
                );
            }
        };
        toml::from_str(&text).map_err(|error| {
            let line = error.message();
            Failure::usage(format!("{} is not valid: {line}", path.display()))
                .hint("remove it and log in again")
        })
    }

    /// The server to use where none is named.
    pub(crate) fn default_server(&self) -> Option<&str> {
        let first = self.all.first().map(|account| account.server.as_str());
        self.server
            .as_deref()
            .or(first.filter(|server| self.all.iter().all(|account| account.server == *server)))
    }

    /// The account of this name, or the one to use where none is named.
    pub(crate) fn find(
        &self,
        server: &str,
        user: Option<&str>,
    ) -> Result<Option<&Account>, Failure> {
        let here: Vec<&Account> = self
            .all
            .iter()
            .filter(|account| account.server == server)
            .collect();
        if let Some(user) = user {
            return Ok(here.into_iter().find(|account| account.user == user));
        }
        match (here.iter().find(|account| account.active), here.as_slice()) {
            (Some(account), _) | (None, [account]) => Ok(Some(account)),
            (None, []) => Ok(None),
            (None, several) => {
                let names: Vec<&str> = several
                    .iter()
                    .map(|account| account.user.as_str())
                    .collect();
                Err(
                    Failure::usage(format!("several accounts are logged in to {server}"))
                        .hint(format!("choose one with --account: {}", names.join(", "))),
                )
            }
        }
    }

    /// Notes a login, which makes its account and server the ones to use.
    pub(crate) fn note(&mut self, new: &Account) {
        self.server = Some(new.server.clone());
        for account in &mut self.all {
            account.active &= account.server != new.server;
        }
        let known = self
            .all
            .iter_mut()
            .find(|account| account.server == new.server && account.user == new.user);
        match known {
            Some(known) => *known = new.clone(),
            None => self.all.push(new.clone()),
        }
    }

    /// Forgets an account.
    pub(crate) fn forget(&mut self, server: &str, user: &str) {
        self.all
            .retain(|account| account.server != server || account.user != user);
        if self.all.iter().all(|account| account.server != server)
            && self.server.as_deref() == Some(server)
        {
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
        let _lock = lock(folder).map_err(|error| unwritable(folder, &error))?;
        // again, since another process may have written meanwhile
        let Some(new) = apply()? else { return Ok(()) };
        let text = toml::to_string(&new)
            .map_err(|error| Failure::usage(format!("accounts.toml can't be written: {error}")))?;
        write(folder, &(HEAD.to_owned() + &text)).map_err(|error| unwritable(folder, &error))
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("accounts.toml")
}

fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!(
        "{} can't be written: {error}",
        path(folder).display()
    ))
    .hint("set GATEPOST_CONFIG_DIR to another folder")
}

/// Holds others off until it is dropped; a moment at most, since it is held for one write.
fn lock(folder: &Path) -> io::Result<File> {
    make(folder)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("accounts.lock"))?;
    // a lock has no time-out of its own, and a person must not wait for ever: 3 s
    for _ in 0..300 {
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            // or a file system without locks: two logins at once are rare, and only one pointer is lost
            Ok(()) | Err(fs::TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::TimedOut,
        "another process holds accounts.lock",
    ))
}

fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn write(folder: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path(folder))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(server: &str, user: &str) -> Account {
        Account {
            server: server.into(),
            user: user.into(),
            store: Store::File,
            active: true,
            allow_http: false,
        }
    }

    #[test]
    fn the_last_login_is_the_one_to_use() {
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
        assert_eq!(all.default_server(), Some("http://b"));
        let user = |all: &Accounts, server, user| {
            all.find(server, user)
                .unwrap()
                .map(|account| account.user.clone())
        };
        assert_eq!(user(&all, "http://a", None).as_deref(), Some("grace"));
        assert_eq!(user(&all, "http://a", Some("ada")).as_deref(), Some("ada"));
        assert_eq!(user(&all, "http://c", None), None);
        all.forget("http://b", "ada");
        assert_eq!(all.default_server(), Some("http://a"));
        all.note(&account("http://a", "bo"));
        all.forget("http://a", "bo");
        assert_eq!(
            all.find("http://a", None).unwrap_err().code(),
            std::process::ExitCode::from(2)
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
