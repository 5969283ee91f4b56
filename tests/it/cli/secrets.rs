//! At the highest level of logging, nothing that is printed or logged holds a password or a token.

use std::collections::BTreeSet;

use gatepost_tests::{Machine, Program};
use serde_json::Value;

#[test]
fn no_password_and_no_token_is_printed_or_logged() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Program::command(folder.path(), &["serve"]);
    serve
        .env("GATEPOST_SERVER__LOG", "trace")
        .env("GATEPOST_SIMPLE_JWT__ACCESS_TOKEN_LIFETIME", "3s");
    let server = Program::serve(&mut serve);
    let machine = Machine::with_keyring(&server.base);
    let service = format!("gatepost:{}", server.base);
    let wrong = "Another-Secret-9!";
    let mut secrets = BTreeSet::from([Machine::PASSWORD.to_owned(), wrong.to_owned()]);
    let run = |input: &str, line: &str| {
        let words: Vec<&str> = ["-vvv"].into_iter().chain(line.split(' ')).collect();
        machine.run_with(input, &words)
    };
    let password = format!("{}\n", Machine::PASSWORD);
    let register = "register --username ada --email ada@example.com --first-name A --last-name L --password-stdin";
    for (input, line, code) in [
        (password.as_str(), register, 0),
        (&password, register, 1),
        (wrong, "login --username ada --password-stdin", 1),
        (&password, "login --username ada --password-stdin", 0),
        ("", "profile", 0),
        ("", "profile --json", 0),
        ("", "token --refresh", 0),
        ("", "token --verify", 0),
        ("", "status", 0),
        ("", "posts create -t Title -b Text", 0),
        ("", "posts list --json", 0),
        ("", "posts view 9", 3),
        (
            &password,
            "login --username ada --password-stdin --store file",
            0,
        ),
        ("", "profile", 0),
        (
            &password,
            "login --username ada --password-stdin --store keyring",
            0,
        ),
        ("", "logout", 0),
        ("", "profile", 4),
    ] {
        let ended = run(input, line).expect(code);
        if line == "token --refresh" {
            assert!(
                ended.err.contains("exchanging the tokens"),
                "the log is off: {}",
                ended.err
            );
        }
        if let Some(entry) = machine.keyring().lookup(&service, "ada") {
            collect(&serde_json::from_str(&entry).unwrap(), &mut secrets);
        }
    }
    assert!(secrets.len() > 8, "{}", secrets.len());
    let log = server.log();
    assert!(
        log.contains("/api/token/refresh/"),
        "the server's log is off: {log}"
    );
    let printed = machine.printed() + &log;
    for secret in &secrets {
        assert!(!printed.contains(secret), "{secret} is in {printed}");
        // nor a part of a token: the signature is the half that is worth something
        for part in secret.split('.').filter(|part| part.len() > 40) {
            assert!(!printed.contains(part), "{part} is in {printed}");
        }
    }
}

/// The tokens and the secret of a stored session.
fn collect(entry: &Value, into: &mut BTreeSet<String>) {
    for name in ["rt", "at", "sid"] {
        into.extend(entry[name].as_str().map(str::to_owned));
    }
}
