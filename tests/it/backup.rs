//! `gatepost-server backup`: a copy made under 64 writers has all that was acknowledged before, is put back, and clients
//! go on. What goes wrong leaves nothing behind.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_tests::{Program, postgres, server_binary, sql};
use reqwest::Method;
use serde_json::{Value, json};

use crate::process::refusal;
use crate::remote::Remote;

const WRITERS: usize = 64;

/// A folder with a server's database in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn database(&self) -> PathBuf {
        self.path().join("gatepost-data/gatepost.sqlite3")
    }

    fn serve(&self) -> Program {
        let mut command = Program::command(self.path(), &[]);
        Program::serve(command.env("GATEPOST_PASSWORDS__ITERATIONS", "1"))
    }

    fn backup(&self, arguments: &[&str]) -> Output {
        let mut command = Program::command(self.path(), &["backup"]);
        Program::ended(command.args(arguments))
    }

    /// What stands in the folder beside the server's own.
    fn files(&self) -> BTreeSet<String> {
        let files = fs::read_dir(self.path()).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "gatepost-data").collect()
    }
}

/// A client that writes posts and refreshes until it is told to stop; gives its last tokens.
async fn write(
    remote: Remote,
    number: usize,
    (mut access, mut refresh): (String, String),
    is_over: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
) -> (String, String) {
    for step in 0.. {
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        let title = format!("{number}-{step}");
        let post = json!({"title": title, "content": "words ".repeat(300)});
        let made = remote.signed_in(Method::POST, "/api/posts/", &access, &post);
        let made = made.await.unwrap();
        assert_eq!(made.status, 201, "{made:?}");
        acknowledged.lock().unwrap().insert(title);
        let key = format!("key-{step}");
        let pair = remote.refresh(&refresh, Some(&key)).await.unwrap();
        assert_eq!(pair.status, 200, "{pair:?}");
        (access, refresh) = (pair.token("access"), pair.token("refresh"));
    }
    (access, refresh)
}

