//! Clients that read slowly or not at all.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{LIVE, PATIENCE, Server, sockets};

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_cut_off() {
    let server = Server::with(&[("GATEPOST_LIMITS__STALL_TIME", "1s")]);
    let access = server.ann().await;
    server.posts(&access, 8, 1_000_000).await;
    let list =
        format!("GET /api/posts/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {access}\r\n\r\n");
    let stream = server.send(&list);
    wait_for_end(&server, &stream);
    // who reads slowly, but reads, gets all of it
    let mut stream = server.send(format!("{list}{LIVE}"));
    let mut bytes = 0;
    let mut part = vec![0; 512 * 1024];
    let mut end = Vec::new();
    while !end.ends_with(b"live\n") {
        let read = stream.read(&mut part).unwrap();
        assert_ne!(read, 0, "cut off after {bytes} bytes");
        bytes += read;
        end.extend_from_slice(&part[read.saturating_sub(5)..read]);
        std::thread::park_timeout(Duration::from_millis(100));
    }
    assert!(bytes > 8_000_000);
}

/// Waits until the server has ended a connection of which nothing is read.
fn wait_for_end(server: &Server, stream: &TcpStream) {
    let port = stream.local_addr().unwrap().port();
    let begun = Instant::now();
    while sockets(server).contains(&port) {
        assert!(begun.elapsed() < PATIENCE, "the connection is still open");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_nobody_reads_hold_little_and_end() {
    let server = Server::with(&[("GATEPOST_LIMITS__STALL_TIME", "2s")]);
    let access = server.ann().await;
    server.posts(&access, 12, 1_000_000).await;
    let before = server.program.memory();
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .http2_initial_stream_window_size(1)
        .build()
        .unwrap();
    let lists = (0..180).map(|_| {
        let list = client.get(format!("{}/api/posts/", server.program.base));
        list.bearer_auth(&access).send()
    });
    let lists = tokio::time::timeout(PATIENCE, join_all(lists))
        .await
        .unwrap();
    let answered = lists
        .iter()
        .flatten()
        .filter(|list| list.status() == 200)
        .count();
    assert!(answered > 0, "none was answered");
    // 2 GB before there was a limit
    let held = (server.program.peak_memory() - before) / 1024;
    assert!(held < 150, "{held} MB held");
    for list in lists.into_iter().flatten() {
        let ended = tokio::time::timeout(PATIENCE, list.bytes()).await;
        assert!(ended.expect("it ends").is_err());
    }
}
