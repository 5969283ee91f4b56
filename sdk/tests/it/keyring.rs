//! A real Secret Service, headless: gnome-keyring on a D-Bus of its own.

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gatepost_sdk::store::KeyringStore;
use gatepost_sdk::{Client, EntryKey, ErrorKind, Logout, StoreError, TokenStore};

use crate::server::{Server, access_life, enter};
use crate::worker::{Worker, store, this_test};

const INSIDE: &str = "GATEPOST_TEST_KEYRING";

/// The folder of the private home, inside; `None` in the tests' own process.
fn inside() -> Option<String> {
    std::env::var_os(INSIDE)?.into_string().ok()
}

/// Runs one of these tests on a bus of its own after `prepare`, in a home of its own.
fn run(test: &str, home: &tempfile::TempDir, prepare: &str) {
    for program in ["dbus-run-session", "gnome-keyring-daemon", "secret-tool"] {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {program}")])
            .output()
            .expect("sh");
        assert!(
            found.status.success(),
            "{program} is missing: apt-get install -y gnome-keyring dbus libsecret-tools"
        );
    }
    let mut inner = this_test(&format!("keyring::{test}"));
    let script = format!("{prepare}\nexec \"$@\"");
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "sh", "-c", &script, "sh"])
        .arg(inner.get_program())
        .args(inner.get_args());
    let output = private(&mut command, home)
        .output()
        .expect("dbus-run-session");
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    let _ = inner.stdout(Stdio::null());
}

fn private<'c>(command: &'c mut Command, home: &tempfile::TempDir) -> &'c mut Command {
    command
        .envs(
            [
                ("HOME", home.path()),
                ("XDG_RUNTIME_DIR", home.path()),
                (INSIDE, home.path()),
            ]
            .map(|(name, path)| (name, path.as_os_str())),
        )
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A newline: with nothing at all, no collection is made.
const UNLOCKED: &str =
    "printf '\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1";

fn secret_tool(server: &str) -> String {
    let service = format!("gatepost-test:{server}");
    let output = Command::new("secret-tool")
        .args(["lookup", "service", &service, "username", "ada"])
        .output();
    String::from_utf8(output.expect("secret-tool").stdout).expect("text")
}

#[test]
fn a_session_is_kept_in_a_real_keyring() {
    run("inside_a_session_is_kept", &home(), UNLOCKED);
}

#[tokio::test]
async fn inside_a_session_is_kept() {
    let Some(home) = inside() else { return };
    let server = Server::start().await;
    let store = KeyringStore::new("gatepost-test").lock_folder(format!("{home}/locks"));
    store.probe().await.expect("a keyring");
    let client = Client::builder(&server.url)
        .store(store.clone())
        .build()
        .expect("a client");
    enter(&client, "ada").await;
    client.session().refresh().await.expect("refreshed");
    let kept: serde_json::Value = serde_json::from_str(&secret_tool(&server.url)).expect("JSON");
    assert_eq!(
        (kept["v"].as_i64(), kept["gen"].as_i64()),
        (Some(1), Some(2))
    );
    let ada = EntryKey::new(server.url.as_str(), "ada");
    assert_eq!(store.list(&server.url).await.expect("a list"), [ada]);
    assert!(
        store
            .list("https://elsewhere")
            .await
            .expect("a list")
            .is_empty()
    );
    // another client finds the only session by itself
    let other = Client::builder(&server.url)
        .store(KeyringStore::new("gatepost-test").lock_folder(format!("{home}/locks")));
    let other = other.build().expect("a client");
    assert_eq!(other.profile().await.expect("a profile").username, "ada");
    client.logout(Logout::Server).await.expect("logged out");
    assert_eq!(secret_tool(&server.url), "");
    assert!(store.list(&server.url).await.expect("a list").is_empty());
}

