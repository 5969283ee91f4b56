//! Somebody guesses at passwords, over many connections: what it costs, and who logs in all the same.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use gatepost_server::testing;
use gatepost_tests::{Backend, TestApp, is_full};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use crate::throttle::{BUCKETS, HOME, PASSWORD, guess, log_in, register, throttled};

fn hashes(apps: &[&TestApp]) -> u64 {
    let of = |app: &&TestApp| testing::computed(&app.app).hashes;
    apps.iter().map(of).sum()
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn parallel_guesses_over_two_servers_cost_as_many_hashes_as_the_limit_says(
    on: Backend,
    #[values("ann", "nobody")] name: &str,
    #[values(true, false)] has_addresses: bool,
) {
    let app = TestApp::with(on, "throttle.account = '5/m'").await;
    let other = app.another().await;
    app.user("ann").await;
    let before = hashes(&[&app, &other]);
    let guesses = (0..200).map(|number| {
        let app = if number % 2 == 0 { &app } else { &other };
        let address = format!("198.51.100.{number}");
        async move { guess(app, name, has_addresses.then_some(address.as_str())).await }
    });
    let answers = join_all(guesses).await;
    assert_eq!(hashes(&[&app, &other]) - before, 5);
    let wrong = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(wrong, 5);
    for refused in answers.iter().filter(|answer| answer.status != 401) {
        assert_eq!(refused.wire(), throttled(12));
        assert_eq!(refused.header("retry-after"), "12");
    }
    // the owner as well, from an address that nobody knows
    if name == "ann" {
        assert_eq!(log_in(&app, name, PASSWORD, None).await.status, 429);
    }
    app.clock.advance(11);
    assert_eq!(guess(&app, name, None).await.wire(), throttled(1));
    app.clock.advance(1);
    guess(&other, name, None).await.expect(401);
    assert_eq!(guess(&app, name, None).await.status, 429);
    assert_eq!(hashes(&[&app, &other]) - before, 6);
}

/// They hold more tokens than there are, but each gives back its own.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn right_logins_at_one_moment_are_all_let_in(
    on: Backend,
    #[values(None, Some(HOME))] from: Option<&str>,
) {
    let app = TestApp::with(on, "throttle.account = '5/m'").await;
    app.user("ann").await;
    let logins = (0..44).map(|_| log_in(&app, "ann", PASSWORD, from));
    for answer in join_all(logins).await {
        answer.expect(200);
    }
    // nobody of those who wait has cost anything
    for _ in 0..5 {
        guess(&app, "ann", from).await.expect(401);
    }
    assert_eq!(guess(&app, "ann", from).await.wire(), throttled(12));
    // among guesses as many as these leave: three tokens go from hand to hand, and nobody waits for more than 2 s
    app.clock.advance(60);
    let mixed = (0..44).map(async |number: u32| {
        let is_wrong = number % 22 == 21;
        let password = if is_wrong { "guess" } else { PASSWORD };
        let answer = log_in(&app, "ann", password, from).await;
        assert_eq!(answer.status, if is_wrong { 401 } else { 200 });
    });
    join_all(mixed).await;
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_owner_logs_in_from_a_known_address_whatever_is_guessed_elsewhere(on: Backend) {
    let app = TestApp::on(on).await;
    let other = app.another().await;
    app.user("ann").await;
    log_in(&app, "ann", PASSWORD, Some(HOME)).await.expect(200);
    let guesses: u32 = if is_full() { 10_000 } else { 200 };
    for number in 0..guesses {
        let address = IpAddr::from((0x0a00_0000 + number).to_be_bytes()).to_string();
        let answer = guess(&other, "ann", Some(&address)).await;
        assert_eq!(answer.status, if number < 10 { 401 } else { 429 });
    }
    for _ in 0..3 {
        log_in(&app, "ann", PASSWORD, Some(HOME)).await.expect(200);
        log_in(&other, "ann", PASSWORD, Some(HOME))
            .await
            .expect(200);
    }
    // the known address has a limit, too
    for _ in 0..10 {
        guess(&app, "ann", Some(HOME)).await.expect(401);
    }
    assert_eq!(guess(&app, "ann", Some(HOME)).await.wire(), throttled(6));
}

/// What was refused for want of a free thread is given its tokens back.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_the_server_was_too_busy_for_costs_nothing(on: Backend) {
    let settings = "passwords = { iterations = 100000, queue = 1 }\nthrottle.account = '100/m'";
    let app = TestApp::with(on, settings).await.may_fail();
    app.user("ann").await;
    let logins = (0..60).map(|_| log_in(&app, "ann", PASSWORD, Some(HOME)));
    let answers = join_all(logins).await;
    let count = |status: u16| {
        let of = answers.iter().filter(|answer| answer.status == status);
        of.count()
    };
    assert_eq!(count(200) + count(503), answers.len());
    assert!(count(200) > 0 && count(503) > 0);
    let now = app.clock.now().micros();
    let used_up = format!("{BUCKETS} WHERE full_at > {now}");
    assert_eq!(app.query(&used_up).await, ["0"]);
}

