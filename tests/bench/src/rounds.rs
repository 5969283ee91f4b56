//! Interleaved rounds: every server is asked the same, one after the other, each round from another one on.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;

use crate::load::{self, Amount};
use crate::requests::Kind;
use crate::servers::Server;
use crate::usage;

/// What is measured: a kind of request, over so many connections.
pub type Case = (Kind, usize);

/// The medians of some rounds.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Answers in a second.
    pub rate: f64,
    /// Answers in a second of CPU time of the server.
    pub per_cpu: f64,
    /// The time within which half of the answers came.
    pub p50: Duration,
    /// The time within which 99 of 100 came.
    pub p99: Duration,
}

/// The figures of each case and each server, by its place in the list.
pub type Table = BTreeMap<(Case, usize), Figures>;

/// Asks every server for some seconds in each case, again and again.
pub async fn run(
    servers: &[Server],
    cases: &[Case],
    rounds: usize,
    seconds: f64,
) -> anyhow::Result<Table> {
    let mut all: BTreeMap<(Case, usize), Vec<Figures>> = BTreeMap::new();
    for round in 0..rounds {
        for &case in cases {
            for at in order(servers.len(), round) {
                let time = Duration::from_secs_f64(seconds);
                if let Some(figures) = measure(&servers[at], case, time).await? {
                    all.entry((case, at)).or_default().push(figures);
                }
            }
        }
        eprintln!("bench: round {} of {rounds}", round + 1);
    }
    Ok(all
        .into_iter()
        .map(|(key, figures)| (key, median(&figures)))
        .collect())
}

/// Every server once, in each round from the next one on, and in every other round backwards.
///
/// None is asked twice in a row: over one connection some servers then give a third fewer answers.
fn order(servers: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..servers).collect();
    order.rotate_left(round % servers.max(1));
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

/// One run; `None` where the server knows no such request.
pub async fn measure(
    server: &Server,
    (kind, connections): Case,
    time: Duration,
) -> anyhow::Result<Option<Figures>> {
    let scripts = server.scripts(kind, connections);
    if scripts.is_empty() {
        return Ok(None);
    }
    let before = usage::cpu(server.pid);
    let outcome = load::run(server.address, scripts, Amount::For(time)).await;
    let used = usage::cpu(server.pid).saturating_sub(before);
    server.tidy(kind).await;
    let outcome = outcome.all_right();
    let what = || {
        format!(
            "{}: {} over {connections} connections",
            server.name,
            kind.title()
        )
    };
    let outcome = outcome.with_context(what)?;
    Ok(Some(Figures {
        rate: outcome.rate(),
        per_cpu: outcome.rate() * outcome.took.as_secs_f64() / used.as_secs_f64().max(0.01),
        p50: outcome.percentile(50),
        p99: outcome.percentile(99),
    }))
}

fn median(all: &[Figures]) -> Figures {
    let number = |of: fn(&Figures) -> f64| {
        let mut values: Vec<f64> = all.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
    };
    let time = |of: fn(&Figures) -> Duration| {
        let mut values: Vec<Duration> = all.iter().map(of).collect();
        values.sort();
        values[values.len() / 2]
    };
    Figures {
        rate: number(|figures| figures.rate),
        per_cpu: number(|figures| figures.per_cpu),
        p50: time(|figures| figures.p50),
        p99: time(|figures| figures.p99),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_asked_once_a_round_and_nobody_twice_in_a_row() {
        for servers in 2..8 {
            let all: Vec<_> = (0..2 * servers)
                .flat_map(|round| order(servers, round))
                .collect();
            assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
            for round in all.chunks(servers) {
                let mut round = round.to_vec();
                round.sort_unstable();
                assert!(round.into_iter().eq(0..servers));
            }
        }
    }
}
