//! A refresh whose answer is lost, by a cut connection or a killed server: asked again with its key, the session
//! lives on. The same accidents befall a live Django, whose losses are printed for comparison. And a server, or its
//! database, that is killed under many who write: what was acknowledged is there, and nothing is half done.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_server::{Clock, Entropy};
use gatepost_tests::django::Django;
use gatepost_tests::{Backend, Program, Proxy, SECRET, TestApp, is_full, postgres, sql};
use reqwest::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;
use tokio::sync::Notify;

use crate::both_databases;
use crate::remote::{Remote, Reply, jti};
use crate::written::Post;

/// How often each accident happens.
fn times() -> usize {
    if is_full() { 200 } else { 10 }
}

/// As the sdk does: the key depends on the token alone, so that it is known after any crash.
fn key(token: &str) -> String {
    format!("key-of-{}", jti(token))
}

/// What became of a session after an accident.
#[derive(Default, Debug)]
struct Tally {
    /// The answer had arrived.
    answered: usize,
    /// The answer was lost after the commit: the same successor came again.
    replayed: usize,
    /// Nothing had been committed.
    repeated: usize,
    /// The token is refused and no successor is known: a person must log in again.
    lost: usize,
}

impl Tally {
    /// How often the accident came before the answer.
    fn accidents(&self) -> usize {
        self.replayed + self.repeated + self.lost
    }

    /// Counts; gives the token to go on with, none where the session is lost.
    fn note(&mut self, first: Option<Reply>, second: Option<Reply>) -> Option<String> {
        if let Some(reply) = first {
            self.answered += 1;
            return Some(reply.token("refresh"));
        }
        let reply = second.expect("it was asked again");
        match (reply.status, reply.replayed.as_str()) {
            (200, "true") => self.replayed += 1,
            (200, _) => self.repeated += 1,
            (401, _) => {
                self.lost += 1;
                return None;
            }
            _ => panic!("{reply:?}"),
        }
        Some(reply.token("refresh"))
    }
}

/// A refresh whose answer may be lost; `None` where it was.
async fn attempt(remote: &Remote, token: &str, key: Option<&str>) -> Option<Reply> {
    let reply = remote.refresh(token, key).await.ok()?;
    assert_eq!(reply.status, 200, "{reply:?}");
    Some(reply)
}

