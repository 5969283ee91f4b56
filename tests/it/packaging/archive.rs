//! `scripts/package`: the archive and the Debian packages, made of the programs under test: `scripts/test --full`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use gatepost_tests::{cli_binary, server_binary};

use super::{done, links, root};

/// The folder with all that the script has made, once in each test process.
pub(super) fn made() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let binaries = server_binary().parent().unwrap();
        assert_eq!(Some(binaries), cli_binary().parent());
        let mut script = Command::new(root().join("scripts/package"));
        script.args(["--deb", "--sbom", "--binaries"]).arg(binaries);
        done(&mut script);
        root().join("target/package")
    })
}

/// The one file of these whose name begins and ends so.
pub(super) fn file(begin: &str, end: &str) -> PathBuf {
    let mut files = made().read_dir().unwrap().map(|file| file.unwrap().path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with(begin) && name.ends_with(end)
    };
    files
        .find(is_it)
        .unwrap_or_else(|| panic!("no {begin}*{end}"))
}

#[test]
fn the_archive_holds_what_one_needs_and_its_programs_run() {
    if !gatepost_tests::is_full() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let archive = file("gatepost-0", ".tar.gz");
    done(
        Command::new("tar")
            .arg("-xzf")
            .arg(&archive)
            .arg("-C")
            .arg(folder.path()),
    );
    let name = archive.file_name().unwrap().to_string_lossy();
    let unpacked = folder.path().join(name.trim_end_matches(".tar.gz"));
    for held in [
        "README.md",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "THIRD-PARTY-LICENCES",
        "man/gatepost.1",
        "man/gatepost-posts-create.1",
        "man/gatepost-server.1",
        "man/gatepost-server-migrate.1",
        "completions/gatepost.zsh",
        "completions/gatepost-server.fish",
        "packaging/gatepost.service",
        "docs/deploying.md",
        "docs/deploy/nginx.conf",
    ] {
        assert!(unpacked.join(held).is_file(), "{held}");
    }
    assert_eq!(links::broken(&unpacked), [""; 0]);
    for program in ["gatepost", "gatepost-server"] {
        let version = done(Command::new(unpacked.join(program)).arg("--version"));
        assert_eq!(
            version,
            format!("{program} {}\n", env!("CARGO_PKG_VERSION"))
        );
        let script = unpacked.join(format!("completions/{program}.bash"));
        done(Command::new("bash").arg("-n").arg(script));
    }
    let licences = std::fs::read_to_string(unpacked.join("THIRD-PARTY-LICENCES")).unwrap();
    for made_of in ["\ntokio 1", "\naws-lc-sys ", "\nratatui "] {
        assert!(licences.contains(made_of), "{made_of}");
    }
    assert!(!licences.contains("\nrstest "), "a crate of the tests");
    done(
        Command::new("sha256sum")
            .args(["--check", "SHA256SUMS"])
            .current_dir(made()),
    );
    for program in ["gatepost-server", "gatepost"] {
        let parts = file(&format!("{program}-0"), ".cdx.json");
        let parts: serde_json::Value =
            serde_json::from_slice(&std::fs::read(parts).unwrap()).unwrap();
        assert_eq!(parts["bomFormat"], "CycloneDX");
        let count = parts["components"].as_array().unwrap().len();
        assert!(count > 150, "{program} is made of {count} crates only");
    }
}
