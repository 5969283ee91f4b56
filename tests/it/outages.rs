//! PostgreSQL cut off, slow, and stopped and started, under load: 503 meanwhile, and the next request succeeds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_server::testing;
use gatepost_tests::{Actor, Backend, Proxy, TestApp, is_full, postgres, sql};
use serde_json::json;

const CLIENTS: usize = 8;

/// One request.
struct Seen {
    writes: bool,
    begun: Instant,
    ended: Instant,
    status: u16,
    retry_after: String,
}

impl Seen {
    fn is_good(&self) -> bool {
        matches!(self.status, 200 | 201)
    }
}

/// What clients saw, and what is counted while they go on.
#[derive(Default)]
struct Load {
    is_over: AtomicBool,
    good: AtomicUsize,
    refused: AtomicUsize,
    seen: Mutex<Vec<Seen>>,
}

impl Load {
    /// Half of the clients read, half write, each one request after the other.
    async fn ask(&self, ann: &Actor<'_>, client: usize) {
        let words = json!({"title": "title", "content": "words"});
        while !self.is_over.load(Ordering::SeqCst) {
            let begun = Instant::now();
            let answer = if client.is_multiple_of(2) {
                ann.get("/api/users/profile/").await
            } else {
                ann.send("POST", "/api/posts/", &words).await
            };
            let seen = Seen {
                writes: !client.is_multiple_of(2),
                begun,
                ended: Instant::now(),
                status: answer.status.as_u16(),
                retry_after: answer.header("retry-after").to_owned(),
            };
            let count = if seen.is_good() {
                &self.good
            } else {
                &self.refused
            };
            count.fetch_add(1, Ordering::SeqCst);
            self.seen.lock().unwrap().push(seen);
        }
    }

    /// Waits for so many more.
    async fn more(&self, count: &AtomicUsize, many: usize) {
        let wanted = count.load(Ordering::SeqCst) + many;
        let deadline = Instant::now() + Duration::from_mins(1);
        while count.load(Ordering::SeqCst) < wanted {
            assert!(Instant::now() < deadline, "too few answers of a kind");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// When PostgreSQL was gone, when it was being brought back, and when it was back.
type Outage = (Instant, Instant, Instant);

/// Takes PostgreSQL away and gives it back, again and again under load.
async fn outages(app: &TestApp, mut away: impl AsyncFnMut(), mut back: impl AsyncFnMut()) {
    let times = if is_full() { 30 } else { 3 };
    let ann = app.user("ann").await.log_in().await;
    let load = Load::default();
    let clients = join_all((0..CLIENTS).map(|client| load.ask(&ann, client)));
    let events = async {
        let mut outages: Vec<Outage> = Vec::new();
        for _ in 0..times {
            load.more(&load.good, 4 * CLIENTS).await;
            away().await;
            let gone = Instant::now();
            load.more(&load.refused, 4 * CLIENTS).await;
            let returns = Instant::now();
            back().await;
            outages.push((gone, returns, Instant::now()));
            // a second of it is looked at
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        load.more(&load.good, 4 * CLIENTS).await;
        load.is_over.store(true, Ordering::SeqCst);
        outages
    };
    let (outages, _) = tokio::join!(events, clients);
    let seen = load.seen.into_inner().unwrap();
    for one in &seen {
        let Seen {
            status,
            retry_after,
            ..
        } = one;
        assert!(one.is_good() || *status == 503, "{status}");
        assert_eq!(
            retry_after == "1",
            *status == 503,
            "{status}: {retry_after}"
        );
    }
    for (gone, returns, back) in outages {
        let meanwhile = seen
            .iter()
            .filter(|one| one.begun > gone && one.ended < returns);
        let statuses: Vec<u16> = meanwhile.map(|one| one.status).collect();
        assert!(statuses.iter().all(|status| *status == 503), "{statuses:?}");
        for writes in [false, true] {
            let good = seen
                .iter()
                .filter(|one| one.writes == writes && one.is_good());
            let first = good
                .filter(|one| one.ended > back)
                .map(|one| one.ended)
                .min();
            let after = first.expect("they go on") - back;
            assert!(
                after < Duration::from_secs(1),
                "{after:?}, writes: {writes}"
            );
        }
    }
    // the pool is whole: as many as may be are at work at once
    assert_eq!(testing::connections_in_use(&app.app), 0);
    let all = join_all((0..3 * CLIENTS).map(|_| ann.get("/api/posts/"))).await;
    assert!(all.iter().all(|answer| answer.status == 200));
    assert_eq!(testing::connections_in_use(&app.app), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_cut_off_is_503_and_serves_as_soon_as_it_is_back() {
    let direct = TestApp::on(Backend::Postgres).await;
    let (user, rest) = direct.database.split_once('@').unwrap();
    let (place, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::before(place).await;
    let url = format!("{user}@{}/{name}", proxy.base.trim_start_matches("http://"));
    let app = direct
        .another_with(&format!("database.url = '{url}'"))
        .await;
    let app = app.may_fail();
    outages(&app, async || proxy.cut_after(0), async || proxy.mend()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_answers_late_serves_late() {
    let direct = TestApp::on(Backend::Postgres).await;
    let (user, rest) = direct.database.split_once('@').unwrap();
    let (place, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::before(place).await;
    let url = format!("{user}@{}/{name}", proxy.base.trim_start_matches("http://"));
    let app = direct
        .another_with(&format!("database.url = '{url}'"))
        .await;
    let ann = app.user("ann").await.log_in().await;
    for late in [100, 300] {
        proxy.delay(Duration::from_millis(late));
        let all = join_all((0..CLIENTS).map(|_| ann.get("/api/users/profile/"))).await;
        assert!(all.iter().all(|answer| answer.status == 200), "{late}");
        ann.post("late").await;
    }
    proxy.delay(Duration::ZERO);
    let begun = Instant::now();
    ann.post("after").await;
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_stopped_is_503_and_serves_as_soon_as_it_is_started() {
    let server = postgres::Postgres::restartable();
    sql::execute(&server.url("postgres"), "CREATE DATABASE notes").await;
    let origin = TestApp::on(Backend::Sqlite).await;
    let settings = format!("database.url = '{}'", server.url("notes"));
    let app = origin.another_with(&settings).await.may_fail();
    let end = async || tokio::task::block_in_place(|| server.end());
    let begin = async || tokio::task::block_in_place(|| server.begin());
    outages(&app, end, begin).await;
    app.abandon();
}
