//! A browser without a window: Debian's Chromium.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Watched;

/// A running Chromium with a profile of its own, ended when it is dropped.
pub struct Browser {
    _process: Watched,
}

impl Browser {
    /// Opens a page, which may open others.
    pub fn open(url: &str) -> Self {
        let folder = folder();
        let mut command = Watched::command(&folder, "TERM", "");
        arguments(&mut command, &folder).arg(url);
        Self::run(&folder, command)
    }

    /// Runs one that is told what to do by `in` in its folder, and tells it by `out`.
    pub(crate) fn driven(folder: &Path) -> Self {
        let mut command = Watched::command(folder, "TERM", "");
        let redirect = "folder=$1; shift; exec \"$@\" 3<\"$folder/in\" 4>\"$folder/out\"";
        command.args(["sh", "-c", redirect, "sh"]).arg(folder);
        arguments(&mut command, folder).args(["--remote-debugging-pipe", "about:blank"]);
        Self::run(folder, command)
    }

    fn run(folder: &Path, command: Command) -> Self {
        Self {
            _process: Watched::spawn(folder, command),
        }
    }
}

/// A folder for the profile, which goes with the browser.
pub(crate) fn folder() -> PathBuf {
    let found = Command::new("chromium").arg("--version").output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "chromium can't be run: run scripts/test --full, which installs it"
    );
    tempfile::Builder::new()
        .prefix("gatepost-chromium-")
        .tempdir()
        .expect("a temporary folder")
        .keep()
}

fn arguments<'c>(command: &'c mut Command, folder: &Path) -> &'c mut Command {
    command
        .env("HOME", folder)
        .args(["chromium", "--headless=new", "--no-first-run"])
        // it is given nothing but the test's own pages, perhaps by root in a small container
        .args(["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args([
            "--disable-background-networking",
            "--disable-popup-blocking",
            "--hide-scrollbars",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
}
