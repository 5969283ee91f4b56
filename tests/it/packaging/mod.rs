//! What is handed out: packages, the image, the archive, and the pages that say how.

mod archive;
mod debian;
mod dockerfile;
mod image;
mod installed;
mod kept;
mod links;
mod page;
mod scripts;
mod sdk_api;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// A file of this repository.
fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Runs a command to its good end; gives what it printed.
#[track_caller]
fn done(command: &mut Command) -> String {
    let output = command.output().expect("it can be run");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{command:?}:\n{out}{err}");
    out
}
