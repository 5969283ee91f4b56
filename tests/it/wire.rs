//! The reference's 836 captured answers, replayed on both databases.

use std::io::Write;

use gatepost_server::Clock;
use gatepost_tests::wire::{Target, floor, replay};
use gatepost_tests::{Backend, SECRET, TestApp};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

/// Django's own behaviour where Gatepost's default is another.
const AS_DJANGO: &str = "refresh = { grace = 0, reuse = 'reject' }\ntokens = { clock_slack = 0 }\nthrottle.enabled = false\nserver.extensions = false";

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn every_captured_answer_is_given(on: Backend) {
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

/// With the defaults exactly the rows differ that docs/deviations.md names; but that they are asked within seconds, which
/// would be throttled.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn the_defaults_differ_where_the_list_says(on: Backend) {
    let app = TestApp::with_clock(
        on,
        "throttle.enabled = false\nserver.extensions = false",
        Clock::system(),
    )
    .await;
    let target = Target {
        base: app.listen().await,
        secret: SECRET.to_owned(),
        database: app.database.clone(),
    };
    let report = replay(&target).await;
    let differing: Vec<_> = report
        .differing
        .iter()
        .map(|row| row.name.as_str())
        .collect();
    let page = include_str!("../../docs/deviations.md");
    let (_, named) = page.split_once("records differ:\n\n").unwrap();
    let named = named.lines().map_while(|line| line.strip_prefix("- `"));
    let named: Vec<_> = named
        .filter_map(|line| Some(line.split_once('`')?.0))
        .collect();
    assert_eq!(differing, named, "{report}");
}
