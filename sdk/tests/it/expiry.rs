//! When a token is exchanged: before it expires, behind a request, whatever the clocks say.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{Client, Clock, Degraded, ErrorKind, RefreshMode, SessionState};

use crate::case::{REFRESH, case, case_with, system};
use crate::proxy::{Act, Proxy, answer, html, json};
use crate::server::{Server, enter};

const DAY: i64 = 86_400;

#[tokio::test]
async fn an_early_refresh_that_fails_is_silent_and_rests() {
    let case = case().await;
    let session = case.client.session();
    case.clock.advance(3 * 3600 - 30);
    case.proxy.rule(|seen| {
        if seen.line == REFRESH {
            html("200 OK", "<h1>Hotel</h1>")
        } else {
            Act::Without("date")
        }
    });
    for _ in 0..3 {
        case.client
            .profile()
            .await
            .expect("the token is good for another half minute");
    }
    assert_eq!(case.proxy.refreshes(), 1, "it rests");
    assert!(matches!(
        session.state(),
        SessionState::Active { degraded: None, .. }
    ));
    case.clock.advance(40);
    let error = case.client.profile().await.expect_err("expired");
    assert!(
        matches!(error.kind(), ErrorKind::UnexpectedAnswer { .. }),
        "{error:?}"
    );
    assert_eq!(case.proxy.refreshes(), 2, "an expired one is tried at once");
    case.proxy.rule(|seen| {
        if seen.line == REFRESH {
            json("503 Service Unavailable", "")
        } else {
            Act::Without("date")
        }
    });
    let settled = Act::Answer(answer("503 Service Unavailable", "retry-after: 99\r\n", ""));
    case.proxy.rule(move |_| settled.clone());
    let error = case.client.profile().await.expect_err("expired");
    assert!(error.is_transient() && !error.needs_login());
    assert!(
        matches!(
            session.state(),
            SessionState::Active {
                degraded: Some(Degraded::Offline),
                ..
            }
        ),
        "{:?}",
        session.state()
    );
    case.proxy.rule(|_| Act::Without("date"));
    case.client.profile().await.expect("it goes on");
    assert!(matches!(
        session.state(),
        SessionState::Active { degraded: None, .. }
    ));
}

#[tokio::test]
async fn nobody_waits_long_for_what_is_only_early() {
    let case = case().await;
    let old = case.token().await;
    case.clock.advance(3 * 3600 - 30);
    case.proxy
        .first(REFRESH, [Act::Late(Duration::from_secs(6))]);
    let begin = std::time::Instant::now();
    assert_eq!(case.token().await, old);
    let waited = begin.elapsed();
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert!(
        case.client
            .session()
            .wait_idle(Duration::from_secs(20))
            .await
    );
    assert_ne!(case.token().await, old, "it went on by itself");
    assert_eq!(case.proxy.refreshes(), 1);
}

#[tokio::test]
async fn in_the_background_nobody_waits() {
    let case = case_with("", MemoryStore::new(), RefreshMode::Background).await;
    let old = case.token().await;
    case.clock.advance(3600);
    case.client.profile().await.expect("a profile");
    assert_eq!(case.proxy.refreshes(), 0, "not yet half");
    case.clock.advance(2000);
    let is_held = Arc::new(AtomicBool::new(false));
    let held = is_held.clone();
    case.proxy.rule(move |seen| {
        if seen.line == REFRESH {
            held.store(true, Ordering::SeqCst);
            return Act::Late(Duration::from_millis(300));
        }
        Act::Without("date")
    });
    case.client.profile().await.expect("a profile");
    assert_eq!(case.token().await, old);
    assert!(
        case.client
            .session()
            .wait_idle(Duration::from_secs(5))
            .await
    );
    assert!(is_held.load(Ordering::SeqCst));
    assert_ne!(case.token().await, old);
    assert_eq!(case.proxy.refreshes(), 1);
}

#[tokio::test]
async fn clocks_may_differ_and_step() {
    for wrong in [-DAY, DAY] {
        let server = Server::start().await;
        let proxy = Proxy::before(&server.url).await;
        let clock = Clock::at(system() + wrong);
        let client = Client::builder(&proxy.url)
            .clock(clock.clone())
            .build()
            .expect("a client");
        enter(&client, "ada").await;
        for _ in 0..3 {
            client.profile().await.expect("a profile");
        }
        let details = client
            .session()
            .details()
            .await
            .expect("read")
            .expect("a session");
        assert!((details.clock_skew + wrong).abs() <= 2, "{details:?}");
        let left = details.access_expires_at.expect("an expiry").timestamp() - clock.now();
        assert!((3 * 3600 - 3..=3 * 3600 + 3).contains(&left), "{left}");
        clock.advance(-wrong - DAY / 2);
        client
            .profile()
            .await
            .expect("the clock stepped, the server did not");
        client.profile().await.expect("a profile");
        assert!(proxy.refreshes() <= 1, "a step costs one refresh at most");
        let details = client
            .session()
            .details()
            .await
            .expect("read")
            .expect("a session");
        assert!((details.clock_skew - DAY / 2).abs() <= 2, "{details:?}");
    }
}

#[tokio::test]
async fn a_date_that_is_wrong_does_no_harm() {
    let case = case().await;
    for day in [
        "Mon, 01 Jan 2001 00:00:00 GMT",
        "Fri, 01 Jan 2100 00:00:00 GMT",
        "nonsense",
    ] {
        case.proxy
            .rule(move |_| Act::Header("date", day.to_owned()));
        let already = case.proxy.refreshes();
        for _ in 0..5 {
            case.client.profile().await.expect("a profile");
        }
        let refreshes = case.proxy.refreshes() - already;
        assert!(
            refreshes <= 1,
            "{refreshes} refreshes for {day}: each token is exchanged once at most"
        );
    }
}

#[tokio::test]
async fn a_token_lives_as_long_as_is_asked() {
    let case = case().await;
    let session = case.client.session();
    let old = case.token().await;
    case.clock.advance(2 * 3600);
    assert_eq!(
        session
            .access_token(Duration::from_mins(50))
            .await
            .expect("a token"),
        old
    );
    let new = session
        .access_token(Duration::from_secs(4000))
        .await
        .expect("a token");
    assert_ne!(new, old);
    // longer than they live: a fresh one is the best there is, and it is not exchanged for each who asks
    for _ in 0..3 {
        assert_eq!(
            session
                .access_token(Duration::from_secs(99_999))
                .await
                .expect("a token"),
            new
        );
    }
}
