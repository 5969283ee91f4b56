//! Races: many refreshes of one token at once, reuse during a rotation, logout during refreshes.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_server::Clock;
use gatepost_tests::{Actor, Backend, TestApp, is_full, sql::Open};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use crate::refresh::BLACKLISTED;
use crate::remote::{Remote, Reply, jti};

/// What the callers show beside the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    None,
    One,
    Two,
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn parallel_refreshes_over_two_processes_make_one_successor(
    on: Backend,
    #[values((Keys::None, "revoke"), (Keys::One, "revoke"), (Keys::Two, "reject"), (Keys::Two, "revoke"))]
    variant: (Keys, &str),
) {
    let (keys, reuse) = variant;
    let (callers, rounds) = if is_full() { (1000, 20) } else { (100, 2) };
    let settings = format!("refresh.reuse = '{reuse}'");
    let app = TestApp::with_clock(on, &settings, Clock::system()).await;
    app.user("ann").await;
    let folder = tempfile::tempdir().unwrap();
    let program = || app.program(folder.path(), &[("GATEPOST_REFRESH__REUSE", reuse)]);
    let programs = [program(), program()];
    let remotes = programs
        .each_ref()
        .map(|program| Remote::new(&program.base));
    let mut longest = Duration::ZERO;
    for round in 0..rounds {
        let token = remotes[0].log_in("ann").await;
        let key = |caller: usize| match keys {
            Keys::None => None,
            Keys::One => Some("one"),
            Keys::Two => Some(["one", "two"][caller / 2 % 2]),
        };
        let begun = Instant::now();
        let all = (0..callers).map(|caller| remotes[caller % 2].refresh(&token, key(caller)));
        let replies = join_all(all).await;
        longest = longest.max(begun.elapsed());
        let replies: Vec<Reply> = replies.into_iter().map(Result::unwrap).collect();
        let mut successors = BTreeSet::new();
        let mut winners = BTreeSet::new();
        for (caller, reply) in replies.iter().enumerate() {
            match reply.status {
                200 => {
                    successors.insert(reply.token("refresh"));
                    winners.insert(key(caller));
                }
                401 => assert_eq!(reply.body["detail"], "Token is blacklisted"),
                _ => panic!("round {round}: {reply:?}"),
            }
        }
        assert_eq!(successors.len(), 1, "round {round}");
        assert_eq!(winners.len(), 1, "round {round}: one key wins");
        let successor = successors.pop_first().unwrap();
        let made = app
            .query(&format!(
                "SELECT COUNT(*) FROM gatepost_rotation WHERE parent_jti = '{}'",
                jti(&token)
            ))
            .await;
        assert_eq!(made, ["1"], "round {round}");
        let winner = winners.pop_first().unwrap();
        if variant == (Keys::Two, "revoke") {
            for (token, key) in [(&token, winner), (&token, None), (&successor, Some("x"))] {
                let reply = remotes[round % 2].refresh(token, key).await.unwrap();
                assert_eq!(reply.status, 401, "round {round}: the chain is over");
            }
            continue;
        }
        for (caller, reply) in replies.iter().enumerate() {
            let wanted = if key(caller) == winner { 200 } else { 401 };
            assert_eq!(reply.status, wanted, "round {round}, caller {caller}");
        }
        let reply = remotes[round % 2].refresh(&successor, None).await.unwrap();
        assert_eq!(reply.status, 200, "round {round}: the chain lives");
    }
    println!(
        "{on:?} {variant:?}: {rounds} rounds of {callers} callers over two processes, the longest {longest:.2?}"
    );
}

/// The tokens of a chain, oldest first, each shown with its number as key.
async fn chain(ann: &Actor<'_>, length: usize) -> Vec<String> {
    let mut tokens = vec![ann.refresh.clone()];
    while tokens.len() < length {
        let key = format!("key-{}", tokens.len() - 1);
        tokens.push(ann.rotate(&tokens[tokens.len() - 1], Some(&key)).await);
    }
    tokens
}

async fn assert_over(ann: &Actor<'_>, tokens: &[String]) {
    for (number, token) in tokens.iter().enumerate().rev() {
        let key = format!("key-{number}");
        for key in [Some(key.as_str()), None, Some("another")] {
            let answer = ann.refresh_with(token, key).await;
            assert_eq!(answer.wire(), BLACKLISTED, "token {number} with {key:?}");
        }
    }
}

