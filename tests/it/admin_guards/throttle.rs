//! Guesses at the sign-in are counted as those of the API, in the same buckets.

use gatepost_tests::{Answer, Backend, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use super::staff;
use super::tab::Tab;
use crate::both_databases;
use crate::throttle::{guess, log_in, throttled};

const THREE: &str = "throttle.account = '3/m'";

#[track_caller]
fn is_too_many(answer: &Answer, seconds: u64) {
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), seconds.to_string());
    let text = answer.text();
    assert!(text.contains("Too many requests (429)"), "{text}");
    assert!(text.contains(&format!("Wait {seconds} second")), "{text}");
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn guesses_end_with_a_page_that_says_when_to_try_again(on: Backend) {
    let app = TestApp::with(on, THREE).await;
    staff(&app, "ann", &[]).await;
    let mut tab = Tab::of(&app);
    for _ in 0..3 {
        let answer = tab.sign_in_with("ann", "guess").await.expect(200);
        assert!(
            answer
                .text()
                .contains("Please enter the correct username and password")
        );
    }
    is_too_many(&tab.sign_in_with("ann", "guess").await, 20);
    // the right password, too, and in other letters: it is the same account
    is_too_many(&tab.sign_in("ann").await, 20);
    is_too_many(&tab.sign_in(" ann ").await, 20);
    // the API counts with it
    let refused = log_in(&app, "ann", super::tab::PASSWORD, None).await;
    assert_eq!(refused.wire(), throttled(20));
    app.clock.advance(20);
    tab.sign_in("ann").await.expect(302);
    assert!(tab.is_in().await);
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_api_count_here(on: Backend) {
    let app = TestApp::with(on, THREE).await;
    staff(&app, "ann", &[]).await;
    for _ in 0..3 {
        guess(&app, "ann", None).await.expect(401);
    }
    is_too_many(&Tab::of(&app).sign_in("ann").await, 20);
    // nobody's name is counted as somebody's
    let mut tab = Tab::of(&app);
    for _ in 0..3 {
        tab.sign_in_with("nobody", "guess").await.expect(200);
    }
    is_too_many(&tab.sign_in_with("nobody", "guess").await, 20);
}

#[tokio::test]
async fn a_right_password_and_a_form_that_is_empty_cost_nothing() {
    let app = TestApp::with(Backend::Sqlite, THREE).await;
    staff(&app, "ann", &[]).await;
    app.user("bob").await;
    for _ in 0..8 {
        Tab::of(&app).sign_in("ann").await.expect(302);
        let mut tab = Tab::of(&app);
        tab.sign_in_with("ann", "").await.expect(200);
        // no staff, but it is his password
        tab.sign_in("bob").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_of_an_address_are_counted_over_all_accounts() {
    let settings =
        "throttle = { account = '100/m', address = '3/m' }\nserver.trusted_proxies = ['127.0.0.1']";
    let app = TestApp::with(Backend::Sqlite, settings).await;
    staff(&app, "ann", &[]).await;
    let base = app.listen().await;
    let from = |address: &str| {
        let mut tab = Tab::at(&base, &[("x-forwarded-for", address)]);
        tab.headers
            .push(("origin".to_owned(), "http://site.example".to_owned()));
        tab
    };
    for name in ["ann", "bob", "carol"] {
        from("192.0.2.1")
            .sign_in_with(name, "guess")
            .await
            .expect(200);
    }
    is_too_many(&from("192.0.2.1").sign_in_with("dave", "guess").await, 20);
    from("192.0.2.2").sign_in("ann").await.expect(302);
}
