//! The disk fails: at the n-th write, sync, truncate or open of SQLite's files, for every n over a group of mixed
//! transactions that share commits, and over a start. What was acknowledged is there, what was not is there wholly or
//! not at all, and once the disk works again the next write succeeds.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use futures_util::future::{self, FutureExt, join_all};
use gatepost_faulty_disk::{Call, Disk, Failure, Fault};
use gatepost_server::{App, Clock, Entropy, Migrations, Settings, testing};
use gatepost_tests::{Actor, Answer, Backend, SECRET, TestApp, anonymous, is_full, sql};
use reqwest::Method;
use serde_json::{Value, json};

use crate::remote::{Remote, jti};

const KEY: Option<&str> = Some("key");
/// As many as SQLite lets stand in its log before it moves them into the database.
const LOG: usize = 4000;

fn fault(call: Call, nth: usize, failure: Failure, lasts: bool) -> Fault {
    Fault {
        call,
        nth,
        failure,
        lasts,
    }
}

/// The kinds of failures. Each is tried at every call, but without `--full` only at every `step`-th.
const KINDS: [(Call, Failure, usize); 9] = [
    (Call::Write, Failure::Broken, 17),
    (Call::Write, Failure::Full, 19),
    (Call::Write, Failure::Short, 23),
    (Call::Sync, Failure::Broken, 1),
    (Call::Sync, Failure::Full, 1),
    (Call::Truncate, Failure::Broken, 1),
    (Call::Truncate, Failure::Full, 1),
    (Call::Open, Failure::Broken, 1),
    (Call::Open, Failure::Full, 1),
];

/// The calls that are tried.
fn calls(step: usize) -> impl Iterator<Item = usize> {
    (1..).step_by(if is_full() { 1 } else { step })
}

fn file(database: &str) -> PathBuf {
    PathBuf::from(database.trim_start_matches("sqlite:"))
}

/// A server, the disk that it stands on, and what has come of it so far.
struct Table {
    app: TestApp,
    disk: Disk,
    rounds: usize,
    /// Answers of 503, and the most of one group.
    refused: usize,
    most: usize,
}

/// What the requests of a group are about.
struct Group<'a> {
    ann: Actor<'a>,
    /// A name that two register.
    name: String,
    refreshed: String,
    logged_out: String,
    /// A token that was used, and its successor.
    old: String,
    newest: String,
    edited: i64,
    deleted: i64,
}

impl Table {
    async fn new() -> Self {
        // the clock stands still, and what a failed login took is not given back by a disk that fails
        let settings = "simple_jwt.update_last_login = true\nthrottle.enabled = false";
        let app = TestApp::with(Backend::Sqlite, settings).await.may_fail();
        app.sql("CREATE TABLE filler (number integer); INSERT INTO filler VALUES (0)")
            .await;
        app.user("ann").await;
        app.user("bea").await;
        Self {
            disk: Disk::of(&file(&app.database)),
            app,
            rounds: 0,
            refused: 0,
            most: 0,
        }
    }

    /// Runs a group under each plan that `plan` makes, until it has a fault that does not happen.
    async fn at_each(&mut self, step: usize, least: usize, plan: impl Fn(usize) -> Vec<Fault>) {
        for nth in calls(step) {
            let plan = plan(nth);
            let happened = self.round(&plan).await;
            if happened < plan.len() {
                assert!(nth > least, "{plan:?}: there are only {nth} such calls");
                return;
            }
        }
    }

