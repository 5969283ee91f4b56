//! A real Secret Service, headless: gnome-keyring on a D-Bus of its own.

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gatepost_sdk::store::KeyringStore;
use gatepost_sdk::{
    Client, EntryKey, ErrorKind, ExposeSecret, Logout, SessionState, StoreError, TokenStore,
};

use crate::many;
use crate::server::{Server, enter, password};
use crate::worker::this_test;

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
    many::in_a_keyring(&home).await;
}

#[test]
fn nothing_secret_is_logged_on_the_way_to_a_keyring() {
    run("inside_nothing_secret_is_logged", &home(), UNLOCKED);
}

#[tokio::test]
async fn inside_nothing_secret_is_logged() {
    let Some(home) = inside() else { return };
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let server = Server::start().await;
    let store = KeyringStore::new("gatepost-test").lock_folder(format!("{home}/locks"));
    store.probe().await.expect("a keyring");
    let client = Client::builder(&server.url)
        .store(store.clone())
        .account("ada");
    let client = client.build().expect("a client");
    enter(&client, "ada").await;
    let mut secrets = vec![password().expose_secret().to_owned()];
    for _ in 0..2 {
        client.session().refresh().await.expect("refreshed");
        let key = EntryKey::new(server.url.as_str(), "ada");
        let kept = store.load(&key).await.expect("read").expect("a session");
        let kept: serde_json::Value =
            serde_json::from_str(kept.to_json().expose_secret()).expect("JSON");
        for name in ["rt", "at", "sid"] {
            let token = kept[name].as_str().expect("a secret");
            secrets.push(token.rsplit('.').next().expect("a part").to_owned());
        }
    }
    client.logout(Logout::Server).await.expect("logged out");
    let log = String::from_utf8_lossy(&log.0.lock().expect("a lock")).into_owned();
    assert!(
        log.contains("TRACE") && log.contains("zbus"),
        "it is logged at all"
    );
    // bytes are logged as numbers, too
    let numbers = |secret: &String| format!("{:?}", &secret.as_bytes()[..8.min(secret.len())]);
    for secret in &secrets {
        let numbers = numbers(secret);
        let numbers = numbers.trim_matches(['[', ']']);
        let line = log
            .lines()
            .find(|line| line.contains(secret) || line.contains(numbers));
        assert_eq!(line, None, "the log holds {secret}");
    }
}

/// What is logged, kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
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
    assert_eq!(
        error.to_string(),
        "the OS keyring is locked, and nobody unlocked it"
    );
    assert!(matches!(
        client.session().state(),
        SessionState::Unknown {
            reason: Some(StoreError::Locked(_))
        }
    ));
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
    let told = Arc::new(AtomicUsize::new(0));
    let tell = told.clone();
    let store = KeyringStore::new("gatepost-test").on_wait(move || {
        tell.fetch_add(1, Ordering::SeqCst);
    });
    let begin = Instant::now();
    let error = store.probe().await.expect_err("no answer");
    assert_eq!(told.load(Ordering::SeqCst), 1, "a person is told once");
    assert!(
        matches!(error, StoreError::Timeout(_)) && error.is_transient(),
        "{error:?}"
    );
    assert!((Duration::from_secs(3)..Duration::from_secs(8)).contains(&begin.elapsed()));
}
