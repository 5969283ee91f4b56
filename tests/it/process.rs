//! The program: what it says when it cannot start, how it ends, and whose database it takes.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use gatepost_tests::{Backend, Program, TestApp, postgres};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

/// The one sentence on standard error of a program that must fail with exit code 1.
#[track_caller]
pub(crate) fn refusal(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        !text.contains("panicked") && !text.contains("RUST_BACKTRACE"),
        "{text}"
    );
    let line = text.trim_end();
    assert_eq!(line.lines().count(), 1, "{text}");
    line.strip_prefix("gatepost-server: ")
        .unwrap_or_else(|| panic!("{text}"))
        .to_owned()
}

fn refused(arguments: &[&str]) -> String {
    refusal(&Program::run(
        tempfile::tempdir().unwrap().path(),
        arguments,
    ))
}

fn run_with(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Program::command(folder, &["--bind", "127.0.0.1:0"]);
    Program::ended(command.envs(variables.iter().copied()))
}

#[test]
fn a_port_that_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = Program::run(folder.path(), &["--bind", &address]);
    assert_eq!(
        refusal(&output),
        format!(
            "{address} is in use by another program; stop it or choose another address with --bind"
        )
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing was made"
    );
    assert!(refused(&["--bind", "nonsense"]).contains("write ADDRESS:PORT"));
}

#[test]
fn settings_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let config = |text: &str| {
        let path = folder.path().join("given.toml");
        fs::write(&path, text).unwrap();
        refusal(&Program::run(folder.path(), &["--config", "given.toml"]))
    };
    assert_eq!(
        refused(&["--config", "missing.toml"]),
        "the settings file missing.toml can't be read: No such file or directory (os error 2); name another with --config"
    );
    assert!(config("[server\n").starts_with("given.toml is not TOML: line 1: "));
    assert_eq!(
        config("[server]\nbnid = 'x'"),
        "server.bnid from given.toml is no setting; did you mean server.bind?"
    );
    assert!(
        config("[simple_jwt]\nalgorithm = 'none'")
            .starts_with("simple_jwt.algorithm from given.toml is not usable: ")
    );
    assert_eq!(
        config("[passwords]\niterations = 0"),
        "passwords.iterations from given.toml is not usable: it is 0; set 1 to 10000000"
    );
    let output = run_with(folder.path(), &[("GATEPOST_DATABASE__CONECTIONS", "3")]);
    assert_eq!(
        refusal(&output),
        "database.conections from the environment variable GATEPOST_DATABASE__CONECTIONS is no setting; did you mean database.connections?"
    );
    let output = run_with(
        folder.path(),
        &[
            ("GATEPOST_SECRET_KEY", "a"),
            ("GATEPOST_SERVER__SECRET_KEY_FILE", "b"),
        ],
    );
    assert_eq!(
        refusal(&output),
        "server.secret_key from the environment variable GATEPOST_SECRET_KEY and server.secret_key_file from the environment variable GATEPOST_SERVER__SECRET_KEY_FILE are both set; keep one of them"
    );
}

#[test]
fn a_blank_key_and_a_column_that_is_not_there_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let blank = folder.path().join("blank");
    fs::write(&blank, " \n").unwrap();
    fs::set_permissions(&blank, fs::Permissions::from_mode(0o600)).unwrap();
    for variables in [
        [("GATEPOST_SECRET_KEY", " ")],
        [("GATEPOST_SECRET_KEY_FILE", "blank")],
        [("GATEPOST_SERVER__SECRET_KEY_FILE", "blank")],
        [("GATEPOST_SIMPLE_JWT__SIGNING_KEY_FILE", "blank")],
    ] {
        let why = refusal(&run_with(folder.path(), &variables));
        assert!(
            why.contains("it is blank, so anybody could sign with it"),
            "{why}"
        );
    }
    let made = Program::run(folder.path(), &["migrate"]);
    assert!(made.status.success());
    let text = "[users.defaults]\nphone = ''\n";
    fs::write(folder.path().join("gatepost.toml"), text).unwrap();
    assert_eq!(
        refusal(&Program::run(folder.path(), &[])),
        "users.defaults names the column phone, which the table auth_user does not have; leave it out, or correct its name"
    );
}

