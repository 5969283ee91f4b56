//! The refresh transaction under races, cuts and dropped callers.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{
    Client, ErrorKind, ExpiredReason, Logout, Method, RefreshMode, SessionState, TokenStore,
};

use crate::case::{NOT_VALID, PROFILE, REFRESH, case, case_with};
use crate::faulty::FaultyStore;
use crate::many::{Place, count};
use crate::proxy::{Act, answer, html};
use crate::scenarios::refresh_token;
use crate::server::{enter, password};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_refused_at_once_are_one_rotation() {
    let store = MemoryStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let other = Client::builder(&case.proxy.url)
        .store(store)
        .account("ada")
        .clock(case.clock.clone());
    let other = other.build().expect("a client");
    let old = case.token().await;
    case.clock.advance(60);
    case.refuse(&old);
    let calls: Vec<_> = (0..8)
        .map(|number| {
            if number % 2 == 0 {
                case.client.clone()
            } else {
                other.clone()
            }
        })
        .map(|client| tokio::spawn(async move { client.profile().await }))
        .collect();
    for call in calls {
        call.await.expect("a task").expect("a profile");
    }
    assert_eq!(case.proxy.refreshes(), 1);
    assert!(
        case.proxy.seen(PROFILE).len() >= 9,
        "all eight began with the old one"
    );
    assert_ne!(case.token().await, old);
}