    /// One group on a disk that fails as planned; how many of the faults happened.
    async fn round(&mut self, plan: &[Fault]) -> usize {
        self.rounds += 1;
        let group = self.prepare().await;
        let server = &self.app;
        // the group's commit is followed by a checkpoint, and the write after it begins the log anew
        let fill = "PRAGMA wal_autocheckpoint = 0; ".to_owned();
        self.app
            .sql(&(fill + &"UPDATE filler SET number = number + 1; ".repeat(LOG)))
            .await;
        // they wait for another program, and so for each other
        let lock = self.app.lock().await;
        self.disk.fail(plan);
        let requests = group.requests(server).boxed_local();
        let waits = server.somebody_waits().boxed_local();
        let mut answers = match future::select(requests, waits).await {
            // nobody could even read
            future::Either::Left((answers, _)) => {
                lock.commit().await;
                answers
            }
            future::Either::Right(((), requests)) => future::join(requests, lock.commit()).await.0,
        };
        answers.push(group.create(server, "late").await);
        let happened = self.disk.mend();
        let next = group.ann.at(server);
        next.post("next").await;
        next.get("/api/users/profile/").await.expect(200);
        let healthy = self.app.query("PRAGMA integrity_check").await;
        assert_eq!(healthy, ["ok"], "{plan:?}");
        let dangling = self.app.query("PRAGMA foreign_key_check").await;
        assert!(dangling.is_empty(), "{plan:?}: {dangling:?}");
        group.check(&self.app, plan, &answers).await;
        let refused = answers.iter().filter(|answer| answer.status == 503);
        let refused = refused.count();
        self.refused += refused;
        self.most = self.most.max(refused);
        happened
    }

    async fn prepare(&self) -> Group<'_> {
        let app = &self.app;
        app.sql("UPDATE auth_user SET last_login = NULL WHERE username = 'bea';
            DELETE FROM token_blacklist_outstandingtoken WHERE user_id = (SELECT id FROM auth_user WHERE username = 'bea')")
            .await;
        let ann = app.known("ann").log_in().await;
        let old = app.known("ann").log_in().await.refresh;
        Group {
            name: format!("user{}", self.rounds),
            refreshed: app.known("ann").log_in().await.refresh,
            logged_out: app.known("ann").log_in().await.refresh,
            newest: ann.rotate(&old, KEY).await,
            old,
            edited: ann.post("before").await,
            deleted: ann.post("deleted").await,
            ann,
        }
    }
}