#[test]
fn check_says_all_that_is_wrong_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let good = Program::run(folder.path(), &["check"]);
    assert_eq!(
        String::from_utf8_lossy(&good.stdout),
        "The settings are valid. `gatepost-server settings` shows them.\n"
    );
    let text = "[simple_jwt]\nalgorithm = 'none'\njwk_url = 'ftp://example.com/'\n[server]\nsecret_key_file = 'missing'\nbnid = 'x'\n";
    fs::write(folder.path().join("gatepost.toml"), text).unwrap();
    let bad = Program::run(folder.path(), &["check"]);
    let told = String::from_utf8_lossy(&bad.stderr);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!((bad.status.code(), lines.len()), (Some(1), 3), "{told}");
    for (line, begin) in lines.iter().zip([
        "server.bnid from gatepost.toml is no setting; did you mean server.bind?",
        "simple_jwt.algorithm from gatepost.toml is not usable: it is \"none\"; write one of",
        "simple_jwt.jwk_url from gatepost.toml is not usable: it is neither https nor http",
    ]) {
        assert!(
            line.starts_with(&format!("gatepost-server: {begin}")),
            "{line}"
        );
    }
    let text = "[server]\nsecret_key_file = 'key'\n";
    fs::write(folder.path().join("gatepost.toml"), text).unwrap();
    assert_eq!(
        refusal(&Program::run(folder.path(), &["check"])),
        "the secret key file key can't be read: No such file or directory (os error 2); check server.secret_key_file"
    );
    let key = folder.path().join("key");
    fs::write(&key, "ssh-rsa AAAA\n").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let why = "the secret key file key can't sign tokens: it looks like a key of SSH; write a secret text";
    assert_eq!(refusal(&Program::run(folder.path(), &["check"])), why);
    assert_eq!(refusal(&run_with(folder.path(), &[])), why);
    fs::remove_dir_all(folder.path().join("gatepost-data")).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn settings_are_shown_with_their_origin_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[simple_jwt]\nleeway = '5s'\nsigning_key = 'hunter2'\n";
    fs::write(folder.path().join("gatepost.toml"), text).unwrap();
    let mut command = Program::command(
        folder.path(),
        &["settings", "--database", "postgres://ann:hunter2@h/x"],
    );
    let output = command
        .env("GATEPOST_SECRET_KEY", "hunter2")
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    for line in [
        "bind = \"127.0.0.1:8000\"  # default",
        "leeway = \"5s\"  # gatepost.toml",
        "secret_key = \"***\"  # the environment variable GATEPOST_SECRET_KEY",
        "signing_key = \"***\"  # gatepost.toml",
        "url = \"postgres://ann@h:5432/x\"  # the flag --database",
        "auth_header_types = [\"Bearer\"]  # default",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_settings_page_is_fresh() {
    let made = Program::run(
        tempfile::tempdir().unwrap().path(),
        &["settings", "--markdown"],
    );
    let page = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/settings.md")).unwrap();
    assert!(
        made.stdout == page,
        "run `cargo run --bin gatepost-server -- settings --markdown >docs/settings.md`"
    );
}

#[test]
fn a_database_that_cannot_be_used() {
    let bad = refused(&[
        "--bind",
        "127.0.0.1:0",
        "--database",
        "mysql://ann:hunter2@h/x",
    ]);
    assert_eq!(
        bad,
        "database.url from the flag --database is not usable: the URL begins with neither sqlite: nor postgres://; write sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME"
    );
    let away = refused(&[
        "--bind",
        "127.0.0.1:0",
        "--database",
        "postgres://ann:hunter2@127.0.0.1:1/x",
    ]);
    assert!(
        away.starts_with(
            "the database postgres://ann@127.0.0.1:1/x can't be reached: Connection refused"
        ),
        "{away}"
    );
    let missing = refused(&[
        "--bind",
        "127.0.0.1:0",
        "--database",
        &postgres::url("no_such_database"),
    ]);
    assert!(
        missing.contains("database \"no_such_database\" does not exist"),
        "{missing}"
    );
    let folder = refused(&[
        "--bind",
        "127.0.0.1:0",
        "--database",
        "sqlite:no/such/folder/x.db",
    ]);
    assert!(
        folder.starts_with("the database file no/such/folder/x.db can't be opened: "),
        "{folder}"
    );
    let text = tempfile::tempdir().unwrap();
    fs::write(
        text.path().join("text"),
        "this is no database, and long enough to be looked at as one".repeat(20),
    )
    .unwrap();
    let no_database = refusal(&Program::run(
        text.path(),
        &["--bind", "127.0.0.1:0", "--database", "sqlite:text"],
    ));
    assert!(
        no_database.contains("file is not a database"),
        "{no_database}"
    );
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn another_key_is_refused(on: Backend) {
    let app = TestApp::on(on).await;
    let folder = tempfile::tempdir().unwrap();
    let with_key = |key: &'static str| {
        let mut command = Program::command(
            folder.path(),
            &["--bind", "127.0.0.1:0", "--database", &app.database],
        );
        if !key.is_empty() {
            command.env("GATEPOST_SECRET_KEY", key);
        }
        Program::ended(&mut command)
    };
    assert!(refusal(&with_key("another key")).starts_with(
        "this database belongs to a server with another secret key; copy that server's key here"
    ));
    assert!(refusal(&with_key("")).starts_with(
        "there is no secret key at gatepost-data/secret_key, but the database was used with one"
    ));
}

#[test]
fn the_key_that_signs_is_the_one_that_is_remembered() {
    const ONE: &str = "one key that is long enough for HS256";
    let folder = tempfile::tempdir().unwrap();
    let signing = |key: &str| {
        let mut command = Program::command(folder.path(), &[]);
        command.env("GATEPOST_SIMPLE_JWT__SIGNING_KEY", key);
        command
    };
    drop(Program::serve(&mut signing(ONE)));
    let other = Program::ended(signing("two").args(["--bind", "127.0.0.1:0"]));
    assert!(
        refusal(&other).starts_with("this database belongs to a server with another secret key")
    );
    drop(Program::serve(
        signing(ONE).env("GATEPOST_SECRET_KEY", "signs nothing"),
    ));
}

#[test]
fn a_first_start_that_failed_is_made_good_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let start = |data_dir: &str| {
        let mut command = Program::command(folder.path(), &["--database", "sqlite:x.sqlite3"]);
        command.env("GATEPOST_SERVER__DATA_DIR", data_dir);
        command
    };
    let mut nowhere = start("/proc/nowhere");
    let why = refusal(&Program::ended(nowhere.args(["--bind", "127.0.0.1:0"])));
    assert!(
        why.starts_with("the data folder /proc/nowhere can't be made"),
        "{why}"
    );
    drop(Program::serve(&mut start("free")));
}

