//! The proof of the refresh rules: every interleaving of an owner and a thief, to a depth, on the real server.
//!
//! Each answer, and in the end every row, is compared with a model (`model.rs`) that was written from the table
//! of rules alone. Then, for each interleaving, what the rules promise:
//!
//! * (a) Owner with key, thief without the secret: once both have shown one token, no token of the chain refreshes.
//! * (b) Owner without key: the same, when the second came after the grace.
//! * (c) Thief with the secret: at most one token is alive, and the first refusal is told `late` and noted.
//! * (d) An owner alone who shows keys is never out, with any losses, repeats and crashes (`alone.rs`).

mod alone;
mod model;
mod play;

use std::collections::BTreeSet;
use std::time::Instant;

use gatepost_tests::{Backend, TestApp, is_full};
use model::{Model, Secret};
use play::{Play, ROWS, Step, WAIT};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

/// The secrets of owner and thief: each shows keys made from his, or none.
type Secrets = [Option<Secret>; 2];

#[apply(both_databases)]
#[case::owner_with_key_thief_with_token([Some(Secret::Owners), None])]
#[case::owner_with_key_thief_with_key_of_his_own([Some(Secret::Owners), Some(Secret::Thiefs)])]
#[case::owner_with_key_thief_with_the_secret([Some(Secret::Owners), Some(Secret::Owners)])]
#[case::owner_without_key_thief_with_token([None, None])]
#[case::owner_without_key_thief_with_key_of_his_own([None, Some(Secret::Thiefs)])]
#[tokio::test(flavor = "multi_thread")]
async fn every_interleaving_is_answered_by_the_rules(
    on: Backend,
    #[values("revoke", "reject")] reuse: &str,
    #[case] secrets: Secrets,
) {
    let depth = match (is_full(), on, reuse) {
        (true, _, _) => 5,
        (false, Backend::Sqlite, "revoke") => 3,
        (false, _, _) => 2,
    };
    let app = TestApp::with(on, &format!("refresh.reuse = '{reuse}'")).await;
    let user = app.user("ann").await;
    let begun = Instant::now();
    let mut wanted = BTreeSet::new();
    let mut count = 0;
    for length in 1..=depth {
        for number in 0..Step::ALL.len().pow(length) {
            let steps = interleaving(number, length);
            let model = Model::new(WAIT - 1, reuse == "revoke");
            let mut play = Play::begin(&app, &user, model, secrets).await;
            let outcome = run(&mut play, &steps, reuse == "revoke", secrets).await;
            outcome.unwrap_or_else(|why| panic!("{steps:?}: {why}"));
            wanted.extend(play.rows());
            count += 1;
        }
    }
    let found: BTreeSet<String> = app.query(ROWS).await.into_iter().collect();
    let differences: Vec<&String> = wanted.symmetric_difference(&found).take(10).collect();
    assert!(differences.is_empty(), "{differences:#?}");
    println!(
        "{on:?} {reuse}, secrets of owner and thief {secrets:?}: {count} interleavings to depth {depth} in {:.1?}",
        begun.elapsed()
    );
}

/// The interleaving of this number, in the order of an odometer.
fn interleaving(mut number: usize, length: u32) -> Vec<Step> {
    let mut steps = Vec::new();
    for _ in 0..length {
        steps.push(Step::ALL[number % Step::ALL.len()]);
        number /= Step::ALL.len();
    }
    steps
}

async fn run(
    play: &mut Play<'_>,
    steps: &[Step],
    revoke: bool,
    secrets: Secrets,
) -> Result<(), String> {
    for step in steps {
        play.step(*step)
            .await
            .map_err(|why| format!("{step:?}: {why}"))?;
    }
    if play.live() > 1 {
        return Err("two tokens of one chain are alive".to_owned());
    }
    if revoke {
        let both = |(link, owners): (&usize, &i64)| {
            let thiefs = play.thief.showed.get(link)?;
            Some((owners - thiefs).abs())
        };
        // between the first showings of a token by one and by the other
        let mut apart = play.owner.showed.iter().filter_map(both);
        let must_be_over = match secrets {
            [Some(owners), thiefs] => thiefs != Some(owners) && apart.next().is_some(), // (a)
            [None, _] => apart.any(|apart| apart >= WAIT - 1),                          // (b)
        };
        if must_be_over {
            return play.nothing_refreshes().await;
        }
    }
    if secrets == [Some(Secret::Owners); 2] && play.first_refusal_is_late == Some(false) {
        return Err("the first refusal was not told late".to_owned()); // (c)
    }
    Ok(())
}
