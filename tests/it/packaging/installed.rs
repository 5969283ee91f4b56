//! `cargo install --path`, as the README has it: `scripts/test --full`.

use std::process::Command;

use super::{done, root, text};

#[test]
fn both_programs_install_from_the_source() {
    let readme = text("README.md");
    for folder in ["server", "cli"] {
        let command = format!("cargo install --locked --path {folder}`");
        assert!(readme.contains(&command), "{command}");
    }
    if !gatepost_tests::is_full() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, program) in [("server", "gatepost-server"), ("cli", "gatepost")] {
        let mut cargo = Command::new("cargo");
        cargo.args([
            "install", "--locked", "--path", name, "--debug", "--quiet", "--root",
        ]);
        done(cargo.arg(folder.path()).current_dir(root()));
        let version = done(Command::new(folder.path().join("bin").join(program)).arg("--version"));
        assert_eq!(
            version,
            format!("{program} {}\n", env!("CARGO_PKG_VERSION"))
        );
    }
}
