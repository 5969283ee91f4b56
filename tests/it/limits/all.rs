//! All of them at once.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use gatepost_tests::is_full;

use super::{Server, sockets};

/// With `--full` as many clients as the issue names, each of a kind, while reads go on beside them.
#[tokio::test(flavor = "multi_thread")]
async fn reads_go_on_beside_clients_that_hold_on_to_everything() {
    let full = is_full();
    let (vanishing, idle, dripping, reading) = if full {
        (2000, 10_000, 500, 500)
    } else {
        (100, 200, 20, 20)
    };
    let server = Server::with_files(1024, 32_768, &[("GATEPOST_LIMITS__CONNECTIONS", "12000")]);
    let access = server.ann().await;
    server.posts(&access, 20, 500_000).await;
    let list =
        format!("GET /api/posts/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {access}\r\n\r\n");
    let half = "POST /api/posts/ HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\nContent-Type: application/json\r\n";
    let half = format!("{half}Authorization: Bearer {access}\r\n\r\n{{");
    for _ in 0..vanishing {
        drop(server.send(&half));
    }
    let idle: Vec<_> = (0..idle).map(|_| server.send("")).collect();
    let dripping: Vec<_> = (0..dripping).map(|_| server.send(&half)).collect();
    let reading: Vec<_> = (0..reading).map(|_| server.send(&list)).collect();
    let client = reqwest::Client::new();
    let mut slowest = Duration::ZERO;
    let begun = Instant::now();
    let long = Duration::from_secs(if full { 30 } else { 3 });
    let mut seconds = 0;
    while begun.elapsed() < long {
        if begun.elapsed().as_secs() > seconds {
            seconds += 1;
            for mut stream in &dripping {
                drop(stream.write_all(b" "));
            }
            for mut stream in &reading {
                drop(stream.read(&mut [0]));
            }
        }
        let asked = Instant::now();
        let profile = client.get(format!("{}/api/users/profile/", server.program.base));
        let profile = profile.bearer_auth(&access).send().await.unwrap();
        assert_eq!(profile.status(), 200);
        slowest = slowest.max(asked.elapsed());
    }
    let memory = server.program.peak_memory() / 1024;
    println!("slowest read {slowest:?}, {memory} MB");
    assert!(memory <= 200, "{memory} MB");
    for stream in dripping.iter().chain(&reading).chain(&idle) {
        drop(stream.shutdown(Shutdown::Both));
    }
    drop((dripping, reading, idle, client));
    let ended = Instant::now();
    while !sockets(&server).is_empty() {
        let open = sockets(&server).len();
        assert!(ended.elapsed() < Duration::from_secs(5), "{open} are open");
        std::thread::park_timeout(Duration::from_millis(100));
    }
}
