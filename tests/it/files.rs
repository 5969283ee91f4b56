//! SQLite's files under the server: a disk that is full, broken or read-only for a while, and files that are deleted or
//! replaced. 503 and not ready while it lasts; then the next request succeeds, and nothing acknowledged is lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use futures_util::future::join_all;
use gatepost_faulty_disk::{Call, Disk, Failure, Fault};
use gatepost_server::{App, Migrations, Settings, testing};
use gatepost_tests::{Actor, Backend, Program, SECRET, TestApp};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::remote::Remote;

const POSTS: &str = "/api/posts/";
const PROFILE: &str = "/api/users/profile/";

fn file(app: &TestApp) -> PathBuf {
    PathBuf::from(app.database.trim_start_matches("sqlite:"))
}

async fn ready(app: &TestApp) -> u16 {
    let probe = Request::get("/-/ready").body(Body::empty()).unwrap();
    app.send(probe).await.status.as_u16()
}

/// Posts something; its status, and its title where it was acknowledged.
async fn post(ann: &Actor<'_>, title: String) -> (u16, Option<String>) {
    let post = json!({"title": title, "content": "words ".repeat(500)});
    let status = ann.send("POST", POSTS, &post).await.status.as_u16();
    (status, (status == 201).then_some(title))
}

#[rstest]
#[case::full(Call::Write, Failure::Full)]
#[case::broken(Call::Write, Failure::Broken)]
#[case::unsynced(Call::Sync, Failure::Broken)]
#[case::read_only(Call::Write, Failure::ReadOnly)]
#[tokio::test(flavor = "multi_thread")]
async fn readiness_falls_with_the_disk_and_the_next_request_after_it_succeeds(
    #[case] call: Call,
    #[case] failure: Failure,
) {
    let app = TestApp::on(Backend::Sqlite).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    let disk = Disk::of(&file(&app));
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        assert_eq!(ready(&app).await, 200);
        disk.fail(&[Fault {
            call,
            nth: 40,
            failure,
            lasts: true,
        }]);
        // under load, until the disk fails
        let mut refused = 0;
        for step in 0.. {
            let posts = (0..8).map(|writer| post(&ann, format!("{round}-{step}-{writer}")));
            for (status, title) in join_all(posts).await {
                assert!(matches!(status, 201 | 503), "{status}");
                refused += usize::from(status == 503);
                acknowledged.extend(title);
            }
            if refused > 0 {
                break;
            }
        }
        assert_eq!(ready(&app).await, 503, "{failure:?}");
        assert_eq!(post(&ann, "late".to_owned()).await.0, 503);
        let read = ann.get(PROFILE).await.status;
        assert!(matches!(read.as_u16(), 200 | 503), "{read}");
        assert!(disk.mend() > 0);
        let (status, title) = post(&ann, format!("after {round}")).await;
        assert_eq!(status, 201);
        acknowledged.extend(title);
        ann.get(PROFILE).await.expect(200);
        assert_eq!(ready(&app).await, 200);
    }
    let kept = app.query("SELECT title FROM posts_post").await;
    for title in &acknowledged {
        assert!(kept.contains(title), "{title} is lost");
    }
    assert_eq!(app.query("PRAGMA integrity_check").await, ["ok"]);
}

/// There is no room for a post, but for what a probe writes: the server is not ready.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_nearly_full_is_full() {
    let app = TestApp::on(Backend::Sqlite).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    let long = json!({"title": "long", "content": "x".repeat(200_000)});
    let disk = Disk::of(&file(&app));
    // room for some pages
    let fault = Fault {
        call: Call::Write,
        nth: 20,
        failure: Failure::Full,
        lasts: false,
    };
    disk.fail(&[fault]);
    assert_eq!(ann.send("POST", POSTS, &long).await.status, 503);
    disk.fail(&[fault]);
    assert_eq!(post(&ann, "short".to_owned()).await.0, 201);
    assert_eq!(ready(&app).await, 503);
    disk.mend();
    assert_eq!(ready(&app).await, 200);
    ann.send("POST", POSTS, &long).await.expect(201);
    let left = app
        .query("SELECT name FROM gatepost_meta WHERE name LIKE 'room%'")
        .await;
    assert!(left.is_empty(), "{left:?}");
}

/// A probe alone finds out, where nobody writes.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_no_writes_is_noticed_by_the_probe_alone() {
    let app = TestApp::on(Backend::Sqlite).await.may_fail();
    let disk = Disk::of(&file(&app));
    let fault = Fault {
        call: Call::Write,
        nth: 1,
        failure: Failure::ReadOnly,
        lasts: true,
    };
    disk.fail(&[fault]);
    for _ in 0..3 {
        assert_eq!(ready(&app).await, 503);
    }
    disk.mend();
    assert_eq!(ready(&app).await, 200);
}