const ROUND_TRIP: Duration = Duration::from_millis(50);

/// Accounts that somebody guesses at, and from where.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Guesses {
    AtOneAccount,
    FromOneAddress,
    /// The line before the hashes alone keeps them back.
    Unlimited,
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn under_72_connections_that_guess_others_log_in(
    on: Backend,
    #[values(Guesses::AtOneAccount, Guesses::FromOneAddress, Guesses::Unlimited)] guesses: Guesses,
) {
    // a hash takes a good part of how long one may wait, as at the default
    let (users, iterations) = if is_full() {
        (44, 1_000_000)
    } else {
        (20, 400_000)
    };
    let is_on = guesses != Guesses::Unlimited;
    let settings = format!("passwords.iterations = {iterations}\nthrottle.enabled = {is_on}");
    let app = TestApp::with(on, &settings).await.may_fail();
    let home = |user: usize| format!("192.0.2.{user}");
    for user in 2..users {
        register(&app, &format!("user{user}"), Some(&home(user)))
            .await
            .expect(201);
    }
    app.user("admin").await;
    let over = AtomicBool::new(false);
    let guessed = AtomicUsize::new(0);
    let guessers = (0..72).map(async |guesser: usize| {
        for number in 0.. {
            if over.load(Ordering::Relaxed) {
                return;
            }
            let (name, address) = match guesses {
                Guesses::FromOneAddress => (format!("name{guesser}-{number}"), HOME.to_owned()),
                _ => ("admin".to_owned(), format!("198.51.100.{guesser}")),
            };
            let answer = guess(&app, &name, Some(&address)).await;
            assert_ne!(answer.status, 200);
            guessed.fetch_add(1, Ordering::Relaxed);
            // guessers are elsewhere, and do not take this machine's time
            tokio::time::sleep(ROUND_TRIP).await;
        }
    });
    let users = async {
        // all are at it, though not all have an answer
        while guessed.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(ROUND_TRIP).await;
        }
        let right = stream::iter(2..users).map(async |user: usize| {
            let name = format!("user{user}");
            log_in(&app, &name, PASSWORD, Some(&home(user))).await
        });
        let answers: Vec<_> = right.buffer_unordered(4).collect().await;
        over.store(true, Ordering::Relaxed);
        answers
    };
    let (answers, _) = tokio::join!(users, join_all(guessers));
    let right = answers.iter().filter(|answer| answer.status == 200).count();
    let said = format!(
        "{guesses:?} on {on:?}: {right} of {} got in beside {} guesses: {:?}",
        answers.len(),
        guessed.load(Ordering::Relaxed),
        answers
            .iter()
            .map(|answer| answer.status.as_u16())
            .collect::<Vec<_>>()
    );
    println!("{said}");
    assert!(right * 10 >= answers.len() * 8, "{said}");
}
