//! The end of a server: what is under way at SIGTERM, and how long it may hold it up.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use gatepost_tests::{Backend, Program, TestApp, is_full, terminate};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;

struct Server {
    program: Program,
    folder: tempfile::TempDir,
}

impl Server {
    fn with_drain(drain: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Program::command(folder.path(), &[]);
        command.envs(drain.map(|drain| ("GATEPOST_SERVER__DRAIN", drain)));
        Self {
            program: Program::serve(&mut command),
            folder,
        }
    }

    fn address(&self) -> &str {
        self.program.base.strip_prefix("http://").unwrap()
    }

    /// A connection on which these bytes were sent.
    fn send(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    }

    /// The same, which the server has read: another request on a later connection was answered.
    fn has_read(&self, bytes: &str) -> TcpStream {
        let stream = self.send(bytes);
        let mut other = self.send(LIVE);
        other.read_exact(&mut [0; 13]).unwrap();
        stream
    }

    /// How long SIGTERM takes.
    fn terminate(self) -> Duration {
        let begun = Instant::now();
        assert_eq!(self.program.terminate(), Some(0));
        drop(self.folder);
        begun.elapsed()
    }
}

const LIVE: &str = "GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n";
const LOGIN: &str = "POST /api/token/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";

#[test]
fn a_half_sent_request_holds_up_the_end_only_as_long_as_it_may() {
    for half in [
        LOGIN,
        "POST /api/posts/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n",
    ] {
        let server = Server::with_drain(Some("1s"));
        let stream = server.has_read(half);
        let took = server.terminate();
        assert!(took < Duration::from_secs(5), "{half}: {took:?}");
        drop(stream);
    }
}

#[test]
fn a_connection_on_which_nothing_whole_is_asked_holds_up_nothing() {
    let halves = [
        "GET /".to_owned(),
        LIVE.replace("\r\n\r\n", "\r\n"),
        format!("{LIVE}GET /"),
    ];
    // HTTP/2, of a client that answers nothing
    let silent = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_owned();
    for half in halves.into_iter().chain([silent]) {
        let server = Server::with_drain(Some("20s"));
        let stream = server.has_read(&half);
        let took = server.terminate();
        assert!(took < Duration::from_secs(5), "{half}: {took:?}");
        drop(stream);
    }
}

