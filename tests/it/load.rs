//! Expired tokens swept while clients refresh: no failure, little memory, and little longer waits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_server::Clock;
use gatepost_tests::{Backend, TestApp, add_expired, is_full, sql};
use rstest::rstest;
use rstest_reuse::apply;
use tokio::sync::watch;

use crate::both_databases;
use crate::remote::Remote;

const CLIENTS: usize = 4;
// by the indices, so that looking costs the database nothing
const LEFT: &str = "SELECT CASE WHEN
    EXISTS (SELECT 1 FROM token_blacklist_outstandingtoken WHERE expires_at < '2002-01-01 00:00:00')
    OR EXISTS (SELECT 1 FROM gatepost_rotation WHERE child_exp < '2002-01-01 00:00:00') THEN 1 ELSE 0 END";

/// What clients saw while a server ran.
struct Run {
    /// How long each refresh took, sorted.
    times: Vec<Duration>,
    swept_in: Duration,
    ran_for: Duration,
    memory: u64,
}

impl Run {
    fn percentile(&self, percent: usize) -> Duration {
        self.times[(self.times.len() * percent / 100).min(self.times.len() - 1)]
    }
}

/// Refreshes in each client, one after the other, until all that expired is gone and the time is up.
async fn run(on: Backend, expired: u32, least: Duration) -> Run {
    let app = TestApp::with_clock(on, "", Clock::system()).await;
    for client in 0..CLIENTS {
        app.user(&format!("user{client}")).await;
    }
    if expired > 0 {
        add_expired(&app.database, expired).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = app.program(folder.path(), &[]);
    let begun = Instant::now();
    let (stop, stopped) = watch::channel(false);
    let refreshed = AtomicUsize::new(0);
    let clients = (0..CLIENTS).map(|client| {
        let (remote, stopped) = (Remote::new(&program.base), stopped.clone());
        let refreshed = &refreshed;
        async move {
            let mut token = remote.log_in(&format!("user{client}")).await;
            let mut times = Vec::new();
            while !*stopped.borrow() {
                let asked = Instant::now();
                let reply = remote.refresh(&token, Some("key")).await.unwrap();
                times.push(asked.elapsed());
                refreshed.fetch_add(1, Ordering::Relaxed);
                assert_eq!(reply.status, 200, "{reply:?}");
                token = reply.token("refresh");
            }
            times
        }
    });
    let watch = async {
        let mut swept_in = None;
        // a machine that is busy may sweep before anybody has refreshed
        while swept_in.is_none()
            || begun.elapsed() < least
            || refreshed.load(Ordering::Relaxed) < CLIENTS
        {
            if sql::query(&app.database, LEFT).await == ["0"] {
                swept_in.get_or_insert(begun.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert!(
                begun.elapsed() < Duration::from_mins(10),
                "expired rows are left"
            );
        }
        stop.send(true).unwrap();
        swept_in.unwrap_or_default()
    };
    let (times, swept_in) = tokio::join!(join_all(clients), watch);
    let mut times = times.concat();
    times.sort_unstable();
    Run {
        times,
        swept_in,
        ran_for: begun.elapsed(),
        memory: program.peak_memory(),
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn expired_tokens_are_swept_while_clients_refresh(on: Backend) {
    let (expired, pairs, least) = if is_full() {
        (200_000, 5, Duration::from_secs(15))
    } else {
        (3_000, 1, Duration::from_secs(1))
    };
    let mut best = None;
    for _ in 0..pairs {
        let without = run(on, 0, least).await;
        let with = run(on, expired, least).await;
        let more = with.percentile(99).saturating_sub(without.percentile(99));
        let grown = with.memory.saturating_sub(without.memory);
        println!(
            "{on:?}: {expired} expired tokens swept in {:.1?}; refreshes without and with: {} and {}, p50 {:.1?} and {:.1?}, p99 {:.1?} and {:.1?} (+{more:.1?}); peak memory {} KiB and {} KiB (+{grown})",
            with.swept_in,
            without.times.len(),
            with.times.len(),
            without.percentile(50),
            with.percentile(50),
            without.percentile(99),
            with.percentile(99),
            without.memory,
            with.memory,
        );
        assert!(grown < 10 * 1024, "{grown} KiB more memory");
        if is_full() {
            let beside = with.swept_in.as_secs_f64() / with.ran_for.as_secs_f64();
            assert!(
                beside > 0.9,
                "{beside}: the clients saw little of the sweep"
            );
        }
        best = Some(best.map_or(more, |best: Duration| best.min(more)));
    }
    let best = best.unwrap_or_default();
    println!("{on:?}: best of {pairs}: p99 +{best:.1?}");
    // a debug build beside other tests says nothing about time
    assert!(!is_full() || best <= Duration::from_millis(15));
}
