//! `cargo run -p gatepost-tests --example wire -- URL --secret KEY --db URL`: replays the wire against a running server and prints the report.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use gatepost_tests::wire::{Target, replay};

const USAGE: &str = "wire http://HOST:PORT --secret KEY --db sqlite:PATH|postgres://…\n\nThe server must be fresh: ids are compared.";

#[tokio::main]
async fn main() -> std::io::Result<ExitCode> {
    let Some(target) = target(std::env::args().skip(1)) else {
        writeln!(std::io::stderr(), "{USAGE}")?;
        return Ok(ExitCode::from(2));
    };
    let report = replay(&target).await;
    match writeln!(std::io::stdout(), "{report}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {} // `| head` has read enough
        written => written?,
    }
    Ok(if report.differing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn target(mut words: impl Iterator<Item = String>) -> Option<Target> {
    let (mut base, mut secret, mut database) = (None, None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--secret" => secret = Some(words.next()?),
            "--db" => database = Some(words.next()?),
            _ if word.starts_with("--") || base.is_some() => return None,
            _ => base = Some(word),
        }
    }
    Some(Target {
        base: base?,
        secret: secret?,
        database: database?,
    })
}
