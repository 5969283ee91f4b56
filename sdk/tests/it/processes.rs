//! Several processes on one session.

use std::time::Duration;

use gatepost_sdk::store::FileStore;
use gatepost_sdk::{Client, ErrorKind, ExpiredReason, SessionState};

use crate::case::REFRESH;
use crate::many::{count, is_full};
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
async fn a_killed_process_loses_nothing() {
    let case = case("").await;
    let mut byte = 7_u64;
    for round in 0..count(12, 200) {
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
    tokio::time::sleep(Duration::from_secs(count(1, 40))).await;
    assert_eq!(case.proxy.refreshes(), 1, "it waits for the lock");
    let is_finished = waiting.is_finished();
    worker.signal("CONT");
    done(worker).await;
    match waiting.await.expect("a task") {
        Ok(_) => assert!(!is_finished),
        // after half a minute it says so, and tries again at the next request
        Err(error) => assert!(
            is_full() && matches!(error.kind(), ErrorKind::Busy { .. }),
            "{error:?}"
        ),
    }
    case.client.profile().await.expect("a profile");
    assert_eq!(case.proxy.refreshes(), 1, "the other's token is taken up");
}

/// While its store takes nothing, a process asks again with the old token; what it was given in vain is lost with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_refuses_for_five_lifetimes_and_then_a_kill_lose_nothing() {
    let life = count(2, 5);
    let case = case(&access_life(life)).await;
    let (url, store) = (
        case.proxy.url.clone(),
        format!("refusing:{}", case.folder.path().display()),
    );
    let begin = move || Worker::start(&url, &store, "reads", Duration::from_mins(10));
    let mut worker = tokio::task::spawn_blocking(begin).await.expect("a process");
    let lifetimes = Duration::from_secs(u64::from(5 * life));
    tokio::time::sleep(lifetimes).await;
    assert!(worker.is_running(), "every call of it succeeded");
    assert!(case.proxy.refreshes() >= 4, "{}", case.proxy.refreshes());
    worker.kill();
    case.client.profile().await.expect("nothing is lost");
    let tokens: std::collections::BTreeSet<_> = case
        .proxy
        .seen(REFRESH)
        .into_iter()
        .map(|seen| seen.body)
        .collect();
    assert_eq!(tokens.len(), 1, "what is not stored is never sent");
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
