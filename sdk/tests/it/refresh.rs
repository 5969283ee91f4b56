//! The refresh transaction under races, cuts and dropped callers.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use gatepost_sdk::store::MemoryStore;
use gatepost_sdk::{
    AccessToken, Body, Client, Clock, Degraded, ErrorKind, ExpiredReason, Logout, Method,
    RefreshMode, SessionState, TokenStore,
};

use crate::faulty::FaultyStore;
use crate::proxy::{Act, Proxy, answer, html, json};
use crate::scenarios::refresh_token;
use crate::server::{Server, enter, password};

pub(crate) const REFRESH: &str = "POST /api/token/refresh/";
const PROFILE: &str = "GET /api/users/profile/";
const NOT_VALID: &str = r#"{"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[]}"#;
const DAY: i64 = 86_400;

/// A server behind a proxy, and a client whose clock is the test's.
struct Case {
    server: Server,
    proxy: Proxy,
    clock: Clock,
    client: Client,
}

fn system() -> i64 {
    Clock::system().now()
}

/// Whoever removes the server's dates lets the client's clock alone say how old a token is.
async fn case_with(settings: &str, store: impl TokenStore, mode: RefreshMode) -> Case {
    let server = Server::with(settings).await;
    let proxy = Proxy::before(&server.url).await;
    proxy.rule(|_| Act::Without("date"));
    let clock = Clock::at(system());
    let client = Client::builder(&proxy.url)
        .store(store)
        .refresh(mode)
        .clock(clock.clone());
    let client = client.build().expect("a client");
    enter(&client, "ada").await;
    Case {
        server,
        proxy,
        clock,
        client,
    }
}

async fn case() -> Case {
    case_with("", MemoryStore::new(), RefreshMode::OnDemand).await
}

impl Case {
    async fn token(&self) -> AccessToken {
        self.client
            .session()
            .access_token(Duration::ZERO)
            .await
            .expect("a token")
    }

    /// The server refuses this token from now on.
    fn refuse(&self, token: &AccessToken) {
        let refused = format!("Bearer {}", token.expose());
        self.proxy
            .rule(move |seen| match seen.header("authorization") {
                Some(value) if value == refused => json("401 Unauthorized", NOT_VALID),
                _ => Act::Without("date"),
            });
    }

    fn keys(&self) -> Vec<String> {
        let seen = self.proxy.seen(REFRESH);
        seen.iter()
            .map(|seen| seen.header("idempotency-key").expect("a key").to_owned())
            .collect()
    }
}

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

#[tokio::test]
async fn a_dropped_caller_takes_nothing_with_it() {
    let case = case().await;
    let session = case.client.session();
    let mut before = case.token().await;
    let mut tried = 0;
    for polls in 1.. {
        let refresh = session.refresh();
        let is_done = {
            let mut refresh = pin!(refresh);
            let mut left = polls;
            poll_fn(|context| match refresh.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done.is_ok())),
                Poll::Pending if left == 0 => Poll::Ready(None),
                Poll::Pending => {
                    left -= 1;
                    Poll::Pending
                }
            })
            .await
        };
        assert!(session.wait_idle(Duration::from_secs(10)).await);
        let after = case.token().await;
        assert_ne!(
            after, before,
            "dropped at its poll {polls}, and the refresh was not ended"
        );
        before = after;
        tried += 1;
        assert_eq!(case.proxy.refreshes(), tried);
        case.client.profile().await.expect("a profile");
        if is_done == Some(true) {
            break;
        }
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
async fn a_young_token_that_is_refused_is_shown_again_and_not_exchanged() {
    let case = case().await;
    case.proxy
        .first(PROFILE, [json("401 Unauthorized", NOT_VALID)]);
    case.client
        .profile()
        .await
        .expect("a second later the replica knows it");
    assert_eq!(
        (case.proxy.seen(PROFILE).len(), case.proxy.refreshes()),
        (2, 0)
    );
    case.refuse(&case.token().await);
    let error = case.client.profile().await.expect_err("it stays refused");
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error:?}");
    assert_eq!(
        (case.proxy.seen(PROFILE).len(), case.proxy.refreshes()),
        (4, 0)
    );
}