#[test]
fn two_first_starts_at_once_share_one_key() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| Program::serve(&mut Program::command(folder.path(), &[]))))
            .collect();
        // both serve, or this panics
        for start in starts {
            drop(start.join().unwrap());
        }
    });
}

#[test]
fn a_first_start_makes_a_private_folder_and_keeps_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &str| {
        fs::metadata(folder.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    let program = Program::serve(&mut Program::command(folder.path(), &[]));
    assert_eq!(mode("gatepost-data"), 0o700);
    assert_eq!(mode("gatepost-data/secret_key"), 0o600);
    let key = fs::read_to_string(folder.path().join("gatepost-data/secret_key")).unwrap();
    assert_eq!(key.len(), 64);
    assert_eq!(
        program.terminate(),
        Some(0),
        "SIGTERM ends it in good order"
    );
    drop(Program::serve(&mut Program::command(
        folder.path(),
        &["serve"],
    )));
    assert_eq!(
        fs::read_to_string(folder.path().join("gatepost-data/secret_key")).unwrap(),
        key
    );

    let state = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    drop(Program::serve(
        Program::command(elsewhere.path(), &[]).env("STATE_DIRECTORY", state.path()),
    ));
    assert!(state.path().join("gatepost.sqlite3").exists());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_and_no_token_is_ever_logged() {
    let folder = tempfile::tempdir().unwrap();
    let program =
        Program::serve(Program::command(folder.path(), &[]).env("GATEPOST_SERVER__LOG", "trace"));
    let client = reqwest::Client::new();
    let post = async |path: &str, body: String| {
        let request = client
            .post(format!("{}{path}", program.base))
            .header("content-type", "application/json")
            .body(body);
        request.send().await.unwrap().text().await.unwrap()
    };
    let password = "Correct-Horse-Battery-9";
    post("/api/users/register/", format!(r#"{{"username":"ann","email":"","password":"{password}","password2":"{password}","first_name":"","last_name":""}}"#)).await;
    let pair: serde_json::Value = serde_json::from_str(
        &post(
            "/api/token/",
            format!(r#"{{"username":"ann","password":"{password}"}}"#),
        )
        .await,
    )
    .unwrap();
    let (access, refresh) = (
        pair["access"].as_str().unwrap(),
        pair["refresh"].as_str().unwrap(),
    );
    for _ in 0..2 {
        post(
            "/api/token/refresh/",
            format!(r#"{{"refresh":"{refresh}"}}"#),
        )
        .await;
    }
    let profile = client
        .get(format!(
            "{}/api/users/profile/?access={access}",
            program.base
        ))
        .bearer_auth(access);
    assert_eq!(profile.send().await.unwrap().status(), 200);
    let key = fs::read_to_string(folder.path().join("gatepost-data/secret_key")).unwrap();
    let log = program.log();
    assert!(log.contains("GET /api/users/profile/ 200"), "{log}");
    for secret in [
        password,
        &key,
        access,
        refresh,
        access.rsplit_once('.').unwrap().1,
        refresh.rsplit_once('.').unwrap().1,
    ] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}

#[test]
fn without_migrating_it_refuses_an_empty_database_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let why = refusal(&Program::run(
        folder.path(),
        &["--bind", "127.0.0.1:0", "--no-migrate"],
    ));
    assert_eq!(
        why,
        "there is no database at gatepost-data/gatepost.sqlite3; run `gatepost-server migrate` to make one, or name another with --database"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    fs::write(folder.path().join("empty.db"), "").unwrap();
    let empty = [
        "--bind",
        "127.0.0.1:0",
        "--no-migrate",
        "--database",
        "sqlite:empty.db",
    ];
    assert_eq!(
        refusal(&Program::run(folder.path(), &empty)),
        "the database's tables are not up to date; run `gatepost-server migrate` first"
    );
}
