//! The certificate and its key: what can be used, and how they are changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use gatepost_tests::Program;
use rcgen::{KeyPair, date_time_ymd};

use crate::key_rotation::hang_up;
use crate::manager::Manager;
use crate::process::refusal;

use super::{Pair, Server};

/// The sentence of a start with these files, which `check` says too.
#[track_caller]
fn refused(pair: &Pair, variables: &[(&str, String)]) -> String {
    let run = |arguments: &[&str]| {
        let mut command = Program::command(pair.folder.path(), arguments);
        refusal(&Program::ended(
            command.envs(
                variables
                    .iter()
                    .map(|(name, value)| (*name, value.as_str())),
            ),
        ))
    };
    let said = run(&["--bind", "127.0.0.1:0"]);
    assert_eq!(run(&["check"]), said);
    assert!(
        !pair.folder.path().join("gatepost-data").exists(),
        "nothing was made"
    );
    said
}

#[test]
fn what_can_t_be_used_is_refused_in_one_sentence() {
    let pair = Pair::new();
    let (cert, key) = (pair.path("cert.pem"), pair.path("key.pem"));
    let certificate = fs::read_to_string(&cert).unwrap();
    let secret = fs::read_to_string(&key).unwrap();
    let good = pair.variables();
    let openssl = |arguments: &[&str]| {
        let done = Command::new("openssl").args(arguments).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    let (der, encrypted) = (pair.path("der"), pair.path("encrypted"));
    openssl(&["pkey", "-in", &key, "-outform", "der", "-out", &der]);
    openssl(&[
        "pkey", "-in", &key, "-aes256", "-passout", "pass:x", "-out", &encrypted,
    ]);
    openssl(&[
        "x509",
        "-in",
        &cert,
        "-outform",
        "der",
        "-out",
        &pair.path("cert.der"),
    ]);
    pair.put("half", &certificate[..certificate.len() / 2]);
    pair.put("other", &KeyPair::generate().unwrap().serialize_pem());
    pair.put(
        "garbage",
        "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
    );
    let with = |setting: &str, name: &str| {
        let mut variables = good.clone();
        for (variable, value) in &mut variables {
            if variable.ends_with(setting) {
                *value = pair.path(name);
            }
        }
        refused(&pair, &variables)
    };
    for (setting, name, says) in [
        (
            "TLS_CERT",
            "nothing",
            "can't be read: No such file or directory (os error 2); check server.tls_cert",
        ),
        (
            "TLS_KEY",
            "nothing",
            "can't be read: No such file or directory (os error 2); check server.tls_key",
        ),
        ("TLS_KEY", ".", "can't be read: Is a directory"),
        ("TLS_CERT", "key.pem", "has no certificate in PEM"),
        ("TLS_KEY", "cert.pem", "has no private key in PEM"),
        ("TLS_CERT", "cert.der", "`openssl x509 -inform der"),
        ("TLS_KEY", "der", "`openssl pkey -inform der"),
        (
            "TLS_KEY",
            "encrypted",
            "is encrypted by a passphrase: `openssl pkey -in",
        ),
        ("TLS_CERT", "half", "is no whole PEM"),
        (
            "TLS_CERT",
            "garbage",
            "can't be used: invalid peer certificate",
        ),
        ("TLS_KEY", "other", "does not belong to the certificate"),
    ] {
        let said = with(setting, name);
        assert!(said.contains(says), "{setting} {name}: {said}");
        assert!(said.contains(&pair.path(name)) || name == ".", "{said}");
        for part in secret.lines().filter(|line| !line.starts_with('-')) {
            assert!(!said.contains(part), "the key is printed");
        }
    }
    for half in [&good[..1], &good[1..]] {
        let said = refused(&pair, half);
        assert!(said.contains("set both (--tls-cert, --tls-key)"), "{said}");
    }
    let socket = [&good[..], &[("GATEPOST_BIND", "unix:x".to_owned())]].concat();
    let mut command = Program::command(pair.folder.path(), &["check"]);
    let said = refusal(&Program::ended(command.envs(socket)));
    assert!(said.contains("a Unix socket has no TLS"), "{said}");
}

#[test]
fn what_works_and_should_not_stay_is_said() {
    let pair = Pair::new();
    let said = || {
        let mut command = Program::command(pair.folder.path(), &["check"]);
        let output = Program::ended(command.envs(pair.variables()));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(said(), "");
    pair.write("old", |params| params.not_after = date_time_ymd(2020, 2, 3));
    let over = said();
    assert!(
        over.contains("has been over since 2020-02-03T00:00:00") && over.lines().count() == 1,
        "{over}"
    );
    pair.write("new", |params| {
        params.not_before = date_time_ymd(2080, 2, 3);
    });
    let early = said();
    assert!(early.contains("begins at 2080-02-03T00:00:00"), "{early}");
    pair.write("localhost", |_| ());
    fs::set_permissions(pair.path("key.pem"), fs::Permissions::from_mode(0o640)).unwrap();
    let open = said();
    let key = pair.path("key.pem");
    assert!(
        open.contains(&format!(
            "the TLS key file {key} can be read by others than its owner: run `chmod 600 {key}`"
        )),
        "{open}"
    );
    // a start says it as well, and serves
    let log = Server::new(pair, &[]).program.log();
    assert!(log.contains("can be read by others"), "{log}");
}

#[test]
fn a_certificate_that_changes_is_shown_without_a_restart() {
    let server = Server::new(Pair::new(), &[]);
    assert_eq!(server.shown(), "localhost");
    // a connection from before goes on
    server.pair.write("renewed", |_| ());
    server.wait_until_shown("renewed");
    // as certbot does it: a link to another folder's files
    let next = Pair::new();
    next.write("linked", |_| ());
    for name in ["cert.pem", "key.pem"] {
        let link = server.pair.path("link");
        std::os::unix::fs::symlink(next.path(name), &link).unwrap();
        fs::rename(link, server.pair.path(name)).unwrap();
    }
    server.wait_until_shown("linked");
    assert_eq!(server.curl("/-/live", &["--insecure"]), "live\n");
    let log = server.program.log();
    assert!(!log.contains("ERROR"), "{log}");
}

#[test]
fn sighup_takes_the_certificate_and_a_broken_one_leaves_the_one_before() {
    let pair = Pair::new();
    let manager = Manager::new(Path::new(&pair.path("manager")));
    let server = Server::new(pair, &[manager.variable()]);
    manager.expect("READY=1");
    let reload = || {
        hang_up(&server.program);
        manager.expect("RELOADING=1");
        manager.expect("READY=1");
    };
    server.pair.write("second", |_| ());
    reload();
    assert_eq!(server.shown(), "second");
    let key = fs::read_to_string(server.pair.path("key.pem")).unwrap();
    server
        .pair
        .put("key.pem", &KeyPair::generate().unwrap().serialize_pem());
    reload();
    assert_eq!(server.shown(), "second");
    server.pair.put("key.pem", "");
    reload();
    fs::remove_file(server.pair.path("cert.pem")).unwrap();
    reload();
    assert_eq!(server.shown(), "second");
    let log = server.program.log();
    for why in [
        "does not belong to the certificate",
        "has no private key in PEM",
        "can't be read: No such file",
    ] {
        assert!(
            log.lines()
                .any(|line| line.contains("the one before stays") && line.contains(why)),
            "{why}: {log}"
        );
    }
    let secret = key.lines().nth(1).unwrap();
    assert!(!log.contains(secret), "the key is in the log");
}
