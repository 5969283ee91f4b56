//! What a client may take of the server: time for a head, a body and an answer, connections, files and memory.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_tests::{Program, is_full, server_binary};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    program: Program,
    _folder: tempfile::TempDir,
}

impl Server {
    fn with(variables: &[(&str, &str)]) -> Self {
        Self::of(&mut |folder| Program::command(folder, &[]), variables)
    }

    /// Of a process that may open so many files at first, and so many at most.
    fn with_files(at_first: u32, at_most: u32, variables: &[(&str, &str)]) -> Self {
        let mut command = |folder: &std::path::Path| {
            let mut command = Command::new("sh");
            let script = format!("ulimit -Sn {at_first}; ulimit -Hn {at_most}; exec \"$0\" \"$@\"");
            command.args(["-c", &script]).arg(server_binary());
            command.current_dir(folder);
            command
        };
        Self::of(&mut command, variables)
    }

    fn of(
        command: &mut dyn FnMut(&std::path::Path) -> Command,
        variables: &[(&str, &str)],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(folder.path());
        command
            .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
            .envs(variables.iter().copied());
        Self {
            program: Program::serve(&mut command),
            _folder: folder,
        }
    }

    fn address(&self) -> &str {
        self.program.base.strip_prefix("http://").unwrap()
    }

    /// A connection on which these bytes were sent.
    fn send(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(bytes.as_ref()).unwrap();
        stream
    }

    /// The first line of the answer to these bytes.
    fn answer(&self, bytes: impl AsRef<[u8]>) -> String {
        first_line(&rest(&mut self.send(bytes)))
    }

    /// Registers ann, and gives her access token.
    async fn ann(&self) -> String {
        let client = reqwest::Client::new();
        let post = async |path: &str, body: String| {
            let url = format!("{}{path}", self.program.base);
            let request = client.post(url).header("content-type", "application/json");
            request.body(body).send().await.unwrap()
        };
        let user = r#"{"username":"ann","email":"","password":"ComplexPassword123!","password2":"ComplexPassword123!","first_name":"","last_name":""}"#;
        let registered = post("/api/users/register/", user.to_owned()).await;
        assert_eq!(registered.status(), 201);
        let login = r#"{"username":"ann","password":"ComplexPassword123!"}"#;
        let pair = post("/api/token/", login.to_owned()).await;
        let pair: serde_json::Value = serde_json::from_str(&pair.text().await.unwrap()).unwrap();
        pair["access"].as_str().unwrap().to_owned()
    }

    /// Ann's posts, so many of so many bytes.
    async fn posts(&self, access: &str, count: usize, bytes: usize) {
        let client = reqwest::Client::new();
        let body = format!(r#"{{"title":"t","content":"{}"}}"#, "x".repeat(bytes));
        for _ in 0..count {
            let request = client
                .post(format!("{}/api/posts/", self.program.base))
                .header("content-type", "application/json")
                .bearer_auth(access);
            assert_eq!(
                request.body(body.clone()).send().await.unwrap().status(),
                201
            );
        }
    }
}

/// All that comes until the server ends the connection.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let is_ended = match &read {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
    };
    assert!(
        is_ended,
        "{read:?} after {:?}",
        String::from_utf8_lossy(&bytes)
    );
    bytes
}

fn first_line(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    text.lines().next().unwrap_or_default().to_owned()
}

const LIVE: &str = "GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n";

/// Reads the answer to [`LIVE`] on a connection that goes on.
fn is_live(stream: &mut TcpStream) -> bool {
    stream.write_all(LIVE.as_bytes()).is_ok() && has_answer(stream)
}

fn has_answer(stream: &mut TcpStream) -> bool {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"live\n") {
        match stream.read(&mut byte) {
            Ok(1) => answer.push(byte[0]),
            _ => return false,
        }
    }
    true
}