#[test]
fn a_head_that_comes_at_once_is_answered_before_the_end() {
    let server = Server::with_drain(Some("20s"));
    let mut half = server.has_read("GET /-/live HTTP/1.1\r\n");
    let mut idle = server.has_read(LIVE);
    let finish = std::thread::spawn(move || {
        // one that idles is closed once the server has begun to stop
        drop(idle.read_to_end(&mut Vec::new()));
        half.write_all(b"Host: x\r\n\r\n").unwrap();
        let mut answer = String::new();
        half.read_to_string(&mut answer).unwrap();
        answer
    });
    let took = server.terminate();
    assert!(took < Duration::from_secs(5), "{took:?}");
    let answer = finish.join().unwrap();
    assert!(answer.ends_with("\r\n\r\nlive\n"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_falls_before_connections_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Program::command(folder.path(), &[]);
    command.env("GATEPOST_SERVER__STOP_DELAY", "3s");
    let program = Program::serve(&mut command);
    let status = async |path: &str| {
        // a connection of its own for each, as a probe's
        let client = reqwest::Client::new();
        let answer = client.get(format!("{}{path}", program.base)).send();
        answer.await.map(|answer| answer.status().as_u16())
    };
    assert_eq!(status("/-/ready").await.unwrap(), 200);
    let begun = Instant::now();
    terminate(program.pid());
    while status("/-/ready").await.unwrap() == 200 {
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
    assert_eq!(status("/-/live").await.unwrap(), 200);
    assert_eq!(status("/api/posts/").await.unwrap(), 401);
    let mut last = begun.elapsed();
    while status("/-/live").await.is_ok() {
        last = begun.elapsed();
        assert!(last < Duration::from_secs(20));
    }
    assert!(last > Duration::from_secs(2), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_of_http_2_is_told_to_go_and_holds_up_nothing() {
    let server = Server::with_drain(Some("8s"));
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let live = client.get(format!("{}/-/live", server.program.base));
    let live = live.send().await.unwrap();
    assert_eq!(live.version(), reqwest::Version::HTTP_2);
    drop(live.text().await.unwrap());
    let ended = tokio::task::spawn_blocking(move || server.terminate());
    let took = ended.await.unwrap();
    assert!(took < Duration::from_secs(3), "{took:?}");
    drop(client);
}

#[test]
fn a_second_signal_ends_it_at_once_and_says_so() {
    let server = Server::with_drain(Some("20s"));
    let mut stream = server.has_read(LOGIN);
    let address = server.address().to_owned();
    let begun = Instant::now();
    terminate(server.program.pid());
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    let log = server.program.log();
    assert!(begun.elapsed() < Duration::from_secs(5), "{log}");
    let last = log.lines().last().unwrap_or_default();
    assert!(
        last.contains("WARN a second signal has come: stopping at once, and requests in progress are broken off"),
        "{log}"
    );
    assert!(!matches!(stream.read(&mut [0]), Ok(1)));
}

#[test]
fn by_default_the_end_comes_before_a_container_is_killed() {
    if !is_full() {
        return;
    }
    let server = Server::with_drain(None);
    let _stream = server.send(LOGIN);
    let took = server.terminate();
    let expected = Duration::from_secs(7)..Duration::from_millis(9500);
    assert!(expected.contains(&took), "{took:?}");
}

#[test]
fn connections_that_idle_hold_up_nothing_and_a_request_under_way_is_finished() {
    let server = Server::with_drain(None);
    let mut answer = [0; 13];
    let mut idle = server.send(LIVE);
    idle.read_exact(&mut answer).unwrap();
    let untouched = server.send("");
    // its body comes after the signal
    let body = r#"{"username":"x","password":"y"}"#;
    let head = format!(
        "POST /api/token/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut under_way = server.send(&head);
    let mut asked = [0; 25];
    under_way.read_exact(&mut asked).unwrap();
    let address = server.address().to_owned();
    let finish = std::thread::spawn(move || {
        // no new connection is taken once it has begun to stop
        while TcpStream::connect(&address).is_ok() {
            std::thread::yield_now();
        }
        under_way.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        under_way.read_to_string(&mut answer).unwrap();
        answer
    });
    let took = server.terminate();
    assert!(took < Duration::from_secs(6), "{took:?}");
    let answer = finish.join().unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    drop((idle, untouched));
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_waits_for_another_program_s_lock_holds_up_no_more(on: Backend) {
    let app = TestApp::on(on).await;
    app.user("ann").await;
    let folder = tempfile::tempdir().unwrap();
    let program = app.program(folder.path(), &[("GATEPOST_SERVER__DRAIN", "1s")]);
    let lock = app.lock().await;
    let body = r#"{"username":"ann","password":"ComplexPassword123!"}"#;
    let login = format!(
        "POST /api/token/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let address = program.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(login.as_bytes()).unwrap();
    while on == Backend::Postgres && app.waiting().await == ["0"] {
        tokio::task::yield_now().await;
    }
    let begun = Instant::now();
    assert_eq!(program.terminate(), Some(0));
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    lock.commit().await;
}

#[test]
fn a_start_that_waits_for_its_database_is_ended_at_once() {
    let database = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://ann@{}/x", database.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--bind", "127.0.0.1:0", "--database", &url];
    let mut command = Program::command(folder.path(), &arguments);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    // somebody is there, who never says anything
    let _connection = database.accept().unwrap();
    let begun = Instant::now();
    terminate(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
}
