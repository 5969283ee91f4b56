//! `gatepost-server adopt`: a project is asked, judged and moved.

mod asked;
mod effects;
mod given;
mod moved;
mod page;
mod reports;

use std::path::Path;
use std::process::Command;

use gatepost_tests::{Program, django};

use crate::adoption::databases::Database;

/// A command of `adopt` on the application of tests/django with this database.
fn command(folder: &Path, arguments: &[&str], url: &str, more: &[(&str, &str)]) -> Command {
    let mut command = Program::command(folder, &["adopt"]);
    command
        .args(arguments)
        .arg(django::manage())
        .arg("--python")
        .arg(django::program("python"))
        .env("FAST_HASH", "1")
        .envs([django::place(url)])
        .envs(more.iter().copied());
    command
}

/// What a command ended with: its exit code, and all that it said.
fn ended(command: &mut Command) -> (i32, String) {
    let output = Program::ended(command);
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

/// A check of a database's own project.
fn check(database: &Database, more: &[(&str, &str)]) -> (i32, String) {
    let all = [database.origin.more, more].concat();
    ended(&mut command(
        database.folder(),
        &["--check"],
        &database.url,
        &all,
    ))
}
