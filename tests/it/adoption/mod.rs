//! Databases that real Djangos made: what adopting says of them, and that it is so.

mod claims;
pub(crate) mod databases;
mod drift;
mod guards;
mod hashes;
mod models;
mod origins;
mod refused;
mod revocation;
mod rights;
mod story;
mod zones;

use std::path::Path;

use gatepost_tests::{Program, SECRET};

/// What `migrate --adopt` of a database ended with: its exit code, and all that it said.
fn migrate(
    folder: &Path,
    database: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> (i32, String) {
    let mut command = Program::command(folder, &["migrate"]);
    command
        .args(arguments)
        .args(["--database", database])
        .env("GATEPOST_SECRET_KEY", SECRET)
        .envs(variables.iter().copied());
    let output = Program::ended(&mut command);
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

fn check(folder: &Path, database: &str, variables: &[(&str, &str)]) -> (i32, String) {
    migrate(folder, database, &["--adopt", "--check"], variables)
}
