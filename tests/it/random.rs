//! Random requests, answered side by side by a live Django and by Gatepost.
//!
//! By hand: `GATEPOST_RANDOM_SEED=7 GATEPOST_RANDOM_STEPS=20000 cargo test -p gatepost-tests --test it random`.

use gatepost_tests::random::{SETTINGS, Sequence, compare, named_deviations};
use gatepost_tests::{Backend, is_full};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

#[expect(
    clippy::disallowed_methods,
    reason = "a person says by it what is to be compared; the server has no part in it"
)]
fn number(name: &str, default: u64) -> u64 {
    let given = std::env::var(format!("GATEPOST_RANDOM_{name}"));
    given.map_or(default, |text| text.parse().unwrap())
}

fn sequence(steps: u64) -> Sequence {
    Sequence {
        seed: number("SEED", 1),
        steps: usize::try_from(number("STEPS", steps)).unwrap(),
        to_the_end: false,
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn random_requests_are_answered_as_django_answers_them(on: Backend) {
    let sequence = sequence(1000);
    let found = compare(on, &SETTINGS[0], sequence).await;
    println!("{on:?}, {sequence}: {found}");
    assert!(found.differences.is_empty(), "{found}");
}

/// Each on one of the databases in turn; with `--full` on both, and more of it.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn each_setting_changed_alone_is_answered_as_django_answers_it(on: Backend) {
    let sequence = sequence(if is_full() { 1000 } else { 120 });
    for (at, changed) in SETTINGS.iter().enumerate().skip(1) {
        let is_turn = at.is_multiple_of(2) == (on == Backend::Sqlite);
        if is_turn || is_full() {
            let found = compare(on, changed, sequence).await;
            println!("{on:?}, {}, {sequence}: {found}", changed.name);
            assert!(found.differences.is_empty(), "{}: {found}", changed.name);
        }
    }
}

/// Settings that only the large run tries: each is like another one of the small run.
const LIKE_OTHERS: [&str; 9] = [
    "access_lifetime_0",
    "refresh_lifetime_0",
    "rotate_and_blacklist",
    "hs512",
    "audiences",
    "type",
    "by_username",
    "type_claim",
    "local_hosts",
];

/// Gatepost is not told of a setting that Django has.
#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_is_ignored_is_found() {
    let changed = SETTINGS.iter().skip(1).filter(|changed| {
        changed.name != "others" && (is_full() || !LIKE_OTHERS.contains(&changed.name))
    });
    for changed in changed {
        let sequence = Sequence {
            // a seed that shows an expired token in its first steps
            seed: if changed.name == "leeway" { 2 } else { 1 },
            steps: 150,
            to_the_end: false,
        };
        let found = compare(Backend::Sqlite, &changed.untold(), sequence).await;
        assert!(!found.differences.is_empty(), "{} is ignored", changed.name);
    }
}

#[test]
fn every_deviation_that_the_comparison_lets_pass_is_in_the_list() {
    let page = include_str!("../../docs/deviations.md");
    for words in named_deviations() {
        assert!(page.contains(words), "docs/deviations.md has no {words:?}");
    }
}