/// Polls a call so often and drops it then; what it gave, if that was often enough.
async fn polled<T>(polls: usize, call: impl Future<Output = T>) -> Option<T> {
    let (mut call, mut left) = (pin!(call), polls);
    poll_fn(|context| match call.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Drops a refresh at every point at which it waits.
async fn dropped_everywhere(client: &Client) {
    let session = client.session();
    let token = async || session.access_token(Duration::ZERO).await.expect("a token");
    let mut before = token().await;
    for polls in 0.. {
        let done = polled(polls, session.refresh()).await;
        assert!(session.wait_idle(Duration::from_secs(20)).await);
        let after = token().await;
        assert_ne!(
            after, before,
            "dropped after its poll {polls}, and the refresh was not ended"
        );
        before = after;
        client.profile().await.expect("a profile");
        if done.is_some_and(|done| done.is_ok()) {
            return;
        }
    }
}

#[tokio::test]
async fn a_dropped_caller_takes_nothing_with_it() {
    let case = case().await;
    dropped_everywhere(&case.client).await;
    let details = case.client.session().details().await.expect("read");
    let generation = details.expect("a session").generation;
    assert_eq!(case.proxy.refreshes() as u64 + 1, generation);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_caller_takes_nothing_with_it_at_django() {
    let place = Place::django(600).await;
    let client = Client::builder(place.url()).build().expect("a client");
    enter(&client, "ada").await;
    dropped_everywhere(&client).await;
}

#[tokio::test]
async fn a_dropped_login_or_logout_leaves_a_session_or_none() {
    let case = case().await;
    let session = case.client.session();
    for polls in 0.. {
        let login = polled(polls, case.client.login("ada", &password())).await;
        assert!(session.wait_idle(Duration::from_secs(10)).await);
        case.client.profile().await.expect("the old or the new");
        if login.is_some() {
            break;
        }
    }
    for polls in 0.. {
        let logout = polled(polls, case.client.logout(Logout::Server)).await;
        assert!(session.wait_idle(Duration::from_secs(10)).await);
        match case.client.profile().await {
            Ok(_) => {}
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::NotSignedIn), "{error:?}");
                case.client.login("ada", &password()).await.expect("again");
            }
        }
        if logout.is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_after_the_commit_loses_nothing() {
    let case = case().await;
    for _ in 0..count(8, 100) {
        let already = case.proxy.refreshes();
        case.proxy.first(REFRESH, [Act::CutAfter]);
        case.client.session().refresh().await.expect("refreshed");
        case.client.profile().await.expect("a profile");
        let keys = case.keys().split_off(already);
        assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let case = case().await;
    for act in [
        Act::CutAfter,
        Act::CutWithin,
        html("502 Bad Gateway", ""),
        Act::CutBefore,
    ] {
        let already = case.proxy.refreshes();
        case.proxy.first(REFRESH, [act.clone(), Act::CutAfter]);
        case.client.session().refresh().await.expect("refreshed");
        let keys = case.keys().split_off(already);
        assert!(
            keys.len() == 3 && keys.iter().all(|key| *key == keys[0]),
            "{act:?}: {keys:?}"
        );
        assert_eq!(keys[0].len(), 22);
    }
    case.client.profile().await.expect("a profile");
    assert_eq!(
        case.client
            .session()
            .details()
            .await
            .expect("read")
            .expect("a session")
            .generation,
        5
    );
}

#[tokio::test]
async fn what_asks_to_come_again_later_is_asked_again_later() {
    let case = case().await;
    let later = answer("503 Service Unavailable", "retry-after: 1\r\n", "");
    case.proxy.first(REFRESH, [Act::Answer(later)]);
    let begin = std::time::Instant::now();
    case.client.session().refresh().await.expect("refreshed");
    assert!(begin.elapsed() >= Duration::from_secs(1));
    let much_later = answer("429 Too Many Requests", "retry-after: 60\r\n", "");
    case.proxy.first(REFRESH, [Act::Answer(much_later)]);
    let error = case
        .client
        .session()
        .refresh()
        .await
        .expect_err("a minute is too long");
    assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
}

#[tokio::test]
async fn a_verdict_ends_it_once_and_it_can_be_resumed() {
    let store = MemoryStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    case.clock.advance(60); // no token is young
    let session = case.client.session();
    for (headers, body, reason) in [
        (
            "",
            r#"{"detail":"No active account found for the given token."}"#,
            ExpiredReason::AccountDisabled,
        ),
        (
            "idempotency-replayed: late\r\n",
            NOT_VALID,
            ExpiredReason::UsedElsewhere,
        ),
        ("", NOT_VALID, ExpiredReason::Blacklisted),
        (
            "",
            r#"{"detail":"x","code":"password_changed"}"#,
            ExpiredReason::PasswordChanged,
        ),
    ] {
        let headers = format!("content-type: application/json\r\n{headers}");
        case.proxy.first(
            REFRESH,
            [Act::Answer(answer("401 Unauthorized", &headers, body))],
        );
        let refused = refresh_token(&store, &case.client).await;
        let error = session.refresh().await.expect_err("refused");
        assert!(
            matches!(error.kind(), ErrorKind::SessionExpired(why) if *why == reason),
            "{error:?}"
        );
        let asked = case.proxy.refreshes();
        let error = case.client.profile().await.expect_err("refused");
        assert!(
            matches!(error.kind(), ErrorKind::SessionExpired(why) if *why == reason),
            "{error:?}"
        );
        assert_eq!(
            case.proxy.refreshes(),
            asked,
            "a dead session costs no network"
        );
        assert_eq!(
            refresh_token(&store, &case.client).await,
            refused,
            "the mark keeps the token"
        );
        case.proxy.rule(|_| Act::Without("date"));
        let state = session.resume().await.expect("the server takes it again");
        assert!(matches!(state, SessionState::Active { .. }));
        case.client.profile().await.expect("a profile");
        case.clock.advance(60);
    }
}

#[tokio::test]
async fn without_rotation_the_refresh_token_stays() {
    let store = MemoryStore::new();
    let settings =
        "[simple_jwt]\nrotate_refresh_tokens = false\nblacklist_after_rotation = false\n";
    let case = case_with(settings, store.clone(), RefreshMode::OnDemand).await;
    let (access, refresh) = (
        case.token().await,
        refresh_token(&store, &case.client).await,
    );
    for _ in 0..2 {
        case.client.session().refresh().await.expect("refreshed");
    }
    assert_ne!(case.token().await, access);
    assert_eq!(refresh_token(&store, &case.client).await, refresh);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_that_races_a_refresh_leaves_nothing_behind() {
    let store = MemoryStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    for round in 0_u64..20 {
        let before = refresh_token(&store, &case.client).await;
        let refresh = tokio::spawn({
            let session = case.client.session();
            async move { session.refresh().await.map(drop) }
        });
        tokio::time::sleep(Duration::from_micros(round * 400)).await;
        let out = case
            .client
            .logout(Logout::Server)
            .await
            .expect("logged out");
        assert!(out.revoked, "{:?}", out.problem);
        let _ = refresh.await.expect("a task");
        assert!(
            store
                .list(case.client.server())
                .await
                .expect("a list")
                .is_empty()
        );
        assert_eq!(case.client.session().state(), SessionState::SignedOut);
        let ended = case
            .proxy
            .seen("POST /api/token/blacklist/")
            .pop()
            .expect("a logout");
        let ended: serde_json::Value = serde_json::from_str(&ended.body).expect("JSON");
        for token in [before.as_str(), ended["refresh"].as_str().expect("a token")] {
            let body = serde_json::json!({ "refresh": token });
            let request = case
                .client
                .request(Method::POST, "/api/token/refresh/")
                .anonymous();
            assert_eq!(
                request
                    .json(&body)
                    .send()
                    .await
                    .expect("an answer")
                    .status()
                    .as_u16(),
                401
            );
        }
        case.client
            .login("ada", &password())
            .await
            .expect("logged in");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_loser_takes_up_what_the_winner_stored() {
    let store = FaultyStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    case.clock.advance(60);
    // another "process" without our lock, which refreshes twice while our request is on its way
    let winner = Client::builder(&case.server.url)
        .store(store.clone())
        .account("ada");
    let winner = winner.build().expect("a client");
    // it knows the server by another address: the entry is copied to and fro
    let (here, there) = (key(&case.client), key(&winner));
    let entry = store
        .inner
        .load(&here)
        .await
        .expect("read")
        .expect("a session");
    store.inner.save(&there, &entry).await.expect("saved");
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    case.proxy.rule(move |seen| {
        if seen.line == REFRESH {
            asked.send(()).expect("a listener");
            tokio::task::block_in_place(|| wait.recv().expect("a go"));
        }
        Act::Without("date")
    });
    let loser = tokio::spawn({
        let session = case.client.session();
        async move { session.refresh().await }
    });
    was_asked.recv().await.expect("asked");
    for _ in 0..2 {
        winner.session().refresh().await.expect("refreshed");
    }
    let won = store
        .inner
        .load(&there)
        .await
        .expect("read")
        .expect("a session");
    store.inner.save(&here, &won).await.expect("saved");
    case.proxy.rule(|_| Act::Without("date"));
    go.send(()).expect("a waiter");
    let token = loser
        .await
        .expect("a task")
        .expect("the winner's token is taken up");
    assert_eq!(
        token,
        winner
            .session()
            .access_token(Duration::ZERO)
            .await
            .expect("a token")
    );
    assert_eq!(case.proxy.refreshes(), 1);
    let stored = store
        .inner
        .load(&here)
        .await
        .expect("read")
        .expect("a session");
    assert!(
        stored.ended().is_none() && stored.generation() == won.generation(),
        "the loser wrote nothing"
    );
    case.client.profile().await.expect("a profile");
}

fn key(client: &Client) -> gatepost_sdk::EntryKey {
    gatepost_sdk::EntryKey::new(client.server(), "ada")
}