/// The statements by which a server rotates B to C, as rows that it wrote before.
const ROTATE: &str = "
    INSERT INTO token_blacklist_blacklistedtoken SELECT * FROM kept_listed;
    INSERT INTO gatepost_rotation SELECT * FROM kept_rotation;
    INSERT INTO token_blacklist_outstandingtoken SELECT * FROM kept_token";

/// Undoes the rotation of the newest link but one, and keeps its rows for [`ROTATE`].
async fn undo_rotation(app: &TestApp, parent: &str, child: &str) {
    let (parent, child) = (jti(parent), jti(child));
    let listed = format!(
        "token_blacklist_blacklistedtoken WHERE token_id = (SELECT id FROM token_blacklist_outstandingtoken WHERE jti = '{parent}')"
    );
    let rotation = format!("gatepost_rotation WHERE parent_jti = '{parent}'");
    let token = format!("token_blacklist_outstandingtoken WHERE jti = '{child}'");
    app.sql(&format!(
        "CREATE TABLE kept_listed AS SELECT * FROM {listed};
        CREATE TABLE kept_rotation AS SELECT * FROM {rotation};
        CREATE TABLE kept_token AS SELECT * FROM {token};
        DELETE FROM {listed}; DELETE FROM {rotation}; DELETE FROM {token};"
    ))
    .await;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn reuse_while_another_process_rotates_the_newest_link(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let tokens = chain(&ann, 3).await;
    undo_rotation(&app, &tokens[1], &tokens[2]).await;
    let rotation = Open::begin(&app.database, ROTATE).await;
    let (reuse, ()) = tokio::join!(ann.refresh_with(&tokens[0], None), async {
        app.somebody_waits().await;
        rotation.commit().await;
    });
    assert_eq!(reuse.wire(), BLACKLISTED);
    assert_over(&ann, &tokens).await;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_while_another_process_ends_the_chain(on: Backend) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let tokens = chain(&ann, 2).await;
    let newest = jti(&tokens[1]);
    let revocation = Open::begin(
        &app.database,
        &format!(
            "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at)
            SELECT id, '2027-01-15 08:00:00' FROM token_blacklist_outstandingtoken WHERE jti = '{newest}'"
        ),
    )
    .await;
    let (rotation, ()) = tokio::join!(ann.refresh_with(&tokens[1], Some("key-1")), async {
        app.somebody_waits().await;
        revocation.commit().await;
    });
    assert_eq!(rotation.wire(), BLACKLISTED);
    assert_over(&ann, &tokens).await;
}

/// Both orders of two transactions of the server itself. A lock that only one of them needs holds that one open until the
/// other waits for it: a rotation looks in the end whether its user is still there.
#[rstest]
#[case::the_rotation_is_open("SELECT id FROM auth_user FOR UPDATE")]
#[case::the_reuse_is_open("LOCK gatepost_event IN SHARE MODE")]
#[tokio::test(flavor = "multi_thread")]
async fn reuse_and_rotation_wait_for_each_other(#[case] lock: &str) {
    let app = TestApp::on(Backend::Postgres).await;
    let ann = app.user("ann").await.log_in().await;
    let mut tokens = chain(&ann, 2).await;
    let is_rotation_first = lock.starts_with("SELECT");
    let lock = Open::begin(&app.database, lock).await;
    let waiting = async |count: &str| {
        let deadline = Instant::now() + Duration::from_secs(10);
        while app.waiting().await != [count] {
            assert!(Instant::now() < deadline, "{count} should wait");
        }
    };
    let rotation = async {
        if !is_rotation_first {
            waiting("1").await;
        }
        ann.refresh_with(&tokens[1], Some("key-1")).await
    };
    let reuse = async {
        if is_rotation_first {
            waiting("1").await;
        }
        ann.refresh_with(&tokens[0], None).await
    };
    let release = async {
        waiting("2").await;
        lock.commit().await;
    };
    let (rotated, reused, ()) = tokio::join!(rotation, reuse, release);
    assert_eq!(reused.wire(), BLACKLISTED);
    if is_rotation_first {
        tokens.push(rotated.expect(200).field("refresh"));
    } else {
        assert_eq!(rotated.wire(), BLACKLISTED);
    }
    assert_over(&ann, &tokens).await;
}

/// Each request is answered as if the deletion had come first: 401, and nothing is left behind.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_deleted_meanwhile(
    on: Backend,
    #[values("login", "refresh", "post")] what: &str,
) {
    let app = TestApp::on(on).await;
    let ann = app.user("ann").await.log_in().await;
    let deletion = Open::begin(
        &app.database,
        "UPDATE token_blacklist_outstandingtoken SET user_id = NULL; DELETE FROM auth_user",
    )
    .await;
    let request = async {
        match what {
            "login" => ann.obtain().await,
            "refresh" => ann.refresh_with(&ann.refresh, None).await,
            _ => {
                let post = serde_json::json!({"title": "t", "content": "c"});
                ann.send("POST", "/api/posts/", &post).await
            }
        }
    };
    let (answer, ()) = tokio::join!(request, async {
        app.somebody_waits().await;
        deletion.commit().await;
    });
    assert_eq!(
        answer.wire(),
        match what {
            "login" => r#"401 {"detail":"No active account found with the given credentials"}"#,
            "refresh" => r#"401 {"detail":"No active account found for the given token."}"#,
            _ => r#"401 {"detail":"User not found","code":"user_not_found"}"#,
        }
    );
    let left = app
        .query("SELECT (SELECT COUNT(*) FROM token_blacklist_outstandingtoken) + (SELECT COUNT(*) FROM gatepost_rotation) + (SELECT COUNT(*) FROM posts_post)")
        .await;
    assert_eq!(left, ["1"], "the first login's token alone");
}

