//! Large bodies at once: what they may cost together, and that it goes back.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_tests::{Program, is_full};

const LENGTH: usize = 2_600_000;

/// `begin`, as many of `item` as fit, `end`.
fn filled(begin: &str, item: &str, end: &str) -> Vec<u8> {
    let count = LENGTH / item.len();
    [begin, &item.repeat(count), end].concat().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_large_bodies_takes_little_memory_and_gives_it_back() {
    let count = if is_full() { 200 } else { 30 };
    let folder = tempfile::tempdir().unwrap();
    let program = Program::serve(&mut Program::command(folder.path(), &[]));
    let http = reqwest::Client::new();
    let verify = format!("{}/api/token/verify/", program.base);
    let send = async |body: Vec<u8>| {
        let request = http
            .post(&verify)
            .header("Content-Type", "application/json");
        request.body(body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(send(b"[]".to_vec()).await, 400);
    let idle = program.memory();

    for (body, status) in [
        (filled("[", "{\"\":0},", "0]"), 400),
        (filled("{\"token\":\"", "x", "\"}"), 401),
        (
            filled("[", "9007199254740993.00000000000000000001,", "0]"),
            400,
        ),
    ] {
        let statuses = join_all((0..count).map(|_| send(body.clone()))).await;
        // on a slow machine some wait for room too long
        assert!(statuses.contains(&status), "{statuses:?}");
        assert!(
            statuses.iter().all(|answer| [status, 503].contains(answer)),
            "{statuses:?}"
        );
    }
    let most = program.peak_memory() - idle;
    assert!(most < 200 * 1024, "{most} KiB more");

    let begun = Instant::now();
    loop {
        // a thread gives back what it has when it works again
        let small = join_all((0..64).map(|_| send(b"[]".to_vec()))).await;
        assert!(small.iter().all(|status| *status == 400), "{small:?}");
        let left = program.memory().saturating_sub(idle);
        if left < 64 * 1024 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{left} KiB stay");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
