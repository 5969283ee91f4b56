//! Several processes on one session.

use std::time::{Duration, Instant};

use gatepost_sdk::store::FileStore;
use gatepost_sdk::{Client, ErrorKind, ExpiredReason, SessionState};

use crate::case::REFRESH;
use crate::proxy::{Act, Proxy};
use crate::server::{Server, access_life, enter};
use crate::worker::Worker;

struct Case {
    _server: Server,
    proxy: Proxy,
    folder: tempfile::TempDir,
    client: Client,
}

async fn case(settings: &str) -> Case {
    case_at(settings, |_| {}).await
}

/// The same behind a proxy that was prepared.
async fn case_at(settings: &str, prepare: impl Fn(&Proxy)) -> Case {
    let server = Server::with(settings).await;
    let proxy = Proxy::before(&server.url).await;
    prepare(&proxy);
    let folder = tempfile::tempdir().expect("a folder");
    let client = Client::builder(&proxy.url)
        .store(FileStore::new(folder.path()))
        .account("ada");
    let client = client.build().expect("a client");
    enter(&client, "ada").await;
    Case {
        _server: server,
        proxy,
        folder,
        client,
    }
}

impl Case {
    /// Blocking calls of a process must not keep the server of this one from answering.
    async fn start(&self, task: &'static str, time: Duration) -> Worker {
        let (url, store) = (
            self.proxy.url.clone(),
            format!("file:{}", self.folder.path().display()),
        );
        let started = tokio::task::spawn_blocking(move || Worker::start(&url, &store, task, time));
        started.await.expect("a process")
    }
}

async fn done(worker: Worker) {
    tokio::task::spawn_blocking(|| worker.done())
        .await
        .expect("a process that ended well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_refresh_as_often_as_one() {
    let case = case(&access_life(2)).await;
    let time = Duration::from_secs(5);
    let first = Instant::now();
    let mut workers = Vec::new();
    for _ in 0..5 {
        workers.push(case.start("profiles", time).await);
    }
    let begin = Instant::now();
    while begin.elapsed() < time {
        case.client.profile().await.expect("a profile");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for worker in workers {
        done(worker).await;
    }
    // a token of two seconds, cut to whole ones, lives one at least; six processes would make six times as many
    let refreshes = u64::try_from(case.proxy.refreshes()).expect("a few");
    let most = 2 + first.elapsed().as_secs() * 4 / 3;
    assert!((3..=most).contains(&refreshes), "{refreshes}");
    let details = case
        .client
        .session()
        .details()
        .await
        .expect("read")
        .expect("a session");
    assert_eq!(details.generation, 1 + refreshes, "each was one rotation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_loses_nothing() {
    let case = case("").await;
    let mut byte = 7_u64;
    for round in 0..12 {
        let worker = case.start("refreshes", Duration::from_mins(1)).await;
        // anywhere in the exchange, the write, the rename; the same places in each run
        byte = byte
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_micros(1000 + (byte >> 33) % 30_000)).await;
        worker.kill();
        case.client.profile().await.expect("a profile");
        if round % 3 == 2 {
            case.client.session().refresh().await.expect("refreshed");
        }
    }
    // the worst moment: the server has rotated, nobody knows
    case.proxy
        .first(REFRESH, [Act::Late(Duration::from_mins(1))]);
    let already = case.proxy.refreshes();
    let worker = case.start("refreshes", Duration::ZERO).await;
    case.proxy.wait_for_answers(REFRESH, already + 1).await;
    worker.kill();
    case.client
        .session()
        .refresh()
        .await
        .expect("the same successor");
    case.client.profile().await.expect("a profile");
    let keys = case.proxy.seen(REFRESH).split_off(already);
    assert_eq!(
        keys[0].header("idempotency-key"),
        keys[1].header("idempotency-key")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_rotation_of_another_process_is_named_at_a_server_that_can_not_repeat_it() {
    // a plain server: the key does not arrive there
    let case = case_at("[refresh]\ngrace = 0\n", Proxy::without_keys).await;
    case.proxy
        .first(REFRESH, [Act::Late(Duration::from_mins(1))]);
    let worker = case.start("refreshes", Duration::ZERO).await;
    case.proxy.wait_for_answers(REFRESH, 1).await;
    worker.kill();
    case.client
        .profile()
        .await
        .expect("the access token is still good");
    let error = case.client.session().refresh().await.expect_err("lost");
    assert!(
        matches!(
            error.kind(),
            ErrorKind::SessionExpired(ExpiredReason::LostRotation)
        ),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_process_keeps_its_lock() {
    let case = case("").await;
    case.proxy
        .first(REFRESH, [Act::Late(Duration::from_millis(300))]);
    let worker = case.start("refreshes", Duration::ZERO).await;
    case.proxy.wait_for_answers(REFRESH, 1).await;
    worker.signal("STOP");
    case.client
        .profile()
        .await
        .expect("the access token is good");
    let session = case.client.session();
    let waiting = tokio::spawn(async move { session.refresh().await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(
        !waiting.is_finished() && case.proxy.refreshes() == 1,
        "it waits for the lock"
    );
    worker.signal("CONT");
    done(worker).await;
    waiting
        .await
        .expect("a task")
        .expect("refreshed, or the other's token");
    assert_eq!(case.proxy.refreshes(), 1, "the other's token is taken up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_is_noticed_at_the_next_request() {
    let case = case("").await;
    let session = case.client.session();
    let old = session.access_token(Duration::ZERO).await.expect("a token");
    done(case.start("refreshes", Duration::ZERO).await).await;
    assert_ne!(
        session.access_token(Duration::ZERO).await.expect("a token"),
        old
    );
    assert_eq!(case.proxy.refreshes(), 1);
    done(case.start("logout", Duration::ZERO).await).await;
    let error = case.client.profile().await.expect_err("logged out");
    let elsewhere = ExpiredReason::LoggedOutElsewhere;
    assert!(
        matches!(error.kind(), ErrorKind::SessionExpired(why) if *why == elsewhere),
        "{error:?}"
    );
    assert!(matches!(session.state(), SessionState::Expired { reason, .. } if reason == elsewhere));
}
