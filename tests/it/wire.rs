//! The reference's 836 captured answers, replayed on both databases.

use std::io::Write;

use gatepost_server::Clock;
use gatepost_tests::wire::{Target, floor, replay};
use gatepost_tests::{Backend, SECRET, TestApp};
use rstest::rstest;

/// Django's own behaviour where Gatepost's default is another.
const AS_DJANGO: &str = "refresh = { grace = 0, reuse = 'reject' }\ntokens = { clock_slack = 0 }";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_captured_answer_is_given(#[values(Backend::Sqlite, Backend::Postgres)] on: Backend) {
    // the captured tokens expire by the real clock
    let app = TestApp::with_clock(on, AS_DJANGO, Clock::system()).await;
    let target = Target {
        base: app.listen().await,
        secret: SECRET.to_owned(),
        database: app.database.clone(),
    };
    let report = replay(&target).await;
    // past the test runner, which keeps what a passing test prints
    writeln!(std::io::stderr(), "wire on {on:?}: {report}").unwrap();
    report.check(floor()).unwrap_or_else(|why| panic!("{why}"));
}