/// What was not read yet can't be, and can be afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_can_not_be_read_is_503_and_heals() {
    let app = TestApp::on(Backend::Sqlite).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    for number in 0..50 {
        post(&ann, format!("{number}")).await;
    }
    // a fresh server has read little
    let fresh = app.another().await.may_fail();
    let disk = Disk::of(&file(&app));
    disk.fail(&[Fault {
        call: Call::Read,
        nth: 1,
        failure: Failure::Broken,
        lasts: true,
    }]);
    assert_eq!(ann.at(&fresh).get(POSTS).await.status, 503);
    assert_eq!(ready(&fresh).await, 503);
    assert!(disk.mend() > 0);
    ann.at(&fresh).get(POSTS).await.expect(200);
    ann.at(&fresh).post("after").await;
    assert_eq!(ready(&fresh).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_file_that_may_only_be_read_is_refused_in_a_sentence() {
    let app = TestApp::on(Backend::Sqlite).await;
    let settings = format!(
        "server.secret_key = '{SECRET}'\ndatabase.url = '{}'",
        app.database
    );
    let settings = Settings::from_toml(&settings).unwrap();
    let disk = Disk::of(&file(&app));
    disk.fail(&[Fault {
        call: Call::Open,
        nth: 1,
        failure: Failure::ReadOnly,
        lasts: true,
    }]);
    let refused = App::open(settings.clone(), Migrations::Apply).await.err();
    let why = refused.map(|error| error.to_string()).unwrap_or_default();
    assert!(
        why.contains("takes no writes: attempt to write a readonly database"),
        "{why}"
    );
    disk.mend();
    App::open(settings, Migrations::Apply).await.unwrap();
}

fn aside(path: &Path) -> PathBuf {
    path.with_extension("aside")
}

/// Writes until it is refused; what was acknowledged until then.
async fn until_refused(ann: &Actor<'_>) -> Vec<String> {
    let begun = Instant::now();
    let mut acknowledged = Vec::new();
    for step in 0.. {
        let (status, title) = post(ann, format!("step {step}")).await;
        let Some(title) = title else {
            assert_eq!(status, 503);
            break;
        };
        acknowledged.push(title);
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "nobody has noticed"
        );
    }
    acknowledged
}

#[rstest]
#[case::deleted(None)]
#[case::replaced(Some(true))]
#[case::emptied(Some(false))]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_deleted_or_replaced_ends_everything_until_it_is_back(
    #[case] replaced_by_a_copy: Option<bool>,
    #[values(false, true)] is_probed: bool,
) {
    let app = TestApp::on(Backend::Sqlite).await.may_fail();
    let ann = app.user("ann").await.log_in().await;
    ann.post("before").await;
    let path = file(&app);
    let copy = fs::read(&path).unwrap();
    fs::rename(&path, aside(&path)).unwrap();
    if let Some(is_copy) = replaced_by_a_copy {
        fs::write(&path, if is_copy { &copy[..] } else { &[] }).unwrap();
    }
    if is_probed {
        assert_eq!(ready(&app).await, 503);
    } else {
        until_refused(&ann).await;
    }
    for _ in 0..3 {
        assert_eq!(post(&ann, "lost".to_owned()).await.0, 503);
        assert_eq!(ann.get(PROFILE).await.status, 503);
        assert_eq!(ann.get(POSTS).await.status, 503);
        assert_eq!(ready(&app).await, 503);
    }
    fs::rename(aside(&path), &path).unwrap();
    assert_eq!(ready(&app).await, 200);
    ann.post("after").await;
    ann.get(PROFILE).await.expect(200);
    let lost = app
        .query("SELECT title FROM posts_post WHERE title = 'lost'")
        .await;
    assert!(lost.is_empty(), "{lost:?}");
}

/// What stands in a log that was deleted is not lost: the server's connections still hold it, and end in order. The log
/// is beside the file itself, wherever a link to it stands.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_deleted_ends_everything_and_loses_nothing(
    #[values("-wal", "-shm")] end: &str,
    #[values(false, true)] is_linked: bool,
) {
    let app = TestApp::on(Backend::Sqlite).await.may_fail();
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link.sqlite3");
    std::os::unix::fs::symlink(file(&app), &link).unwrap();
    let app = if is_linked {
        testing::close(&app.app).await;
        let settings = format!("database.url = 'sqlite:{}'", link.display());
        app.another_with(&settings).await.may_fail()
    } else {
        app
    };
    let ann = app.user("ann").await.log_in().await;
    ann.post("before").await;
    let path = file(&app);
    fs::remove_file(format!("{}{end}", path.display())).unwrap();
    let acknowledged = until_refused(&ann).await;
    assert_eq!(ready(&app).await, 503);
    assert_eq!(ann.get(PROFILE).await.status, 503);
    testing::close(&app.app).await;
    let again = app.another().await;
    let kept = again.query("SELECT title FROM posts_post").await;
    for title in acknowledged.iter().map(String::as_str).chain(["before"]) {
        assert!(kept.iter().any(|kept| kept == title), "{title} is lost");
    }
    ann.at(&again).post("after").await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_missing_at_a_start_is_not_made_anew(
    #[values(false, true)] is_empty: bool,
) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gatepost-data/gatepost.sqlite3");
    drop(Program::serve(&mut Program::command(folder.path(), &[])));
    for end in ["", "-wal", "-shm"] {
        let path = format!("{}{end}", path.display());
        if fs::exists(&path).unwrap() {
            fs::remove_file(path).unwrap();
        }
    }
    if is_empty {
        fs::write(&path, "").unwrap();
    }
    let mut start = Program::command(folder.path(), &["--bind", "127.0.0.1:0"]);
    let refused = Program::ended(&mut start);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(refused.stderr).unwrap(),
        "gatepost-server: the database file gatepost-data/gatepost.sqlite3 is missing or empty, but the secret key gatepost-data/secret_key of an earlier start is there; put the file or a backup back, or run `gatepost-server migrate` to make a new database\n"
    );
    assert_eq!(path.exists(), is_empty, "nothing was made");
    let migrated = Program::run(folder.path(), &["migrate"]);
    assert_eq!(migrated.status.code(), Some(0));
    drop(Program::serve(&mut Program::command(folder.path(), &[])));
}