impl Group<'_> {
    /// All at once: the answers in the order of the statuses in `check`.
    async fn requests(&self, app: &TestApp) -> Vec<Answer> {
        let ann = &self.ann.at(app);
        let account = json!({"username": self.name, "email": "a@example.com", "password": "ComplexPassword123!",
            "password2": "ComplexPassword123!", "first_name": "A", "last_name": "B"});
        let after = json!({"title": "after", "content": "after"});
        let (edited, deleted) = (
            format!("/api/posts/{}/", self.edited),
            format!("/api/posts/{}/", self.deleted),
        );
        let bea = app.known("bea");
        join_all([
            anonymous(app, "POST", "/api/users/register/", &account).boxed_local(),
            anonymous(app, "POST", "/api/users/register/", &account).boxed_local(),
            bea.obtain().boxed_local(),
            ann.refresh_with(&self.refreshed, KEY).boxed_local(),
            self.create(app, "early").boxed_local(),
            ann.send("PUT", &edited, &after).boxed_local(),
            ann.send("DELETE", &deleted, &json!(null)).boxed_local(),
            ann.log_out_with(&self.logged_out, None).boxed_local(),
            ann.refresh_with(&self.old, None).boxed_local(),
        ])
        .await
    }

    async fn create(&self, app: &TestApp, when: &str) -> Answer {
        let post = json!({"title": format!("{when} {}", self.name), "content": "words"});
        self.ann.at(app).send("POST", "/api/posts/", &post).await
    }

    /// How often what the group was to write stands in the database, in the order of `check`.
    async fn found(&self, app: &TestApp) -> Vec<i64> {
        let listed = |token: &str| {
            format!(
                "token_blacklist_blacklistedtoken b JOIN token_blacklist_outstandingtoken o ON o.id = b.token_id WHERE o.jti = '{}'",
                jti(token)
            )
        };
        let post = |id: i64, title: &str, content: &str| {
            format!("posts_post WHERE id = {id} AND title = '{title}' AND content = '{content}'")
        };
        let (name, refreshed) = (&self.name, jti(&self.refreshed));
        let tables = [
            format!("auth_user WHERE username = '{name}'"),
            format!("auth_user WHERE username = '{name}' AND email = 'a@example.com' AND last_name = 'B' AND is_active"),
            "auth_user u JOIN token_blacklist_outstandingtoken o ON o.user_id = u.id WHERE username = 'bea'".to_owned(),
            "auth_user WHERE username = 'bea' AND last_login IS NOT NULL".to_owned(),
            listed(&self.refreshed),
            format!("gatepost_rotation WHERE parent_jti = '{refreshed}'"),
            format!("gatepost_rotation r JOIN token_blacklist_outstandingtoken o ON o.jti = r.child_jti WHERE r.parent_jti = '{refreshed}'"),
            format!("posts_post WHERE title = 'early {name}' AND content = 'words'"),
            format!("posts_post WHERE title = 'late {name}' AND content = 'words'"),
            post(self.edited, "before", "words"),
            post(self.edited, "after", "after"),
            format!("posts_post WHERE id = {}", self.deleted),
            listed(&self.logged_out),
            format!("gatepost_event WHERE jti = '{}'", jti(&self.old)),
            listed(&self.newest),
        ];
        let counts = tables.map(|table| format!("SELECT COUNT(*) FROM {table}"));
        let counts = app.query(&counts.join(" UNION ALL ")).await;
        counts.iter().map(|count| count.parse().unwrap()).collect()
    }

    /// What was acknowledged is there, what was not is there wholly or not at all.
    async fn check(&self, app: &TestApp, plan: &[Fault], answers: &[Answer]) {
        let statuses: Vec<u16> = answers
            .iter()
            .map(|answer| answer.status.as_u16())
            .collect();
        let found = self.found(app).await;
        let say = || format!("{plan:?}: {statuses:?}, {found:?}");
        for answer in answers.iter().filter(|answer| answer.status == 503) {
            assert_eq!(answer.header("retry-after"), "1", "{}", say());
        }
        let [
            register,
            twice,
            obtain,
            refresh,
            create,
            edit,
            delete,
            log_out,
            reuse,
            late,
        ] = statuses[..]
        else {
            panic!("{}", say());
        };
        let [
            named,
            whole,
            tokens,
            noted,
            taken,
            rotated,
            followed,
            created,
            late_created,
            before,
            after,
            deleted,
            logged_out,
            has_event,
            ended,
        ] = found[..]
        else {
            panic!("{}", say());
        };
        let done = |status: u16, good: u16, is_there: i64, is_whole: bool| {
            assert!(matches!(status, 503) || status == good, "{}", say());
            assert!(is_whole && (status == 503 || is_there == 1), "{}", say());
        };
        let both = [register, twice];
        let made = both.iter().filter(|status| **status == 201).count();
        assert!(
            made <= 1 && both.iter().all(|status| matches!(status, 201 | 400 | 503)),
            "{}",
            say()
        );
        // a name is taken where it was said to be
        assert!(named == 1 || both == [503, 503], "{}", say());
        assert!(named <= 1 && named == whole, "{}", say());
        done(obtain, 200, tokens, tokens == noted);
        done(refresh, 200, taken, taken == rotated && rotated == followed);
        done(create, 201, created, created <= 1);
        done(late, 201, late_created, late_created <= 1);
        done(edit, 200, after, before + after == 1);
        done(delete, 204, 1 - deleted, true);
        done(log_out, 200, logged_out, true);
        done(reuse, 401, has_event, has_event == ended);
        // no session is lost: what was not acknowledged is asked for again
        let again = self
            .ann
            .refresh_with(&self.refreshed, KEY)
            .await
            .expect(200);
        if refresh == 200 {
            assert_eq!(again.field("refresh"), answers[3].field("refresh"));
        }
        if ended == 0 {
            self.ann.rotate(&self.newest, KEY).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_disk_loses_nothing_that_was_acknowledged() {
    let mut table = Table::new().await;
    assert_eq!(table.round(&[]).await, 0);
    assert_eq!(table.refused, 0, "the disk is sound");
    for lasts in [false, true] {
        for (call, failure, step) in KINDS {
            let least = if call == Call::Write { 20 } else { 1 };
            table
                .at_each(step, least, |nth| {
                    let fails = fault(call, nth, failure, lasts);
                    match call {
                        // a connection is opened where another one has failed
                        Call::Open => vec![fault(Call::Read, 1, Failure::Broken, false), fails],
                        _ => vec![fails],
                    }
                })
                .await;
        }
        // the disk is full in the middle of a page
        let torn = |nth| {
            let short = fault(Call::Write, nth, Failure::Short, false);
            vec![short, fault(Call::Write, 1, Failure::Full, lasts)]
        };
        table.at_each(21, 20, torn).await;
        // a connection fails, and the one in its place can't be opened
        let gone = |nth| {
            let broken = fault(Call::Sync, 1, Failure::Broken, false);
            vec![broken, fault(Call::Open, nth, Failure::Broken, lasts)]
        };
        table.at_each(1, 1, gone).await;
    }
    println!(
        "{} groups, {} answers of 503, at most {} in a group",
        table.rounds, table.refused, table.most
    );
    assert!(table.most > 1, "no commit was shared");
}

async fn start(database: &str) -> Result<(), String> {
    let settings = format!(
        "server.secret_key = '{SECRET}'\ndatabase.url = '{database}'\ndatabase.connections = 1"
    );
    let settings = Settings::from_toml(&settings).unwrap();
    let clock = Clock::at(1_800_000_000);
    let app = App::open_with(settings, Migrations::Apply, clock, Entropy::seeded(1)).await;
    let app = app.map_err(|error| error.to_string())?;
    testing::close(&app).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_failing_disk_is_refused_and_the_next_one_succeeds() {
    let mut refusals = BTreeSet::new();
    let mut starts = 0;
    for lasts in [false, true] {
        for (call, failure, step) in KINDS {
            for nth in calls(step) {
                let folder = tempfile::tempdir_in("/dev/shm").unwrap();
                let database = format!("sqlite:{}", folder.path().join("db").display());
                let disk = Disk::of(&file(&database));
                let plan = fault(call, nth, failure, lasts);
                disk.fail(&[plan]);
                let started = start(&database).await;
                let is_over = disk.mend() == 0;
                starts += 1;
                if let Err(why) = &started {
                    refusals.insert(why.replace(folder.path().to_str().unwrap(), ""));
                }
                start(&database).await.unwrap();
                let healthy = sql::query(&database, "PRAGMA integrity_check").await;
                assert_eq!(healthy, ["ok"], "{plan:?}");
                if is_over {
                    assert!(nth > 1 && started.is_ok(), "{plan:?}: {started:?}");
                    break;
                }
            }
        }
    }
    println!("{starts} starts, refused with: {refusals:#?}");
    for refusal in &refusals {
        let causes = [
            "disk I/O error",
            "disk is full",
            "unable to open database file",
            "attempt to write a readonly database",
        ];
        assert!(
            causes.iter().any(|cause| refusal.contains(cause)),
            "{refusal}"
        );
    }
    assert!(!refusals.is_empty());
}

/// As where a disk gives back something else than it was given.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_503_and_the_log_says_what_to_do() {
    let app = TestApp::with_clock(Backend::Sqlite, "", Clock::system()).await;
    let ann = app.user("ann").await.log_in().await;
    app.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let folder = tempfile::tempdir().unwrap();
    let program = app.program(folder.path(), &[]);
    let profile = || async {
        let remote = Remote::new(&program.base);
        let path = "/api/users/profile/";
        let reply = remote.signed_in(Method::GET, path, &ann.access, &Value::Null);
        reply.await.unwrap().status
    };
    let path = file(&app.database);
    let sound = fs::read(&path).unwrap();
    // all but its first page, which the connections that are open know; then that one, which others look at
    for from in [4096, 0] {
        let mut damaged = sound.clone();
        damaged[from..].fill(b'x');
        fs::write(&path, &damaged).unwrap();
        assert_eq!(profile().await, 503);
    }
    fs::write(&path, &sound).unwrap();
    assert_eq!(profile().await, 200, "the server was not started again");
    let log = program.log();
    for what in ["database disk image is malformed", "file is not a database"] {
        let line = log.lines().find(|line| line.contains(what));
        assert!(line.is_some_and(|line| line.contains("a backup")), "{log}");
    }
}