/// Waits until so many posts were acknowledged.
async fn until(acknowledged: &Mutex<BTreeSet<String>>, count: usize) -> BTreeSet<String> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let now = acknowledged.lock().unwrap().clone();
        if now.len() >= count {
            return now;
        }
        assert!(Instant::now() < deadline, "only {} posts", now.len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_under_64_writers_is_whole_and_is_put_back() {
    let place = Place::new();
    let server = place.serve();
    let is_over = Arc::new(AtomicBool::new(false));
    let acknowledged = Arc::new(Mutex::default());
    // who registers later than the copy is made is not in it
    let tokens = join_all((0..WRITERS).map(async |number| {
        let (remote, name) = (Remote::new(&server.base), format!("user{number}"));
        remote.register(&name).await;
        let tokens = remote.tokens(&name).await;
        (tokens.token("access"), tokens.token("refresh"))
    }));
    let writers: Vec<_> = (tokens.await.into_iter().enumerate())
        .map(|(number, tokens)| {
            let remote = Remote::new(&server.base);
            let (is_over, acknowledged) = (is_over.clone(), acknowledged.clone());
            tokio::spawn(write(remote, number, tokens, is_over, acknowledged))
        })
        .collect();
    let before = until(&acknowledged, 10 * WRITERS).await;
    let output = tokio::task::block_in_place(|| place.backup(&["copy.sqlite3"]));
    let during = acknowledged.lock().unwrap().len();
    assert!(during > before.len(), "nobody wrote while it was copied");
    until(&acknowledged, during + WRITERS).await;
    is_over.store(true, Ordering::SeqCst);
    let held: Vec<_> = join_all(writers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(server.terminate(), Some(0));

    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        said.starts_with("Copied gatepost-data/gatepost.sqlite3 to copy.sqlite3 (")
            && said.contains("The secret key is not in it: keep gatepost-data/secret_key as well"),
        "{said}"
    );
    assert_eq!(place.files(), BTreeSet::from(["copy.sqlite3".to_owned()]));
    let copy = place.path().join("copy.sqlite3");
    assert_eq!(
        fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let url = format!("sqlite:{}", copy.display());
    assert_eq!(sql::query(&url, "PRAGMA integrity_check").await, ["ok"]);
    assert!(
        sql::query(&url, "PRAGMA foreign_key_check")
            .await
            .is_empty()
    );
    let titles: BTreeSet<String> = (sql::query(&url, "SELECT title FROM posts_post").await)
        .into_iter()
        .collect();
    let lost: Vec<_> = before.difference(&titles).collect();
    assert!(
        lost.is_empty(),
        "acknowledged and not in the copy: {lost:?}"
    );
    let all = acknowledged.lock().unwrap().len();
    assert!(titles.len() < all, "what was written later is not in it");
    println!(
        "{} posts before, {} in the copy, {all} in all",
        before.len(),
        titles.len()
    );

    // put back in its place
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", place.database().display()));
    }
    fs::rename(&copy, place.database()).unwrap();
    let server = place.serve();
    let remote = Remote::new(&server.base);
    for (number, (access, refresh)) in held.iter().enumerate() {
        let seen = remote.signed_in(Method::GET, "/api/users/profile/", access, &Value::Null);
        assert_eq!(seen.await.unwrap().status, 200, "user{number}");
        let pair = remote.refresh(refresh, Some("key")).await.unwrap();
        assert_eq!(pair.status, 200, "user{number}: {pair:?}");
        let again = remote.refresh(&pair.token("refresh"), Some("key")).await;
        assert_eq!(again.unwrap().status, 200, "user{number}");
    }
    let post = json!({"title": "after", "content": "words"});
    let made = remote.signed_in(Method::POST, "/api/posts/", &held[0].0, &post);
    assert_eq!(made.await.unwrap().status, 201);
}

#[test]
fn a_file_that_is_there_stays_unless_it_is_to_be_replaced() {
    let place = Place::new();
    assert!(refusal(&place.backup(&["new"])).starts_with("there is no database at "));
    assert!(Program::run(place.path(), &["migrate"]).status.success());
    let before = "SQLite format 3\0 of before";
    fs::write(place.path().join("old"), before).unwrap();
    assert_eq!(
        refusal(&place.backup(&["old"])),
        "old is there already; name another file, or replace it with --force"
    );
    assert_eq!(
        fs::read_to_string(place.path().join("old")).unwrap(),
        before
    );
    let done = place.backup(&["old", "--force"]);
    assert!(done.status.success());
    let replaced = fs::read(place.path().join("old")).unwrap();
    assert!(replaced.len() > 4096 && replaced.starts_with(b"SQLite format 3"));
    assert_eq!(
        refusal(&place.backup(&["gatepost-data/gatepost.sqlite3", "--force"])),
        "gatepost-data/gatepost.sqlite3 is the database itself; name another file"
    );
    assert!(refusal(&place.backup(&["."])).contains("is a folder"));
    let why = refusal(&place.backup(&["nowhere/new"]));
    assert!(
        why.starts_with("no file can be made in nowhere: ") && why.contains("choose a folder"),
        "{why}"
    );
    assert_eq!(place.files(), BTreeSet::from(["old".to_owned()]));
}

/// What was named by mistake, such as the secret key, is not replaced by a database.
#[test]
fn only_a_database_is_replaced() {
    let place = Place::new();
    assert!(Program::run(place.path(), &["migrate"]).status.success());
    let key = place.path().join("gatepost-data/secret_key");
    fs::write(&key, "a key that nobody has anywhere else").unwrap();
    assert_eq!(
        refusal(&place.backup(&["gatepost-data/secret_key", "--force"])),
        "gatepost-data/secret_key is no database of SQLite, and --force replaces nothing else; name another file, or remove this one first"
    );
    let kept = fs::read_to_string(&key).unwrap();
    assert_eq!(kept, "a key that nobody has anywhere else");
    fs::write(&key, "").unwrap();
    assert!(
        place
            .backup(&["gatepost-data/secret_key", "--force"])
            .status
            .success()
    );
}

/// A device, a pipe and a link stay what they are, and nothing takes the place of a part of the database.
#[test]
fn only_an_ordinary_file_is_replaced() {
    let place = Place::new();
    assert!(Program::run(place.path(), &["migrate"]).status.success());
    let _socket = UnixListener::bind(place.path().join("socket")).unwrap();
    fs::write(place.path().join("old"), "old").unwrap();
    symlink("old", place.path().join("latest")).unwrap();
    symlink("gone", place.path().join("dangling")).unwrap();
    symlink("gatepost-data", place.path().join("data")).unwrap();
    let all = place.files();
    for (file, says) in [
        (
            "socket",
            "socket is a device, a pipe or a socket; name an ordinary file",
        ),
        (
            "/dev/null",
            "/dev/null is a device, a pipe or a socket; name an ordinary file",
        ),
        (
            "latest",
            "latest is a symbolic link, and the copy would take its place; name the file that it leads to, or remove the link",
        ),
        (
            "dangling",
            "dangling is a symbolic link, and the copy would take its place; name the file that it leads to, or remove the link",
        ),
        (
            "data/gatepost.sqlite3-wal",
            "data/gatepost.sqlite3-wal is where SQLite keeps a part of the database itself; name another file",
        ),
        (
            "gatepost-data/gatepost.sqlite3-journal",
            "gatepost-data/gatepost.sqlite3-journal is where SQLite keeps a part of the database itself; name another file",
        ),
    ] {
        for force in [&[][..], &["--force"]] {
            let arguments = [&[file], force].concat();
            assert_eq!(refusal(&place.backup(&arguments)), says, "{arguments:?}");
        }
    }
    assert_eq!(place.files(), all);
    assert_eq!(fs::read(place.path().join("latest")).unwrap(), b"old");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_of_ours_is_no_backup() {
    let place = Place::new();
    fs::write(place.path().join("empty"), "").unwrap();
    let why = refusal(&place.backup(&["new", "--database", "sqlite:empty"]));
    assert_eq!(
        why,
        "empty is no database of this program's: it has neither its tables nor Django's; name the right one with --database"
    );
    assert_eq!(place.files(), BTreeSet::from(["empty".to_owned()]));
    assert!(Program::run(place.path(), &["migrate"]).status.success());
    let url = format!("sqlite:{}", place.database().display());
    sql::execute(&url, "CREATE TABLE gatepost_copy (name text, state text)").await;
    let done = place.backup(&["new"]);
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(
        said.contains("is half a copy of another one, and so is the backup: "),
        "{said}"
    );
}

/// What a backup that was killed has left goes with the next one.
#[test]
fn what_a_killed_backup_left_is_removed() {
    let place = Place::new();
    assert!(Program::run(place.path(), &["migrate"]).status.success());
    fs::write(place.path().join(".gatepost-backup-abcdef"), "left").unwrap();
    assert!(place.backup(&["new"]).status.success());
    assert_eq!(place.files(), BTreeSet::from(["new".to_owned()]));
}

/// A file may not grow beyond a few pages, as on a disk that is full.
#[test]
fn a_disk_that_takes_no_more_leaves_nothing_of_the_copy() {
    let place = Place::new();
    assert!(Program::run(place.path(), &["migrate"]).status.success());
    let script = "ulimit -f 200; exec \"$0\" backup new";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(server_binary());
    let output = Program::ended(command.current_dir(place.path()));
    let why = refusal(&output);
    assert!(
        why.ends_with("; nothing is left of it") || why.contains("there is no room"),
        "{why}"
    );
    assert!(place.files().is_empty(), "{:?}", place.files());
}

/// What is damaged is noticed before the copy has its name.
#[test]
fn a_damaged_database_is_not_taken_for_a_backup() {
    let place = Place::new();
    assert!(Program::run(place.path(), &["migrate"]).status.success());
    let mut bytes = fs::read(place.database()).unwrap();
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 200].fill(0xff);
    fs::write(place.database(), bytes).unwrap();
    let why = refusal(&place.backup(&["new"]));
    assert!(
        why.contains("is damaged, so there is no copy of it: "),
        "{why}"
    );
    assert!(place.files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_postgresql_s_has_its_own_tool() {
    let place = Place::new();
    let url = postgres::url("nobody_s");
    let why = refusal(&place.backup(&["new", "--database", &url]));
    assert_eq!(
        why,
        format!(
            "this database is PostgreSQL's, whose own tool copies it while it is used: `pg_dump --format=custom --file=new '{url}'`, and `pg_restore` puts it back"
        )
    );
    assert!(place.files().is_empty());
}
