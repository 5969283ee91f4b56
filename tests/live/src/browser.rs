//! A browser without a window: Debian's Chromium.

use std::process::Command;

use crate::Watched;

/// A running Chromium with a profile of its own, ended when it is dropped.
pub struct Browser {
    _process: Watched,
}

impl Browser {
    /// Opens a page, which may open others.
    pub fn open(url: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("gatepost-chromium-")
            .tempdir()
            .expect("a temporary folder")
            .keep();
        let found = Command::new("chromium").arg("--version").output();
        assert!(
            found.is_ok_and(|output| output.status.success()),
            "chromium can't be run: run scripts/test --full, which installs it"
        );
        let mut command = Watched::command(&folder, "TERM", "");
        command
            .env("HOME", &folder)
            .args(["chromium", "--headless=new", "--no-first-run"])
            // it is given nothing but the test's own pages, perhaps by root in a small container
            .args(["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args([
                "--disable-background-networking",
                "--disable-popup-blocking",
            ])
            .arg(format!(
                "--user-data-dir={}",
                folder.join("profile").display()
            ))
            .arg(url);
        Self {
            _process: Watched::spawn(&folder, command),
        }
    }
}
