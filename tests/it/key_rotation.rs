//! `keys new` and `keys rotate`: another key signs, under load, on two servers, and nobody is logged out.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_server::Clock;
use gatepost_tests::django::Django;
use gatepost_tests::{Backend, Program, SECRET, TestApp, is_full};
use reqwest::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;

use crate::algorithms::{Keys, header, openssl};
use crate::both_databases;
use crate::remote::Remote;

/// A command of `keys` in a folder, with what it says.
pub(crate) fn keys(folder: &Path, app: &TestApp, command: &str) -> (Option<i32>, String) {
    let arguments = ["keys", command, "--database", &app.database];
    let mut command = Program::command(folder, &arguments);
    let output = Program::ended(command.env("GATEPOST_SECRET_KEY", SECRET));
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// Waits until `keys list` says this of a key.
pub(crate) fn until_listed(folder: &Path, app: &TestApp, says: &str) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let (code, told) = keys(folder, app, "list");
        assert_eq!(code, Some(0), "{told}");
        if told.lines().any(|line| line.contains(says)) {
            return;
        }
        assert!(Instant::now() < deadline, "{says} is not in:\n{told}");
    }
}

pub(crate) fn hang_up(program: &Program) {
    let pid = program.pid().to_string();
    assert!(
        Command::new("kill")
            .args(["-HUP", &pid])
            .status()
            .unwrap()
            .success()
    );
}

/// The name of the key in a token's header.
fn kid(token: &str) -> Option<String> {
    let header: Value = serde_json::from_str(&header(token)).unwrap();
    header["kid"].as_str().map(str::to_owned)
}

/// Refreshes and reads at both servers in turn until the end; gives how many answers there were.
async fn play(remotes: &[Remote; 2], name: &str, is_over: &AtomicBool) -> usize {
    let mut count = 0;
    let mut tokens = remotes[0].tokens(name).await;
    while !is_over.load(Ordering::SeqCst) {
        let remote = &remotes[count % 2];
        let access = tokens.token("access");
        let path = "/api/users/profile/";
        let read = remote
            .signed_in(Method::GET, path, &access, &Value::Null)
            .await;
        let read = read.unwrap();
        assert_eq!(read.status, 200, "{read:?}");
        let other = &remotes[(count + count / 2) % 2];
        let next = other.refresh(&tokens.token("refresh"), None).await.unwrap();
        assert_eq!(next.status, 200, "{next:?}");
        tokens = next;
        count += 2;
    }
    count
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_is_rotated_under_load_and_nobody_is_logged_out(on: Backend) {
    let made = Keys::new();
    made.of("ES256");
    let folder = tempfile::tempdir().unwrap();
    let toml = format!(
        "[simple_jwt]\nalgorithm = 'ES256'\nsigning_key_file = '{}'\n",
        made.path("ES256")
    );
    fs::write(folder.path().join("gatepost.toml"), &toml).unwrap();
    let app = TestApp::with_clock(on, &toml, Clock::system()).await;
    for name in ["ann", "bob", "cleo"] {
        app.user(name).await;
    }
    let servers = [
        app.program(folder.path(), &[]),
        app.program(folder.path(), &[]),
    ];
    let remotes = [Remote::new(&servers[0].base), Remote::new(&servers[1].base)];
    let is_over = AtomicBool::new(false);
    let steps = async {
        let before = remotes[0].tokens("ann").await.token("access");
        assert_eq!(kid(&before), None);
        tokio::task::block_in_place(|| steps(folder.path(), &app, &servers));
        let long = Duration::from_secs(if is_full() { 30 } else { 1 });
        tokio::time::sleep(long).await;
        is_over.store(true, Ordering::SeqCst);
        before
    };
    let players = ["ann", "bob", "cleo"].map(|name| play(&remotes, name, &is_over));
    let (before, counts) = tokio::join!(steps, join_all(players));
    println!("{on:?}: {} answers", counts.iter().sum::<usize>());

    // both servers sign with the new key, whose name is in the set, beside the one of before
    let url = format!("{}/.well-known/jwks.json", servers[0].base);
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "public, max-age=300");
    assert_eq!(answer.headers()["content-type"], "application/jwk-set+json");
    let set: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let kids: Vec<&str> = set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect();
    assert_eq!(kids.len(), 2);
    for remote in &remotes {
        let after = remote.tokens("ann").await.token("access");
        assert_eq!(kid(&after).as_deref(), Some(kids[0]));
        let read = remote
            .signed_in(Method::GET, "/api/users/profile/", &before, &Value::Null)
            .await;
        assert_eq!(read.unwrap().status, 200);
        by_pyjwt(&app, &url, &after);
        if is_full() {
            by_jose(&url, &after);
        }
    }
    assert!(set["keys"][0].get("d").is_none(), "no private part");
    for server in servers {
        assert_eq!(server.terminate(), Some(0));
    }
    assert_eq!(
        app.query("SELECT COUNT(*) FROM gatepost_meta WHERE name LIKE 'replica.%'")
            .await,
        ["0"]
    );
    let events = app
        .query("SELECT kind FROM gatepost_event ORDER BY id")
        .await;
    assert_eq!(events, ["key-changed"]);

    // once its date is over, the key of before is refused
    let file = folder.path().join("gatepost-data/keys.toml");
    let ring = fs::read_to_string(&file).unwrap();
    let until = ring
        .lines()
        .find(|line| line.starts_with("until"))
        .unwrap()
        .to_owned();
    fs::write(&file, ring.replace(&until, "until = 1")).unwrap();
    let server = app.program(folder.path(), &[]);
    let remote = Remote::new(&server.base);
    let read = remote
        .signed_in(Method::GET, "/api/users/profile/", &before, &Value::Null)
        .await;
    let read = read.unwrap();
    assert_eq!(
        (read.status, read.body["code"].as_str()),
        (401, Some("token_not_valid"))
    );
    remote.tokens("ann").await;
}