#[test]
fn many_processes_share_a_keyring() {
    run("inside_many_processes", &home(), UNLOCKED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_many_processes() {
    let Some(home) = inside() else { return };
    let server = Server::with(&access_life(2)).await;
    let place = format!("keyring:{home}/locks");
    let client = Client::builder(&server.url)
        .shared_store(store(&place))
        .build()
        .expect("a client");
    enter(&client, "ada").await;
    let begin = Instant::now();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (url, place) = (server.url.clone(), place.clone());
            tokio::task::spawn_blocking(move || {
                Worker::start(&url, &place, "profiles", Duration::from_secs(4)).done();
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("a process that ended well");
    }
    client.profile().await.expect("a profile");
    let generation = client
        .session()
        .details()
        .await
        .expect("read")
        .expect("a session")
        .generation;
    // a token of two seconds, cut to whole ones, lives one at least
    let most = 3 + begin.elapsed().as_secs() * 2;
    assert!((3..=most).contains(&generation), "{generation}");
}

#[test]
fn a_keyring_that_was_started_again_is_opened_again() {
    run("inside_started_again", &home(), UNLOCKED);
}

#[tokio::test]
async fn inside_started_again() {
    let Some(home) = inside() else { return };
    let server = Server::start().await;
    let store = KeyringStore::new("gatepost-test").lock_folder(format!("{home}/locks"));
    let client = Client::builder(&server.url)
        .store(store.clone())
        .build()
        .expect("a client");
    enter(&client, "ada").await;
    let mut daemon = Command::new("gnome-keyring-daemon");
    daemon
        .args(["--replace", "--unlock", "--components=secrets"])
        .stdin(Stdio::piped());
    let mut daemon = daemon
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a daemon");
    daemon
        .stdin
        .take()
        .expect("its input")
        .write_all(b"\n")
        .expect("a password");
    daemon.wait().expect("it goes on by itself");
    client
        .session()
        .refresh()
        .await
        .expect("the store is opened again");
    let kept: serde_json::Value = serde_json::from_str(&secret_tool(&server.url)).expect("JSON");
    assert_eq!(kept["gen"].as_i64(), Some(2));
}

#[test]
fn a_locked_keyring_is_said_at_once() {
    let home = home();
    run(
        "inside_is_locked",
        &home,
        "printf 'x' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; printf x | secret-tool store --label=x service gatepost-test:https://a.example username ada; touch \"$HOME/first\"",
    );
    run(
        "inside_is_locked",
        &home,
        "rm \"$HOME/first\"; gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1",
    );
}

#[tokio::test]
async fn inside_is_locked() {
    let Some(home) = inside() else { return };
    if std::fs::exists(format!("{home}/first")).expect("a folder") {
        return; // the keyring was made; it is locked the second time
    }
    let store = KeyringStore::new("gatepost-test").lock_folder(format!("{home}/locks"));
    let begin = Instant::now();
    let key = EntryKey::new("https://a.example", "ada");
    let error = store.load(&key).await.expect_err("locked");
    assert!(matches!(error, StoreError::Locked(_)), "{error:?}");
    store.probe().await.expect_err("locked");
    let client = Client::builder("https://a.example")
        .store(store)
        .account("ada")
        .build()
        .expect("a client");
    let error = client.profile().await.expect_err("locked");
    assert!(
        matches!(error.kind(), ErrorKind::Store(_))
            && error.hint().is_some_and(|hint| hint.contains("unlock")),
        "{error:?}"
    );
    assert!(
        begin.elapsed() < Duration::from_millis(3500),
        "{:?}",
        begin.elapsed()
    );
}

/// Runs one of these tests without a D-Bus that works.
fn run_without(test: &str, bus: Option<&str>) {
    let home = home();
    let mut command = this_test(&format!("keyring::{test}"));
    private(&mut command, &home);
    if let Some(bus) = bus {
        command.env("DBUS_SESSION_BUS_ADDRESS", bus);
    }
    let begin = Instant::now();
    let output = command.output().expect("a process");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "it hangs at its end: {:?}",
        begin.elapsed()
    );
}

#[test]
fn without_a_bus_there_is_no_keyring() {
    for bus in [None, Some("unix:path=/nonexistent/bus"), Some("nonsense")] {
        run_without("inside_without_a_bus", bus);
    }
}

#[tokio::test]
async fn inside_without_a_bus() {
    if inside().is_none() {
        return;
    }
    let begin = Instant::now();
    let error = KeyringStore::new("gatepost-test")
        .probe()
        .await
        .expect_err("no bus");
    assert!(
        matches!(error, StoreError::Unavailable(_)) && error.hint().is_some(),
        "{error:?}"
    );
    assert!(begin.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_keyring_that_never_answers_holds_nobody_up() {
    let folder = home();
    let path = folder.path().join("bus");
    let _silent = UnixListener::bind(&path).expect("a socket");
    run_without(
        "inside_no_answer",
        Some(&format!("unix:path={}", path.display())),
    );
}

#[tokio::test]
async fn inside_no_answer() {
    if inside().is_none() {
        return;
    }
    let store = KeyringStore::new("gatepost-test");
    let begin = Instant::now();
    let error = store.probe().await.expect_err("no answer");
    assert!(
        matches!(error, StoreError::Timeout(_)) && error.is_transient(),
        "{error:?}"
    );
    assert!((Duration::from_secs(3)..Duration::from_secs(8)).contains(&begin.elapsed()));
}
