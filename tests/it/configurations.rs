//! Each configuration of tests/configurations.toml, at a live Django and at Gatepost: what they answer is the same.

use gatepost_tests::random::configurations::{Configuration, configurations};
use gatepost_tests::talk::Talk;
use gatepost_tests::{Backend, is_full};

/// Compares every second configuration, from this one on.
async fn compare(on: Backend, first: usize) {
    let mut talk = Talk::many();
    let all = configurations();
    let chosen = all.iter().skip(first).step_by(2);
    let mut found = Vec::new();
    for configuration in chosen.filter(|configuration| is_wanted(configuration)) {
        for difference in configuration.compare(on, &mut talk).await {
            found.push(format!("===== {}: {difference}", configuration.name));
        }
    }
    let count = found.len();
    assert!(
        found.is_empty(),
        "{count} differences\n{}",
        found.join("\n")
    );
}

/// By hand: `GATEPOST_CONFIGURATION=NAME` asks about one alone.
#[expect(
    clippy::disallowed_methods,
    reason = "a person says by it what is to be compared; the server has no part in it"
)]
fn is_wanted(configuration: &Configuration) -> bool {
    let wanted = std::env::var("GATEPOST_CONFIGURATION");
    wanted.map_or(true, |wanted| configuration.name.starts_with(&wanted))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_configuration_is_answered_as_django_answers_it_first_half() {
    compare(Backend::Sqlite, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_configuration_is_answered_as_django_answers_it_second_half() {
    compare(Backend::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_configuration_is_answered_the_same_on_postgresql() {
    if is_full() {
        compare(Backend::Postgres, 0).await;
        compare(Backend::Postgres, 1).await;
    }
}

#[test]
fn every_difference_of_a_configuration_is_in_the_list() {
    let page = include_str!("../../docs/deviations.md");
    let all = configurations();
    assert!(all.len() >= 40, "{} configurations", all.len());
    for configuration in &all {
        for words in configuration.deviations() {
            assert!(page.contains(&words), "{}: {words}", configuration.name);
        }
    }
}