#[tokio::test]
async fn an_account_that_is_refused_is_no_reason_to_refresh() {
    let case = case().await;
    case.clock.advance(60);
    for code in [
        "user_inactive",
        "user_not_found",
        "bad_authorization_header",
    ] {
        case.proxy.first(
            PROFILE,
            [json(
                "401 Unauthorized",
                &format!(r#"{{"detail":"x","code":"{code}"}}"#),
            )],
        );
        let error = case.client.profile().await.expect_err("refused");
        assert!(matches!(error.kind(), ErrorKind::Api(no) if no.code() == Some(code)));
    }
    case.proxy.first(
        PROFILE,
        [json(
            "401 Unauthorized",
            r#"{"detail":"x","code":"password_changed"}"#,
        )],
    );
    for _ in 0..2 {
        let error = case.client.profile().await.expect_err("refused");
        assert!(
            matches!(
                error.kind(),
                ErrorKind::SessionExpired(ExpiredReason::PasswordChanged)
            ),
            "{error:?}"
        );
    }
    assert_eq!(
        (case.proxy.seen(PROFILE).len(), case.proxy.refreshes()),
        (4, 0)
    );
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

#[tokio::test]
async fn a_body_that_can_be_sent_once_is_sent_once_and_whole() {
    let case = case().await;
    let old = case.token().await;
    let upload = || {
        let pieces = (0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 16 * 1024]));
        let body = pieces.chain([Ok(br#"{"title":"Long","content":"x"}"#.to_vec())]);
        let body = Body::once(futures_util::stream::iter(body.collect::<Vec<_>>()));
        let request = case.client.request(Method::POST, "/api/posts/");
        request
            .header("content-type", "application/json")
            .body(body)
    };
    let uploads = || case.proxy.seen("POST /api/posts/");
    case.clock.advance(60);
    case.refuse(&old);
    let error = upload()
        .send()
        .await
        .expect_err("refused after it was sent");
    assert!(
        matches!(error.kind(), ErrorKind::BodyNotReplayable),
        "{error:?}"
    );
    upload()
        .send_json::<serde_json::Value>()
        .await
        .expect("the session is fresh");
    assert_eq!((case.proxy.refreshes(), uploads().len()), (1, 2));
    // one that can be made again is sent again
    case.clock.advance(60);
    case.refuse(&case.token().await);
    let again = Body::replayable(|| {
        futures_util::stream::iter([Ok::<_, std::io::Error>(
            r#"{"title":"Again","content":"x"}"#,
        )])
    });
    let request = case
        .client
        .request(Method::POST, "/api/posts/")
        .header("content-type", "application/json");
    let post: gatepost_sdk::Post = request.body(again).send_json().await.expect("created");
    assert_eq!(
        (post.title.as_str(), case.proxy.refreshes(), uploads().len()),
        ("Again", 2, 4)
    );
    // within twice the margin it is refreshed first
    case.clock.advance(3 * 3600 - 220);
    case.client.profile().await.expect("a profile");
    assert_eq!(case.proxy.refreshes(), 2);
    upload()
        .send_json::<serde_json::Value>()
        .await
        .expect("created");
    assert_eq!((case.proxy.refreshes(), uploads().len()), (3, 5));
    assert!(uploads()[4].body.len() > 1024 * 1024);
}

#[tokio::test]
async fn a_login_ends_the_session_before_it_and_a_failed_one_does_not() {
    let store = MemoryStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let old = refresh_token(&store, &case.client).await;
    let wrong = gatepost_sdk::SecretString::from("wrong");
    case.client.login("ada", &wrong).await.expect_err("wrong");
    assert_eq!(refresh_token(&store, &case.client).await, old);
    case.client.profile().await.expect("the session lives");
    case.client
        .login("ada", &password())
        .await
        .expect("logged in");
    assert_ne!(refresh_token(&store, &case.client).await, old);
    let ended = case.proxy.seen("POST /api/token/blacklist/").remove(0);
    assert!(ended.body.contains(&old) && ended.header("idempotency-key").is_some());
    let body = serde_json::json!({ "refresh": old });
    let request = case
        .client
        .request(Method::POST, "/api/token/refresh/")
        .anonymous()
        .json(&body);
    assert_eq!(
        request.send().await.expect("an answer").status().as_u16(),
        401
    );
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

#[tokio::test]
async fn a_given_token_is_never_refreshed_or_stored() {
    let case = case().await;
    let token = case.token().await;
    let store = MemoryStore::new();
    let given = Client::builder(&case.proxy.url)
        .store(store.clone())
        .access_token(token.expose());
    let given = given.build().expect("a client");
    assert_eq!(given.profile().await.expect("a profile").username, "ada");
    assert!(matches!(
        given.session().state(),
        SessionState::Token {
            expires_at: Some(_)
        }
    ));
    case.refuse(&token);
    let error = given.profile().await.expect_err("refused");
    assert!(matches!(error.kind(), ErrorKind::Api(_)) && error.needs_login());
    assert!(store.list(given.server()).await.expect("a list").is_empty());
    assert_eq!(case.proxy.refreshes(), 0);
    given
        .login("ada", &password())
        .await
        .expect_err("it was given a token");
}

#[tokio::test]
async fn without_a_name_the_only_session_is_used() {
    let store = MemoryStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let unnamed = || {
        let client = Client::builder(&case.proxy.url).store(store.clone());
        client.build().expect("a client")
    };
    let client = unnamed();
    assert_eq!(
        (client.account(), client.session().state()),
        (None, SessionState::Unknown)
    );
    assert!(matches!(
        client.session().load().await.expect("read"),
        SessionState::Active { .. }
    ));
    assert_eq!(client.account().as_deref(), Some("ada"));
    enter(&case.client.with_account("bob"), "bob").await;
    let error = unnamed().profile().await.expect_err("which?");
    assert!(error.to_string().contains("ada, bob") && error.hint().is_some());
    let empty = Client::builder(&case.proxy.url).build().expect("a client");
    assert_eq!(
        empty.session().load().await.expect("read"),
        SessionState::SignedOut
    );
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

#[tokio::test]
async fn what_is_not_stored_is_never_sent_to_a_server_that_gives_it_again() {
    let store = FaultyStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    let session = case.client.session();
    let stored = refresh_token(&store, &case.client).await;
    store.fail_saves(1000);
    for _ in 0..2 {
        session.refresh().await.expect("the access token is fresh");
        case.client.profile().await.expect("a profile");
        assert!(matches!(
            session.state(),
            SessionState::Active {
                degraded: Some(Degraded::StoreFailed),
                ..
            }
        ));
    }
    let sent: Vec<_> = case
        .proxy
        .seen(REFRESH)
        .into_iter()
        .map(|seen| seen.body)
        .collect();
    assert!(
        sent.len() == 2 && sent.iter().all(|body| body.contains(&stored)),
        "{}",
        sent.len()
    );
    // another process finds the old token, and the same successor
    let other = Client::builder(&case.proxy.url)
        .store(store.clone())
        .account("ada")
        .build()
        .expect("a client");
    store.fail_saves(0);
    other.session().refresh().await.expect("refreshed");
    session.refresh().await.expect("refreshed");
    assert!(matches!(
        session.state(),
        SessionState::Active { degraded: None, .. }
    ));
    other.profile().await.expect("a profile");
}

#[tokio::test]
async fn at_a_server_that_gives_tokens_once_the_unstored_ones_are_used() {
    let store = FaultyStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    case.proxy.rule(|_| Act::Without("gatepost-features"));
    let session = case.client.session();
    session.refresh().await.expect("refreshed");
    let stored = refresh_token(&store, &case.client).await;
    store.fail_saves(1000);
    session.refresh().await.expect("refreshed");
    session.refresh().await.expect("refreshed");
    let sent: Vec<_> = case
        .proxy
        .seen(REFRESH)
        .into_iter()
        .skip(1)
        .map(|seen| seen.body)
        .collect();
    assert!(sent[0].contains(&stored) && !sent[1].contains(&stored));
    store.fail_saves(0);
    session.refresh().await.expect("refreshed");
    assert!(matches!(
        session.state(),
        SessionState::Active { degraded: None, .. }
    ));
    case.client.profile().await.expect("a profile");
    assert_ne!(refresh_token(&store, &case.client).await, stored);
}

#[tokio::test]
async fn a_store_that_can_not_be_read_costs_nothing_while_it_can_be_helped() {
    let store = FaultyStore::new();
    let case = case_with("", store.clone(), RefreshMode::OnDemand).await;
    case.client
        .session()
        .refresh()
        .await
        .expect("the server says what it can");
    store.fail_loads(1);
    store.fail_saves(3);
    case.client
        .session()
        .refresh()
        .await
        .expect("with what is remembered");
    case.client
        .session()
        .refresh()
        .await
        .expect("and stored again");
    let fresh = Client::builder(&case.proxy.url)
        .store(store.clone())
        .account("ada")
        .build()
        .expect("a client");
    store.fail_loads(1);
    let error = fresh.profile().await.expect_err("unreadable");
    assert!(
        matches!(error.kind(), ErrorKind::Store(_))
            && !error.needs_login()
            && error.hint().is_some()
    );
    fresh.profile().await.expect("a profile");
    // a login that can't be kept is none, and a session before it is not harmed by an unreadable store
    store.fail_loads(1);
    let logins = case.proxy.seen("POST /api/token/").len();
    fresh
        .login("ada", &password())
        .await
        .expect_err("unreadable");
    assert_eq!(
        case.proxy.seen("POST /api/token/").len(),
        logins,
        "the password was not sent"
    );
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