/// What an operator does, from the first command to the last.
fn steps(folder: &Path, app: &TestApp, servers: &[Program; 2]) {
    let keys = |command: &str| keys(folder, app, command);
    until_listed(folder, app, "known to 2 of 2 running servers");
    let (code, why) = keys("rotate");
    assert_eq!(code, Some(1));
    assert!(
        why.contains("no key waits; make one with `gatepost-server keys new`"),
        "{why}"
    );

    let (code, told) = keys("new");
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("which verifies and does not sign yet, in gatepost-data/keys.toml"),
        "{told}"
    );
    let (code, why) = keys("new");
    assert_eq!(code, Some(1));
    assert!(
        why.contains("waits already; let it sign with `gatepost-server keys rotate`"),
        "{why}"
    );
    let (code, why) = keys("rotate");
    assert_eq!(code, Some(1));
    assert!(
        why.contains("2 of 2 running servers do not know the key"),
        "{why}"
    );

    hang_up(&servers[0]);
    until_listed(
        folder,
        app,
        "waits  from gatepost-data/keys.toml; known to 1 of 2",
    );
    let (code, why) = keys("rotate");
    assert_eq!(code, Some(1));
    assert!(
        why.contains("1 of 2 running servers do not know the key"),
        "{why}"
    );
    hang_up(&servers[1]);
    until_listed(
        folder,
        app,
        "waits  from gatepost-data/keys.toml; known to 2 of 2",
    );

    let (code, told) = keys("rotate");
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("signs from now on; tokens of the one before are taken until 20"),
        "{told}"
    );
    // one server signs with the new key while the other still signs with the old one
    hang_up(&servers[0]);
    hang_up(&servers[1]);
    let mode = fs::metadata(folder.join("gatepost-data/keys.toml")).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777,
        0o600
    );
}

/// PyJWT's own client finds the key of a token and verifies it.
fn by_pyjwt(app: &TestApp, url: &str, token: &str) {
    let code = format!(
        "import jwt\nkey = jwt.PyJWKClient({url:?}).get_signing_key_from_jwt({token:?})\nprint(jwt.decode({token:?}, key, algorithms=['ES256'])['token_type'])"
    );
    assert_eq!(Django::python(&app.database, &code), "access");
}

