//! The log: nobody has to read it.

use std::io::{BufRead, BufReader, PipeWriter, Write, pipe};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_bench::connection::Connection;
use gatepost_tests::{Program, free_port};

const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a server whose output goes into these pipes, and waits until it listens.
fn serve(folder: &Path, output: PipeWriter, log: PipeWriter) -> (Child, SocketAddr) {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut command = Program::command(folder, &["--bind", &address.to_string()]);
    let child = command.stdout(output).stderr(log).spawn().unwrap();
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < PATIENCE, "it does not listen");
        std::thread::yield_now();
    }
    (child, address)
}

/// Sends SIGTERM, and gives the exit code once it has ended.
fn terminate(mut child: Child) -> Option<i32> {
    let pid = child.id().to_string();
    let mut kill = Command::new("kill");
    assert!(kill.args(["-TERM", &pid]).status().unwrap().success());
    let (end, has_ended) = mpsc::channel();
    std::thread::spawn(move || end.send(child.wait().unwrap().code()));
    has_ended.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        drop(kill.args(["-KILL", &pid]).status());
        panic!("SIGTERM does not end it")
    })
}

/// Requests that are logged, each with 404 as its answer.
async fn ask(address: SocketAddr, count: usize) {
    let request = format!(
        "GET /nothing/{} HTTP/1.1\r\nHost: x\r\n\r\n",
        "x".repeat(150)
    );
    let clients = (0..8).map(async |_| {
        let mut connection = Connection::new(address);
        for _ in 0..count / 8 {
            let mut body = Vec::new();
            let sent = connection.send(request.as_bytes(), &mut body);
            let sent = tokio::time::timeout(PATIENCE, sent).await;
            assert_eq!(sent.expect("it stopped answering").unwrap(), 404);
        }
    });
    join_all(clients).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (_output, write) = pipe().unwrap();
    let (_log, log) = pipe().unwrap();
    let (child, address) = serve(folder.path(), write, log);
    ask(address, 16_000).await;
    assert_eq!(terminate(child), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_dropped_is_counted_when_it_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let (_output, write) = pipe().unwrap();
    let (read, log) = pipe().unwrap();
    let (child, address) = serve(folder.path(), write, log);
    let sent = 16_000;
    ask(address, sent).await;
    // from now on somebody reads
    let (line, lines) = mpsc::channel();
    std::thread::spawn(move || {
        BufReader::new(read)
            .lines()
            .map_while(Result::ok)
            .try_for_each(|text| line.send(text))
    });
    let (mut requests, mut dropped) = (0, None);
    while dropped.is_none() {
        let text = lines.recv_timeout(PATIENCE).expect("the count is logged");
        requests += usize::from(text.contains("GET "));
        dropped = text
            .contains("were dropped, because nobody read it")
            .then(|| text.rsplit_once("lines=").unwrap().1.parse().unwrap());
    }
    let dropped: usize = dropped.unwrap();
    assert!(dropped > 0 && requests > 0);
    assert_eq!(requests + dropped, sent);
    ask(address, 8).await;
    let next = lines.recv_timeout(PATIENCE).unwrap();
    assert!(next.contains("GET "), "{next}");
    assert_eq!(terminate(child), Some(0));
}

#[test]
fn a_server_that_begins_before_a_full_pipe_is_ended_by_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let (_reader, full) = pipe().unwrap();
    let (filled, is_filled) = mpsc::channel();
    let mut clone = full.try_clone().unwrap();
    // ends with the test's process
    std::thread::spawn(move || {
        while clone.write_all(&[b'x'; 4096]).is_ok() {
            let _ = filled.send(());
        }
    });
    while is_filled.recv_timeout(Duration::from_millis(300)).is_ok() {}
    let (child, _) = serve(
        folder.path(),
        full.try_clone().unwrap(),
        full.try_clone().unwrap(),
    );
    assert_eq!(terminate(child), Some(0));
    // and one that can't start ends by itself
    let mut command = Program::command(folder.path(), &["--bind", "127.0.0.1:0"]);
    command.args(["--database", "sqlite:no/such/folder/x.db"]);
    let mut child = command
        .stdout(full.try_clone().unwrap())
        .stderr(full)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let (end, has_ended) = mpsc::channel();
    std::thread::spawn(move || end.send(child.wait().unwrap().code()));
    assert_eq!(has_ended.recv_timeout(PATIENCE), Ok(Some(1)));
}
