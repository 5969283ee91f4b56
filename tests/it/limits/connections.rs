//! More connections than there is place or files for, and some that end.

use std::io::Read;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use gatepost_tests::{Program, is_full};

use super::{LIVE, Server, has_answer, is_live};

/// A connection ends while the next request is on its way: HTTP/2 says that it was not looked at.
#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_where_a_connection_ends_for_want_of_requests() {
    let server = Server::with(&[("GATEPOST_LIMITS__IDLE_TIME", "1s")]);
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let rounds = if is_full() { 200 } else { 6 };
    for round in 0..rounds {
        let live = client.get(format!("{}/-/live", server.program.base));
        let live = live
            .send()
            .await
            .unwrap_or_else(|why| panic!("{round}: {why:?}"));
        assert_eq!(live.status(), 200);
        // about when it ends
        tokio::time::sleep(Duration::from_millis(900 + round * 131 % 700)).await;
    }
}

/// Whoever finds no place waits for a second and tries again; a proxy at a Unix socket answers 502.
#[tokio::test(flavor = "multi_thread")]
async fn many_who_come_at_once_have_a_place_until_the_server_has_time_for_them() {
    const MANY: usize = 600;
    let server = Server::with(&[]);
    let address = server.address().parse().unwrap();
    signal(&server.program, "STOP");
    let connect = |number| {
        let stream = TcpStream::connect_timeout(&address, Duration::from_millis(800));
        stream.unwrap_or_else(|why| panic!("number {number}: {why}"))
    };
    let streams: Vec<_> = (0..MANY).map(connect).collect();
    signal(&server.program, "CONT");
    drop(streams);

    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let bind = format!("unix:{}", socket.display());
    let program = Program::serve_at(&bind, &mut Program::command(folder.path(), &[]));
    signal(&program, "STOP");
    let mut streams = Vec::new();
    for number in 0..MANY {
        let stream = tokio::net::UnixStream::connect(&socket).await;
        streams.push(stream.unwrap_or_else(|why| panic!("number {number}: {why}")));
    }
    signal(&program, "CONT");
}

fn signal(program: &Program, signal: &str) {
    let pid = program.pid().to_string();
    let sent = Command::new("kill").args(["-s", signal, &pid]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn the_connection_that_has_no_request_for_longest_makes_place() {
    let server = Server::with(&[("GATEPOST_LIMITS__CONNECTIONS", "20")]);
    let mut idle: Vec<_> = (0..20).map(|_| server.send("")).collect();
    for stream in &mut idle {
        assert!(is_live(stream));
    }
    // the first one is the last that was used
    std::thread::park_timeout(Duration::from_millis(1200));
    assert!(is_live(&mut idle[0]));
    let mut more: Vec<_> = (0..5).map(|_| server.send(LIVE)).collect();
    for stream in &mut more {
        assert!(has_answer(stream));
    }
    let ended = |stream: &mut TcpStream| {
        stream.set_nonblocking(true).unwrap();
        let read = stream.read(&mut [0]);
        matches!(read, Ok(0))
    };
    let ended: Vec<_> = idle.iter_mut().map(ended).collect();
    assert!(!ended[0]);
    assert_eq!(ended.iter().filter(|ended| **ended).count(), 5);
    let log = server.program.log();
    assert_eq!(log.matches("20 connections are open").count(), 1, "{log}");
}

#[test]
fn silent_connections_do_not_stop_the_server_at_its_limit_of_files() {
    // raised by the server itself
    let server = Server::with_files(150, 400, &[("GATEPOST_LIMITS__CONNECTIONS", "250")]);
    let silent: Vec<_> = (0..240).map(|_| server.send("")).collect();
    assert!(is_live(&mut server.send("")));
    drop(silent);
    let log = server.program.log();
    assert!(!log.contains("can't be taken"), "{log}");

    // as high as it may be
    let server = Server::with_files(150, 150, &[]);
    let silent: Vec<_> = (0..400).map(|_| server.send("")).collect();
    assert!(is_live(&mut server.send("")));
    drop(silent);
    let log = server.program.log();
    assert!(log.contains("at most 50 connections, not 10000"), "{log}");
    assert!(!log.contains("can't be taken"), "{log}");
}