/// So does `jose`.
fn by_jose(url: &str, token: &str) {
    let code = format!(
        "import('jose').then(async jose => {{ const keys = jose.createRemoteJWKSet(new URL({url:?})); const {{ payload }} = await jose.jwtVerify({token:?}, keys); console.log(payload.token_type) }})"
    );
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/jose");
    let output = Command::new("node")
        .args(["-e", &code])
        .current_dir(folder)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "access\n",
        "{output:?}"
    );
}

/// Secret texts are rotated, too; nothing of them is published.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_key_is_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::with_clock(Backend::Sqlite, "", Clock::system()).await;
    app.user("ann").await;
    let server = app.program(folder.path(), &[]);
    let remote = Remote::new(&server.base);
    let tokens = remote.tokens("ann").await;
    tokio::task::block_in_place(|| {
        let (code, told) = keys(folder.path(), &app, "new");
        assert_eq!(code, Some(0), "{told}");
        hang_up(&server);
        until_listed(
            folder.path(),
            &app,
            "waits  from gatepost-data/keys.toml; known to 1 of 1",
        );
        let (code, told) = keys(folder.path(), &app, "rotate");
        assert_eq!(code, Some(0), "{told}");
        hang_up(&server);
    });
    let deadline = Instant::now() + Duration::from_secs(30);
    let access = loop {
        let access = remote.tokens("ann").await.token("access");
        let listed = tokio::task::block_in_place(|| keys(folder.path(), &app, "list").1);
        let signs = listed
            .lines()
            .find(|line| line.contains("  signs  "))
            .unwrap();
        if kid(&access).is_some_and(|kid| signs.starts_with(&kid)) {
            break access;
        }
        assert!(Instant::now() < deadline, "{listed}");
    };
    for access in [access, tokens.token("access")] {
        let read = remote
            .signed_in(Method::GET, "/api/users/profile/", &access, &Value::Null)
            .await;
        assert_eq!(read.unwrap().status, 200);
    }
    let refreshed = remote
        .refresh(&tokens.token("refresh"), None)
        .await
        .unwrap();
    assert_eq!(refreshed.status, 200);
    let set = reqwest::get(format!("{}/.well-known/jwks.json", server.base))
        .await
        .unwrap();
    assert_eq!(set.status(), 404);
}

/// A file of another form, or with the other half, is called what it is.
#[test]
fn a_key_file_is_called_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let made = Keys::new();
    made.of("ES256");
    let path = |name: &str| made.path(name);
    openssl(&[
        "pkey",
        "-in",
        &path("ES256"),
        "-outform",
        "der",
        "-out",
        &path("der"),
    ]);
    let check = |more: &str| {
        let toml = format!("simple_jwt.algorithm = 'ES256'\n{more}");
        fs::write(folder.path().join("gatepost.toml"), toml).unwrap();
        let output = Program::run(folder.path(), &["check"]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let why = check(&format!("simple_jwt.signing_key_file = '{}'", path("der")));
    let says = format!("openssl pkey -inform der -in {0} -out {0}.pem", path("der"));
    assert!(why.contains("is DER, and") && why.contains(&says), "{why}");
    for (key, file, says) in [
        (
            "signing",
            "ES256.pub",
            "is a public key; name it as verifying_key_file",
        ),
        (
            "verifying",
            "ES256",
            "is a private key; name it as signing_key_file",
        ),
    ] {
        let why = check(&format!(
            "simple_jwt.signing_key_file = '{}'\n[[tokens.previous_keys]]\n{key}_key_file = '{}'\nuntil = 9000-01-01",
            path("ES256"),
            path(file)
        ));
        assert!(why.contains(says), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_only_verifies_is_listed_so() {
    let folder = tempfile::tempdir().unwrap();
    let made = Keys::new();
    made.of("ES256");
    let toml = format!(
        "[simple_jwt]\nalgorithm = 'ES256'\nverifying_key_file = '{}.pub'\n",
        made.path("ES256")
    );
    fs::write(folder.path().join("gatepost.toml"), &toml).unwrap();
    let app = TestApp::with(Backend::Sqlite, &toml).await;
    let (code, told) = keys(folder.path(), &app, "list");
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("  ES256  verifies  from the settings"),
        "{told}"
    );
}
