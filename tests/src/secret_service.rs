//! A Secret Service of a test's own: a D-Bus and gnome-keyring, without a display.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use gatepost_live::Watched;

/// A D-Bus on which gnome-keyring keeps secrets in a home folder; both end when it is dropped.
pub struct SecretService {
    _bus: Watched,
    address: String,
    home: PathBuf,
}

impl SecretService {
    /// Starts the bus. Until [`Self::unlock`] the keyring is locked: the bus starts gnome-keyring by itself, and that one
    /// would have to ask a person for the password.
    pub fn start(home: &Path) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("gatepost-bus-")
            .tempdir()
            .expect("a temporary folder")
            .keep();
        let address = format!("unix:path={}/bus", folder.display());
        let mut command = Watched::command(&folder, "TERM", "");
        command
            .args([
                "dbus-daemon",
                "--session",
                "--nofork",
                "--nopidfile",
                "--print-address",
            ])
            .arg(format!("--address={address}"));
        clean(&mut command, home);
        let mut bus = Watched::spawn(&folder, command);
        bus.wait_until("dbus-daemon (package dbus)", |log| {
            log.contains("unix:path=").then_some(())
        });
        Self {
            _bus: bus,
            address,
            home: home.to_owned(),
        }
    }

    /// What `DBUS_SESSION_BUS_ADDRESS` is to be.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Starts gnome-keyring with an unlocked keyring, which is made where there is none.
    pub fn unlock(&self) {
        // it goes into the background once it is ready; the password of the keyring is the empty line
        let arguments = ["--unlock", "--components=secrets"];
        let output = self.run("gnome-keyring-daemon", &arguments, "\n");
        assert!(output.status.success(), "gnome-keyring-daemon: {output:?}");
    }

    /// Ends gnome-keyring. The next who asks for it gets a new one, which is locked.
    pub fn lock(&self) {
        self.signal("KILL");
        // until the bus has noticed
        let start = std::time::Instant::now();
        while self.pid().is_some() {
            assert!(start.elapsed().as_secs() < 10, "the keyring goes on");
        }
    }

    /// Sends gnome-keyring a signal: STOP, and it never answers; CONT, and it goes on.
    pub fn signal(&self, signal: &str) {
        let pid = self.pid().expect("a running gnome-keyring");
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "kill -s {signal}"
        );
    }

    /// What is kept under a service and user, as secret-tool sees it from outside.
    pub fn lookup(&self, service: &str, user: &str) -> Option<String> {
        let arguments = ["lookup", "service", service, "username", user];
        let output = self.run("secret-tool", &arguments, "");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        output
            .status
            .success()
            .then_some(text)
            .filter(|text| !text.is_empty())
    }

    /// Who answers as the Secret Service, if anybody does.
    fn pid(&self) -> Option<String> {
        let arguments = [
            "--session",
            "--print-reply=literal",
            "--dest=org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.GetConnectionUnixProcessID",
            "string:org.freedesktop.secrets",
        ];
        let output = self.run("dbus-send", &arguments, "");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let pid = text.split_whitespace().last()?.to_owned();
        output.status.success().then_some(pid)
    }

    fn run(&self, program: &str, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(program);
        clean(command.args(arguments), &self.home)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{program}: {error}; apt-get install -y gnome-keyring dbus libsecret-tools")
        });
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        child.wait_with_output().expect("it ends")
    }
}

/// Nothing of our own environment but the path, and this home.
fn clean<'c>(command: &'c mut Command, home: &Path) -> &'c mut Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_seen_until_the_keyring_is_locked() {
        let home = tempfile::tempdir().unwrap();
        let keyring = SecretService::start(home.path());
        keyring.unlock();
        assert_eq!(keyring.lookup("a", "b"), None);
        let arguments = ["store", "--label=x", "service", "a", "username", "b"];
        assert!(
            keyring
                .run("secret-tool", &arguments, "secret")
                .status
                .success()
        );
        assert_eq!(keyring.lookup("a", "b").as_deref(), Some("secret"));
        keyring.lock();
        assert_eq!(keyring.lookup("a", "b"), None);
    }
}
