//! A refresh whose answer is lost, by a cut connection or a killed server: asked again with its key, the session
//! lives on. The same accidents befall a live Django, whose losses are printed for comparison.

use std::time::{Duration, Instant};

use gatepost_server::{Clock, Entropy};
use gatepost_tests::django::Django;
use gatepost_tests::{Backend, Proxy, SECRET, TestApp, is_full};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use crate::remote::{Remote, Reply, jti};

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
