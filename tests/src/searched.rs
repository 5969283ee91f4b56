//! What is logged is searched for what nobody may read there: of every server in the test's process, and of each
//! program that serves, all at TRACE.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::{Machine, SECRET, actor};

/// A part of a token that is shorter gives nothing away.
const TOLD: usize = 32;

/// The passwords and keys of this run, beside those that every test has.
static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
/// How many lines of servers in this process were searched.
static LINES: AtomicUsize = AtomicUsize::new(0);

/// How many lines of the log of this process's servers were searched so far.
pub fn searched() -> usize {
    LINES.load(Ordering::SeqCst)
}

/// From now on, whatever servers in this process log is searched.
pub(crate) fn begin() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        // as the binary does, which lets libraries say only what is worth a warning
        let targets = Targets::new()
            .with_default(LevelFilter::WARN)
            .with_target("gatepost_server", LevelFilter::TRACE)
            .with_target("gatepost_sdk", LevelFilter::TRACE);
        let lines = tracing_subscriber::fmt::layer().with_writer(|| Search);
        tracing_subscriber::registry()
            .with(lines.with_ansi(false))
            .with(targets)
            .init();
    });
}

/// Has a command log all that it can, and remembers the secrets that it is given.
pub(crate) fn prepare(command: &mut Command) {
    const LEVEL: &str = "GATEPOST_SERVER__LOG";
    let mut is_set = false;
    for (name, value) in command.get_envs() {
        let name = name.to_string_lossy();
        is_set |= name == LEVEL;
        let is_secret = name.contains("KEY") || name.contains("PASSWORD");
        if let Some(value) = value.filter(|_| is_secret && !name.ends_with("_FILE")) {
            know(&value.to_string_lossy());
        }
    }
    if !is_set {
        command.env(LEVEL, "trace");
    }
}

/// Remembers a secret. What is shorter, or a number, may stand anywhere by chance.
pub(crate) fn know(secret: &str) {
    let secret = secret.trim();
    if secret.len() >= 12 && !secret.bytes().all(|byte| byte.is_ascii_digit()) {
        lock().insert(secret.to_owned());
    }
}

/// Fails where a secret is in what was logged.
#[track_caller]
pub(crate) fn check(text: &str) {
    if let Some(secret) = found(text) {
        panic!("{secret} was logged: {text}");
    }
}

/// The secret in a text, if there is one.
fn found(text: &str) -> Option<String> {
    // every token begins like that: it is `{"` in base64
    let tokens = text.match_indices("eyJ").map(|(at, _)| {
        let is_part = |char: &char| char.is_ascii_alphanumeric() || "-_.".contains(*char);
        text[at..].chars().take_while(is_part).collect::<String>()
    });
    let mut tokens = tokens.filter(|token| token.len() >= TOLD);
    let fixed = [SECRET, Machine::PASSWORD, actor::PASSWORD];
    let known = lock();
    let mut all = fixed.into_iter().chain(known.iter().map(String::as_str));
    let found = all.find(|secret| text.contains(secret)).map(str::to_owned);
    found.or_else(|| tokens.next())
}

fn lock() -> std::sync::MutexGuard<'static, BTreeSet<String>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the lines go that are searched.
struct Search;

impl Write for Search {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        LINES.fetch_add(1, Ordering::SeqCst);
        let text = String::from_utf8_lossy(line);
        if let Some(secret) = found(&text) {
            // a panic here might be answered with 500 and go unseen
            drop(writeln!(
                std::io::stderr(),
                "{secret} was logged by a server in the tests: {text}"
            ));
            std::process::abort();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_and_what_is_cut_short_is_none() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJzZWNyZXQifQ.c2lnbmF0dXJl";
        assert_eq!(found(&format!("GET /{token}/ 404")).as_deref(), Some(token));
        assert_eq!(found("GET /verify/eyJhbGci…/ 404"), None);
        assert!(found(&format!("key {SECRET}")).is_some());
        let own = "a-key-of-one-test-alone";
        assert_eq!(found(own), None);
        let mut command = Command::new("true");
        prepare(command.env("GATEPOST_SIMPLE_JWT__SIGNING_KEY", own));
        assert_eq!(found(&format!("key={own:?}")).as_deref(), Some(own));
    }
}