/// A logout with the key of a token, or under `revoke` without, while the token is refreshed 100 times at once.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn logout_during_parallel_refreshes_ends_the_chain(
    on: Backend,
    #[values(("reject", Some("key-0")), ("revoke", Some("key-0")), ("revoke", None))] variant: (
        &str,
        Option<&str>,
    ),
) {
    let (reuse, key) = variant;
    let rounds = if is_full() { 20 } else { 2 };
    let app = TestApp::with(on, &format!("refresh.reuse = '{reuse}'")).await;
    app.user("ann").await;
    let mut outcomes = [0, 0];
    for round in 0..rounds {
        let ann = app.known("ann").log_in().await;
        let refreshes = join_all((0..100).map(|_| ann.refresh_with(&ann.refresh, key)));
        let (answers, out) = if round % 2 == 0 {
            tokio::join!(refreshes, ann.log_out_with(&ann.refresh, key))
        } else {
            let (out, answers) = tokio::join!(ann.log_out_with(&ann.refresh, key), refreshes);
            (answers, out)
        };
        let mut tokens = vec![ann.refresh.clone()];
        let rotated = answers.iter().find(|answer| answer.status == 200);
        if let Some(answer) = rotated {
            tokens.push(answer.field("refresh"));
        }
        // a token that was rotated first is logged out with Django's 401 where no key is shown
        if key.is_some() || rotated.is_none() {
            assert_eq!(out.wire(), "200 {}", "round {round}");
        }
        assert_over(&ann, &tokens).await;
        outcomes[usize::from(rotated.is_some())] += 1;
    }
    println!(
        "{on:?} {variant:?}: logout was first {} times, a refresh {}",
        outcomes[0], outcomes[1]
    );
}

/// A logout with the first token of a chain while its owner refreshes again and again, one after the other.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn logout_during_a_run_of_refreshes_ends_the_chain(
    on: Backend,
    #[values(("reject", Some("key-0")), ("revoke", Some("key-0")), ("revoke", Some("another")), ("revoke", None))]
    variant: (&str, Option<&str>),
) {
    let (reuse, key) = variant;
    let rounds = if is_full() { 20 } else { 2 };
    let app = TestApp::with(on, &format!("refresh.reuse = '{reuse}'")).await;
    app.user("ann").await;
    for round in 0..rounds {
        let ann = app.known("ann").log_in().await;
        let first = chain(&ann, 2).await;
        let is_out = AtomicBool::new(false);
        let run = async {
            let mut tokens = first.clone();
            loop {
                let number = tokens.len() - 1;
                let was_out = is_out.load(Ordering::SeqCst);
                let key = format!("key-{number}");
                let answer = ann.refresh_with(&tokens[number], Some(&key)).await;
                if answer.status != 200 {
                    assert_eq!(answer.wire(), BLACKLISTED);
                    return tokens;
                }
                assert!(!was_out, "round {round}: the chain outlives the logout");
                tokens.push(answer.field("refresh"));
                assert!(tokens.len() < 5000, "round {round}: the logout is outrun");
            }
        };
        let log_out = async {
            let out = ann.log_out_with(&first[0], key).await;
            is_out.store(true, Ordering::SeqCst);
            out
        };
        let (tokens, out) = tokio::join!(run, log_out);
        let wanted = if key == Some("key-0") { 200 } else { 401 };
        assert_eq!(out.status, wanted, "round {round}");
        assert_over(&ann, &tokens).await;
    }
}