/// What was committed and stands in the log alone is not lost where the database's file is away: no command makes
/// another one in its place.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_its_database_is_left_alone(#[values(false, true)] is_empty: bool) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("gatepost-data");
    let path = data.join("gatepost.sqlite3");
    let command = |arguments: &[&str]| {
        let mut command = Program::command(folder.path(), arguments);
        command.env("GATEPOST_SECRET_KEY", SECRET);
        command
    };
    let server = Program::serve(&mut command(&[]));
    let remote = Remote::new(&server.base);
    remote.register("ann").await;
    server.kill();
    let beside = |end: &str| PathBuf::from(format!("{}{end}", path.display()));
    let log = fs::read(beside("-wal")).unwrap();
    assert!(!log.is_empty(), "it was killed before it tidied up");
    fs::rename(&path, data.join("away")).unwrap();
    if is_empty {
        fs::write(&path, "").unwrap();
    }
    let what = if is_empty { "empty" } else { "missing" };
    for arguments in [
        &["migrate"][..],
        &["backup", "copy"],
        &["--bind", "127.0.0.1:0"],
        &["--no-migrate", "--bind", "127.0.0.1:0"],
        &["changepassword", "--password-stdin", "ann"],
    ] {
        let refused = Program::ended(&mut command(arguments));
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        let why = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(
            why,
            format!(
                "gatepost-server: the database file gatepost-data/gatepost.sqlite3 is {what}, but gatepost-data/gatepost.sqlite3-wal, which holds a part of it, lies beside its place; put the database file back there, or move the -wal away to begin anew\n"
            ),
            "{arguments:?}"
        );
        assert_eq!(path.exists(), is_empty, "{arguments:?} made one");
        assert_eq!(fs::read(beside("-wal")).unwrap(), log, "{arguments:?}");
    }
    // these report
    Program::ended(&mut command(&["check"]));
    let adopted = Program::ended(&mut command(&["migrate", "--adopt"]));
    let said = String::from_utf8([adopted.stdout, adopted.stderr].concat()).unwrap();
    assert!(said.contains("lies beside its place"), "{said}");
    assert_eq!(path.exists(), is_empty);
    assert_eq!(fs::read(beside("-wal")).unwrap(), log);
    fs::rename(data.join("away"), &path).unwrap();
    let server = Program::serve(&mut command(&[]));
    let remote = Remote::new(&server.base);
    assert_eq!(remote.tokens("ann").await.status, 200);
}

/// The journal of a database that was being made holds nothing, and is in nobody's way.
#[rstest]
#[case::of_pages(2, 1)]
#[case::of_nothing(0, 0)]
#[test]
fn a_journal_without_its_database_is_left_alone(#[case] pages: u32, #[case] code: i32) {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("db-journal");
    let mut head = vec![0; 512];
    head[16..20].copy_from_slice(&pages.to_be_bytes());
    fs::write(&journal, &head).unwrap();
    let migrated = Program::run(folder.path(), &["migrate", "--database", "sqlite:db"]);
    assert_eq!(migrated.status.code(), Some(code));
    assert_eq!(fs::read(&journal).is_ok_and(|now| now == head), code == 1);
}

/// A limit of a file's size is like a full disk: the signal that comes with it does not end the server.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_not_grow_and_the_server_lives() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Program::run(folder.path(), &["migrate"]).status.success());
    let mut command = std::process::Command::new("bash");
    let script = "ulimit -f 1200; exec \"$0\" \"$@\"";
    command
        .args(["-c", script])
        .arg(gatepost_tests::server_binary());
    command.current_dir(folder.path());
    let server = Program::serve(&mut command);
    let remote = Remote::new(&server.base);
    remote.register("ann").await;
    let access = remote.tokens("ann").await.token("access");
    let post = json!({"title": "t", "content": "words ".repeat(20_000)});
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let made = remote.signed_in(Method::POST, POSTS, &access, &post).await;
        statuses.push(made.unwrap().status);
    }
    assert!(
        statuses.starts_with(&[201]) && statuses.ends_with(&[503]),
        "{statuses:?}"
    );
    assert!(
        statuses.iter().all(|status| matches!(status, 201 | 503)),
        "{statuses:?}"
    );
    assert_eq!(server.terminate(), Some(0));
}
