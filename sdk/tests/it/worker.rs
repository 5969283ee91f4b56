//! Another process: this test binary again, which does what its environment says.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::many;
use gatepost_sdk::store::{BoxFuture, FileStore, KeyringStore, LockPlace};
use gatepost_sdk::{Client, EntryKey, Logout, StoreError, StoredSession, TokenStore};

const URL: &str = "GATEPOST_TEST_URL";
const STORE: &str = "GATEPOST_TEST_STORE";
const TASK: &str = "GATEPOST_TEST_TASK";
const MILLIS: &str = "GATEPOST_TEST_MILLIS";

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}

/// A store of files on a disk that takes nothing any more.
struct Refusing(FileStore);

impl TokenStore for Refusing {
    fn id(&self) -> String {
        self.0.id()
    }

    fn load<'a>(
        &'a self,
        key: &'a EntryKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        self.0.load(key)
    }

    fn save<'a>(
        &'a self,
        _: &'a EntryKey,
        _: &'a StoredSession,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Err(StoreError::Io("no space left".to_owned())) })
    }

    fn remove<'a>(&'a self, key: &'a EntryKey) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.remove(key)
    }

    fn list<'a>(&'a self, server: &'a str) -> BoxFuture<'a, Result<Vec<EntryKey>, StoreError>> {
        self.0.list(server)
    }

    fn lock(&self, key: &EntryKey) -> Result<LockPlace, StoreError> {
        self.0.lock(key)
    }
}

/// `file:FOLDER`, `refusing:FOLDER`, or `keyring:FOLDER` with the folder of its locks.
pub(crate) fn store(text: &str) -> Arc<dyn TokenStore> {
    match text.split_once(':').expect("a kind") {
        ("file", folder) => Arc::new(FileStore::new(folder)),
        ("refusing", folder) => Arc::new(Refusing(FileStore::new(folder))),
        // long enough for a machine that does other things as well
        ("keyring", locks) => Arc::new(
            KeyringStore::new("gatepost-test")
                .lock_folder(locks)
                .time_limit(Duration::from_secs(30)),
        ),
        _ => panic!("no such store: {text}"),
    }
}

/// The process's end of it: does nothing in the tests' own process.
#[tokio::test]
async fn worker() {
    let Some(task) = variable(TASK) else { return };
    let (url, place) = (
        variable(URL).expect("an address"),
        variable(STORE).expect("a store"),
    );
    let millis = variable(MILLIS).expect("a time").parse().expect("a number");
    let time = Duration::from_millis(millis);
    let client = Client::builder(url)
        .shared_store(store(&place))
        .account("ada");
    let client = client.build().expect("a client");
    client.session().load().await.expect("a store");
    println!("ready");
    let begin = Instant::now();
    let mut calls = 0;
    while calls == 0 || begin.elapsed() < time {
        match task.as_str() {
            "reads" => {
                client.profile().await.expect("a profile");
                tokio::time::sleep(Duration::from_millis(if many::is_full() {
                    100
                } else {
                    20
                }))
                .await;
            }
            "refreshes" => {
                client.session().refresh().await.expect("refreshed");
            }
            "logout" => {
                client.logout(Logout::Server).await.expect("logged out");
            }
            task => panic!("no such task: {task}"),
        }
        calls += 1;
    }
    println!("done");
}

pub(crate) struct Worker {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Worker {
    /// Begins a task that goes on for a time, at least once. When it returns, the session was read.
    pub(crate) fn start(url: &str, store: &str, task: &str, time: Duration) -> Self {
        let mut child = this_test("worker::worker")
            .envs([(URL, url), (STORE, store), (TASK, task)])
            .env(MILLIS, time.as_millis().to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        let mut worker = Self { child, lines };
        worker.wait_for("ready");
        worker
    }

    fn wait_for(&mut self, word: &str) {
        let mut line = String::new();
        let mut all = String::new();
        while self.lines.read_line(&mut line).expect("its output") > 0 {
            if line.trim_end().ends_with(word) {
                return;
            }
            all.push_str(&line);
            line.clear();
        }
        panic!("the process did not say {word:?} but: {all}");
    }

    /// Waits until it has ended well.
    pub(crate) fn done(mut self) {
        self.wait_for("done");
        self.child.wait().expect("its end");
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) fn kill(self) {
        drop(self);
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status();
        assert!(kill.expect("kill").success());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This test binary with one of its tests.
pub(crate) fn this_test(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([name, "--exact", "--nocapture", "--test-threads=1"]);
    command
}