/// Cuts the answer at another byte each time.
async fn cut_answers(base: &str, name: &str, with_key: bool) -> Tally {
    let proxy = Proxy::before(base).await;
    let remote = Remote::new(&proxy.base);
    let mut tally = Tally::default();
    let mut token = remote.log_in(name).await;
    for round in 0..times() {
        let key = with_key.then(|| key(&token));
        proxy.cut_after(round * 37 % 500);
        let first = attempt(&remote, &token, key.as_deref()).await;
        proxy.mend();
        let second = match first {
            Some(_) => None,
            None => remote.refresh(&token, key.as_deref()).await.ok(),
        };
        token = match tally.note(first, second) {
            Some(next) => next,
            None => remote.log_in(name).await,
        };
    }
    tally
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_cut_is_given_again(
    on: Backend,
    #[values("revoke", "reject")] reuse: &str,
) {
    let app = TestApp::with(on, &format!("refresh.reuse = '{reuse}'\nrefresh.grace = 0")).await;
    app.user("ann").await;
    let tally = cut_answers(&app.listen().await, "ann", true).await;
    println!("{on:?} {reuse}, answers cut: {tally:?}");
    assert_eq!((tally.lost, tally.replayed), (0, times()));
    assert_eq!(
        app.query("SELECT COUNT(*) FROM gatepost_event").await,
        ["0"]
    );
}

/// A moment within a refresh, as the system's clock goes: tokio's own is too coarse.
async fn moment(entropy: &Entropy, refresh: Duration) {
    let moment = refresh.mul_f64(f64::from(entropy.bytes()[0]) / 256.0);
    let slept = tokio::task::spawn_blocking(move || std::thread::sleep(moment));
    slept.await.unwrap();
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_loses_no_session(on: Backend) {
    let app = TestApp::with_clock(on, "refresh.grace = 0", Clock::system()).await;
    app.user("ann").await;
    let folder = tempfile::tempdir().unwrap();
    let serve = || app.program(folder.path(), &[("GATEPOST_REFRESH__GRACE", "0")]);
    let entropy = Entropy::seeded(3);
    let mut tally = Tally::default();
    let mut program = serve();
    let mut token = Remote::new(&program.base).log_in("ann").await;
    let mut took = Duration::from_millis(5);
    while tally.accidents() < times() {
        let remote = Remote::new(&program.base);
        // the first request of a process takes longer than the others: it is not the one that is killed
        remote.log_in("ann").await;
        let key = key(&token);
        let refresh = tokio::spawn({
            let (remote, token, key) = (remote.clone(), token.clone(), key.clone());
            async move {
                let begun = Instant::now();
                (attempt(&remote, &token, Some(&key)).await, begun.elapsed())
            }
        });
        moment(&entropy, took).await;
        program.kill();
        let (first, elapsed) = refresh.await.unwrap();
        if first.is_some() {
            took = (took + elapsed) / 2;
        }
        program = serve();
        let second = match first {
            Some(_) => None,
            None => Remote::new(&program.base)
                .refresh(&token, Some(&key))
                .await
                .ok(),
        };
        token = tally.note(first, second).expect("the session lives on");
    }
    println!("{on:?}, server killed: {tally:?}, a refresh takes about {took:.1?}");
    assert!(!is_full() || tally.replayed > 0 && tally.repeated > 0);
}

/// A client that writes until the server is gone.
struct Writer {
    name: String,
    /// Its newest refresh token, and an access token.
    refresh: String,
    access: String,
    posts: Vec<Post>,
}

/// What writers share.
struct Load {
    remote: Remote,
    is_over: AtomicBool,
    acknowledged: AtomicUsize,
    /// Once so many writes were acknowledged, somebody is told.
    enough: (usize, Notify),
}

impl Load {
    /// The answer, if one came and said that it was done.
    fn note(&self, reply: reqwest::Result<Reply>, good: u16) -> Option<Reply> {
        let reply = reply.ok()?;
        assert!(
            reply.status == good || reply.status == 503,
            "{good}: {reply:?}"
        );
        if reply.status == 503 {
            return None;
        }
        let count = self.acknowledged.fetch_add(1, Ordering::SeqCst) + 1;
        if count >= self.enough.0 {
            self.enough.1.notify_one();
        }
        Some(reply)
    }
}

impl Writer {
    /// Refreshes and writes posts, one after the other, until a request is not acknowledged or it is over.
    async fn write(&mut self, load: &Load, round: usize) {
        self.posts.clear();
        let mut number = 0;
        while !load.is_over.load(Ordering::SeqCst) {
            number += 1;
            let name = format!("{round}/{}/{number}", self.name);
            if self.step(load, name).await.is_none() {
                return;
            }
        }
    }

    /// `None` where an answer did not come.
    async fn step(&mut self, load: &Load, name: String) -> Option<()> {
        let key = key(&self.refresh);
        let reply = load.remote.refresh(&self.refresh, Some(&key)).await;
        self.refresh = load.note(reply, 200)?.token("refresh");
        self.posts.push(Post::new(name));
        let post = self.posts.last_mut().expect("one was added");
        let send = async |method, path: &str, body: &Value| {
            load.remote
                .signed_in(method, path, &self.access, body)
                .await
        };
        let reply = send(Method::POST, "/api/posts/", &post.body(0)).await;
        let path = format!("/api/posts/{}/", load.note(reply, 201)?.body["id"]);
        post.may_be_missing = false;
        for text in 1..3 {
            post.texts.push(text);
            load.note(send(Method::PUT, &path, &post.body(text)).await, 200)?;
            post.texts = vec![text];
        }
        if self.posts.len().is_multiple_of(2) {
            let post = self.posts.last_mut().expect("one was added");
            post.may_be_missing = true;
            load.note(send(Method::DELETE, &path, &Value::Null).await, 204)?;
            post.may_be_there = false;
        }
        Some(())
    }
}

/// Parts of a rotation that stand without the others. Here nobody logs out.
const HALF_DONE: &str = "
    SELECT r.parent_jti FROM gatepost_rotation r
    LEFT JOIN token_blacklist_outstandingtoken child ON child.jti = r.child_jti
    LEFT JOIN token_blacklist_outstandingtoken parent ON parent.jti = r.parent_jti
    LEFT JOIN token_blacklist_blacklistedtoken listed ON listed.token_id = parent.id
    WHERE child.id IS NULL OR listed.id IS NULL
    UNION ALL
    SELECT o.jti FROM token_blacklist_blacklistedtoken b JOIN token_blacklist_outstandingtoken o ON o.id = b.token_id
    LEFT JOIN gatepost_rotation r ON r.parent_jti = o.jti WHERE r.parent_jti IS NULL";

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn what_64_writers_were_told_outlives_kill_9(on: Backend) {
    const WRITERS: usize = 64;
    let folder = tempfile::tempdir().unwrap();
    let postgres = (on == Backend::Postgres).then(postgres::Postgres::unsynced);
    let database = match &postgres {
        Some(postgres) => postgres.url("postgres"),
        None => format!("sqlite:{}", folder.path().join("db").display()),
    };
    let serve = || {
        let mut command = Program::command(folder.path(), &["--database", &database]);
        Program::serve(command.envs([
            ("GATEPOST_SECRET_KEY", SECRET),
            ("GATEPOST_PASSWORDS__ITERATIONS", "1"),
            ("GATEPOST_REFRESH__GRACE", "0"),
        ]))
    };
    let mut program = serve();
    let mut remote = Remote::new(&program.base);
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let name = format!("user{number}");
        remote.register(&name).await;
        let reply = remote.tokens(&name).await;
        writers.push(Writer {
            refresh: reply.token("refresh"),
            access: reply.token("access"),
            posts: Vec::new(),
            name,
        });
    }
    let (entropy, mut acknowledged) = (Entropy::seeded(5), 0);
    let mut tally = Tally::default();
    let rounds = if is_full() { 200 } else { 3 };
    for round in 0..rounds {
        let random = entropy.bytes();
        let enough = WRITERS + usize::from(random[0]) * 2;
        let load = Load {
            remote: remote.clone(),
            is_over: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            enough: (enough, Notify::new()),
        };
        let all = writers.iter_mut().map(|writer| writer.write(&load, round));
        let mut killed = None;
        let kill = async {
            load.enough.1.notified().await;
            load.is_over.store(true, Ordering::SeqCst);
            match &postgres {
                Some(postgres) if round % 3 == 1 => {
                    postgres.kill_backend().await;
                    killed = Some(program);
                }
                _ => program.kill(),
            }
        };
        tokio::join!(join_all(all), kill);
        acknowledged += load.acknowledged.load(Ordering::SeqCst);
        program = killed.unwrap_or_else(&serve);
        remote = Remote::new(&program.base);
        remote.until_it_is_ready().await;
        let rows =
            format!("SELECT title || ' ' || content FROM posts_post WHERE title LIKE '{round}/%'");
        let rows = BTreeSet::from_iter(sql::query(&database, &rows).await);
        for writer in &mut writers {
            writer.posts.iter().for_each(|post| post.check(&rows));
            let again = remote
                .refresh(&writer.refresh, Some(&key(&writer.refresh)))
                .await;
            let next = tally.note(None, again.ok());
            writer.refresh = next.expect("the session lives on");
        }
        let half_done = sql::query(&database, HALF_DONE).await;
        assert!(half_done.is_empty(), "round {round}: {half_done:?}");
        if on == Backend::Sqlite {
            assert_eq!(
                sql::query(&database, "PRAGMA integrity_check").await,
                ["ok"]
            );
        }
    }
    println!(
        "{on:?}, killed {rounds} times under {WRITERS} writers: {acknowledged} writes were acknowledged; {tally:?}"
    );
    assert!(tally.lost == 0 && tally.repeated > 0);
}

/// Django for comparison: what it loses is printed, and that it loses anything is why Gatepost has these rules.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn django_loses_sessions_by_the_same_accidents(on: Backend) {
    let app = TestApp::with_clock(on, "", Clock::system()).await;
    let mut django = Django::start(&app.database, &[("SECRET_KEY", SECRET), ("FAST_HASH", "1")]);
    let remote = Remote::forgetful(django.url());
    remote.register("ann").await;
    let cut = cut_answers(django.url(), "ann", false).await;
    println!("Django on {on:?}, answers cut: {cut:?}");
    assert_eq!(
        cut.lost,
        times(),
        "the old token is blacklisted, the new one never arrived"
    );

    let entropy = Entropy::seeded(4);
    let mut tally = Tally::default();
    let mut token = remote.log_in("ann").await;
    let mut took = Duration::from_millis(10);
    while tally.accidents() < times() {
        let refresh = tokio::spawn({
            let (remote, token) = (remote.clone(), token.clone());
            async move {
                let begun = Instant::now();
                (attempt(&remote, &token, None).await, begun.elapsed())
            }
        });
        moment(&entropy, took).await;
        django.kill_worker();
        let (first, elapsed) = refresh.await.unwrap();
        if first.is_some() {
            took = (took + elapsed) / 2;
        }
        let second = match first {
            Some(_) => None,
            None => remote.refresh(&token, None).await.ok(),
        };
        token = match tally.note(first, second) {
            Some(next) => next,
            None => remote.log_in("ann").await,
        };
    }
    println!("Django on {on:?}, server killed: {tally:?}, a refresh takes about {took:.1?}");
    assert!(!is_full() || tally.lost > 0);
    app.abandon();
}