#[test]
fn a_head_that_does_not_come_is_waited_for_as_long_as_it_may_take() {
    let server = Server::with(&[("GATEPOST_LIMITS__HEAD_TIME", "1s")]);
    let begun = Instant::now();
    let mut dripping = server.send("GET /");
    dripping.set_nodelay(true).unwrap();
    let halves = ["", "GET /-/live HTTP/1.1\r\nHost: x\r\n", "POST"].map(|half| server.send(half));
    let answers = halves.map(|mut half| first_line(&rest(&mut half)));
    let late = "HTTP/1.1 408 Request Timeout";
    assert_eq!(answers, ["", late, late]);
    // a byte now and then is no head either
    while dripping.write_all(b"x").is_ok() && begun.elapsed() < PATIENCE {
        let mut answer = [0; 1];
        dripping
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        if dripping.read(&mut answer).is_ok() {
            break;
        }
    }
    let took = begun.elapsed();
    assert!(
        took > Duration::from_secs(1) && took < Duration::from_secs(8),
        "{took:?}"
    );
}

#[test]
fn a_head_behind_another_request_has_no_more_time() {
    let server = Server::with(&[("GATEPOST_LIMITS__HEAD_TIME", "1s")]);
    let post = |lines: &str| {
        format!("POST /api/token/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lines}")
    };
    let begun = Instant::now();
    for whole in [
        LIVE.to_owned(),
        LIVE.repeat(2),
        post("Content-Length: 2\r\n\r\n{}"),
        post("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    ] {
        let mut together = server.send(format!("{whole}GET /"));
        let mut after = server.send(&whole);
        assert_ne!(after.read(&mut [0; 4096]).unwrap(), 0);
        after.write_all(b"GET /").unwrap();
        // where it is begun later, it comes on
        let mut late = server.send(format!("{whole}GET /-/live HTTP/1.1\r"));
        late.write_all(b"\nHost: x\r\n\r\n").unwrap();
        assert!(has_answer(&mut late), "{whole}");
        for half in [&mut together, &mut after] {
            let answers = rest(half);
            let answers = String::from_utf8_lossy(&answers);
            assert!(
                answers.contains("HTTP/1.1 408 Request Timeout"),
                "{answers}"
            );
        }
    }
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn a_connection_between_requests_is_kept_for_longer_than_a_head_may_take() {
    let server = Server::with(&[
        ("GATEPOST_LIMITS__HEAD_TIME", "1s"),
        ("GATEPOST_LIMITS__IDLE_TIME", "4s"),
    ]);
    let mut stream = server.send("");
    assert!(is_live(&mut stream));
    let begun = Instant::now();
    stream
        .set_read_timeout(Some(Duration::from_millis(2500)))
        .unwrap();
    let quiet = stream.read(&mut [0]).unwrap_err();
    assert_eq!(quiet.kind(), io::ErrorKind::WouldBlock);
    assert!(is_live(&mut stream));
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(rest(&mut stream), b"");
    assert!(
        begun.elapsed() > Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_connection_that_was_used_and_idles_holds_little_and_goes_on() {
    const BATCH: u32 = 100;
    let server = Server::with(&[]);
    let mut used = Vec::new();
    let begun = Instant::now();
    // once those that idle give up their buffers, the next ones need no more memory for these
    loop {
        let before = server.program.memory();
        used.extend((0..BATCH).map(|_| server.send(LIVE)));
        let latest = used.len() - BATCH as usize;
        assert!(used[latest..].iter_mut().all(has_answer));
        let more = server.program.memory().saturating_sub(before);
        if used.len() > 2 * BATCH as usize && more < u64::from(BATCH) * 9 {
            break;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{more} KiB for {BATCH} connections"
        );
        std::thread::park_timeout(Duration::from_millis(500));
    }
    let halves = LIVE.split_at(10);
    for stream in &mut used {
        assert!(is_live(stream));
        stream.write_all(halves.0.as_bytes()).unwrap();
        stream.write_all(halves.1.as_bytes()).unwrap();
        stream.write_all(LIVE.as_bytes()).unwrap();
        assert!(has_answer(stream) && has_answer(stream));
    }
}

#[test]
fn a_body_that_does_not_come_is_408() {
    let server = Server::with(&[
        ("GATEPOST_LIMITS__STALL_TIME", "1s"),
        ("GATEPOST_LIMITS__BODY_TIME", "3s"),
        ("GATEPOST_LIMITS__LINGER_TIME", "1s"),
    ]);
    let head = |more: &str| {
        format!(
            "POST /api/token/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{more}\r\n\r\n{{"
        )
    };
    for length in [
        "Content-Length: 100",
        "Content-Length: 100000",
        "Transfer-Encoding: chunked\r\n\r\n1",
    ] {
        let begun = Instant::now();
        // a chunk follows its length after one end of a line
        let request = head(length).replace("1\r\n\r\n{", "1\r\n{");
        let answer = server.answer(request);
        assert_eq!(answer, "HTTP/1.1 408 Request Timeout", "{length}");
        assert!(begun.elapsed() > Duration::from_millis(900));
    }
    // as much as keeps it from standing still, and no end
    let begun = Instant::now();
    let mut stream = server.send(head("Content-Length: 100"));
    let mut dripping = stream.try_clone().unwrap();
    let drip = std::thread::spawn(move || {
        let mut answer = [0; 1];
        dripping
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        while dripping.peek(&mut answer).is_err() && begun.elapsed() < PATIENCE {
            drop(dripping.write_all(b" "));
        }
    });
    drip.join().unwrap();
    let answer = first_line(&rest(&mut stream));
    assert_eq!(answer, "HTTP/1.1 408 Request Timeout");
    assert!(
        begun.elapsed() > Duration::from_millis(2900),
        "{:?}",
        begun.elapsed()
    );
}

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

/// The ports of the clients whose connections the server has open.
fn sockets(server: &Server) -> Vec<u16> {
    let own = server
        .address()
        .rsplit_once(':')
        .unwrap()
        .1
        .parse::<u16>()
        .unwrap();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port =
        |address: &str| u16::from_str_radix(address.rsplit_once(':').unwrap().1, 16).unwrap();
    let rows = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    // ESTABLISHED
    let open = rows.filter(|row| row[3] == "01" && port(row[1]) == own);
    open.map(|row| port(row[2])).collect()
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

#[test]
fn each_overlong_or_malformed_head_has_one_clear_answer() {
    let server = Server::with(&[]);
    let get =
        |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\n{more}Connection: close\r\n\r\n");
    let host = "Host: x\r\n";
    let long = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
    let field = |bytes| format!("{host}X-A: {}\r\n", "a".repeat(bytes));
    let many = |count: usize| host.to_owned() + &"x: 1\r\n".repeat(count - 1);
    for (request, status) in [
        (get("/-/live", host), "200 OK"),
        (get(&long(8192), host), "404 Not Found"),
        (get(&long(8193), host), "414 URI Too Long"),
        (
            get(&format!("/?{}", "a".repeat(9000)), host),
            "414 URI Too Long",
        ),
        (get(&long(60_000), host), "414 URI Too Long"),
        (get("/x", &field(50_000)), "404 Not Found"),
        (
            get("/x", &field(70_000)),
            "431 Request Header Fields Too Large",
        ),
        (get("/x", &many(150)), "431 Request Header Fields Too Large"),
        (get("/x", ""), "400 Bad Request"),
        (get("/x", "Host: a\r\nHost: b\r\n"), "400 Bad Request"),
        (get("http://x/x", ""), "404 Not Found"),
        ("GET /x HTTP/1.0\r\n\r\n".to_owned(), "404 Not Found"),
        (
            get("/x", &format!("{host}Transfer-Encoding: gzip, chunked\r\n")) + "0\r\n\r\n",
            "501 Not Implemented",
        ),
        // probes are no exception
        (get("/-/live", ""), "400 Bad Request"),
        (get("/-/ready", ""), "400 Bad Request"),
        ("GET /-/live HTTP/1.0\r\n\r\n".to_owned(), "200 OK"),
        (
            get(
                "/-/live",
                &format!("{host}Transfer-Encoding: gzip, chunked\r\n"),
            ) + "0\r\n\r\n",
            "501 Not Implemented",
        ),
        (
            get(&format!("/-/live?{}", "a".repeat(9000)), host),
            "414 URI Too Long",
        ),
    ] {
        let answer = server.answer(&request);
        let version = if request.contains("HTTP/1.0") {
            "1.0"
        } else {
            "1.1"
        };
        let shown: String = request.chars().take(60).collect();
        assert_eq!(answer, format!("HTTP/{version} {status}"), "{shown}");
    }
}

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
