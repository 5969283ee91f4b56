//! An answer that leaves before the request's body has been read: it arrives, directly and through proxies.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gatepost_bench::connection::Connection;
use gatepost_tests::{Program, ReverseProxy, is_full};
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The sizes of bodies of which real clients lost the 401.
const SIZES: [usize; 4] = [20_000, 100_000, 1_000_000, 8_000_000];
/// How many clients send at once.
const CLIENTS: usize = 5;

#[derive(Debug)]
enum Way {
    Direct,
    Nginx,
    NginxWithKeptConnections,
    NginxWithoutBuffers,
    Haproxy,
    HaproxyOverHttp2,
}

struct Server {
    program: Program,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Server {
    fn with(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Program::command(folder.path(), &[]);
        command
            .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
            .env("GATEPOST_SERVER__LOG", "warn")
            .envs(variables.iter().copied());
        let program = Program::serve(&mut command);
        let address = program.base.strip_prefix("http://").unwrap();
        Self {
            address: address.parse().unwrap(),
            program,
            _folder: folder,
        }
    }

    /// Registers ann, and gives her access token.
    async fn ann(&self) -> String {
        let mut connection = Connection::new(self.address);
        let mut send = async |path: &str, body: &str| {
            let mut answer = Vec::new();
            let request = post(path, "", body.as_bytes());
            let status = connection.send(&request, &mut answer).await.unwrap();
            (status, String::from_utf8(answer).unwrap())
        };
        let password = "ComplexPassword123!";
        let user = format!(
            r#"{{"username":"ann","email":"","password":"{password}","password2":"{password}","first_name":"","last_name":""}}"#
        );
        assert_eq!(send("/api/users/register/", &user).await.0, 201);
        let login = format!(r#"{{"username":"ann","password":"{password}"}}"#);
        let (status, pair) = send("/api/token/", &login).await;
        assert_eq!(status, 200, "{pair}");
        let pair: serde_json::Value = serde_json::from_str(&pair).unwrap();
        pair["access"].as_str().unwrap().to_owned()
    }
}

/// A POST of JSON with further headers, each with its line's end.
fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n"
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// The same in chunks of 10 KB.
fn chunked(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n{headers}\r\n"
    )
    .into_bytes();
    for chunk in body.chunks(10_000) {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    request
}

const BAD_TOKEN: &str = "Authorization: Bearer expired\r\n";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_early_401_arrives_and_its_connection_goes_on(
    #[values(
        Way::Direct,
        Way::Nginx,
        Way::NginxWithKeptConnections,
        Way::NginxWithoutBuffers,
        Way::Haproxy,
        Way::HaproxyOverHttp2
    )]
    way: Way,
) {
    let server = Server::with(&[]);
    let access = server.ann().await;
    let proxy = match way {
        Way::Direct => None,
        Way::Nginx => Some(ReverseProxy::nginx(server.address)),
        Way::NginxWithKeptConnections => {
            Some(ReverseProxy::nginx_with_kept_connections(server.address))
        }
        Way::NginxWithoutBuffers => Some(ReverseProxy::nginx_without_buffers(server.address)),
        Way::HaproxyOverHttp2 => Some(ReverseProxy::haproxy_over_http_2(server.address)),
        Way::Haproxy => Some(ReverseProxy::haproxy(server.address)),
    };
    let address = proxy.as_ref().map_or(server.address, ReverseProxy::address);
    let (early, ordinary) = if is_full() { (500, 10_000) } else { (10, 200) };
    let profile = format!(
        "GET /api/users/profile/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {access}\r\n\r\n"
    );
    let uploads = SIZES.map(|size| post("/api/posts/", BAD_TOKEN, &vec![b'x'; size]));
    let clients = (0..CLIENTS).map(async |_| {
        let mut wrong = String::new();
        let mut connection = Connection::new(address);
        let mut body = Vec::new();
        for (size, request) in SIZES.iter().zip(&uploads) {
            for _ in 0..early / CLIENTS {
                match connection.send(request, &mut body).await {
                    Ok(401) => {}
                    other => writeln!(wrong, "{size} bytes: {other:?}").unwrap(),
                }
            }
        }
        for _ in 0..ordinary / CLIENTS {
            match connection.send(profile.as_bytes(), &mut body).await {
                Ok(200) => {}
                other => writeln!(wrong, "profile: {other:?}").unwrap(),
            }
        }
        wrong
    });
    let wrong = join_all(clients).await.concat();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{wrong}",
        wrong.lines().count()
    );
}

/// All that comes back for these bytes, and whether the connection ended in order.
async fn exchange(address: SocketAddr, request: &[u8]) -> (String, std::io::Result<()>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    if let Err(error) = stream.write_all(request).await {
        return (String::new(), Err(error));
    }
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer).await.map(drop);
    (String::from_utf8_lossy(&answer).into_owned(), ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_early_answer_arrives_by_every_kind_of_request() {
    let server = Server::with(&[]);
    let access = format!("Authorization: Bearer {}\r\n", server.ann().await);
    let body = vec![b'x'; 3_000_000];
    let close = "Connection: close\r\n";
    for (path, headers, status) in [
        ("/api/posts/", BAD_TOKEN, 401),
        ("/api/posts/", "", 401),
        ("/api/posts", "", 301),
        ("/nothing/", "", 404),
        ("/api/users/profile/", access.as_str(), 405),
        ("/api/token/", "", 400),
        ("/api/token/", "Accept: image/png\r\n", 406),
        ("/-/live", "", 405),
    ] {
        let headers = format!("{headers}{close}");
        let sized = post(path, &headers, &body);
        let as_1_0 = String::from_utf8(sized.clone())
            .unwrap()
            .replacen("HTTP/1.1", "HTTP/1.0", 1);
        for request in [sized, chunked(path, &headers, &body), as_1_0.into_bytes()] {
            for _ in 0..3 {
                let (answer, ended) = exchange(server.address, &request).await;
                let line: Vec<&str> = answer.split_whitespace().take(2).collect();
                assert!(
                    line.last() == Some(&status.to_string().as_str()) && ended.is_ok(),
                    "{path}: {line:?} {ended:?}, wanted {status}"
                );
            }
        }
    }
    // of a body that is too large, and of one that is none, the rest is thrown away, too
    let too_large = post("/api/token/", close, &vec![b'x'; 30_000_000]);
    let mut no_chunks = chunked("/api/token/", "", b"{}");
    no_chunks.truncate(no_chunks.len() - 5);
    no_chunks.extend_from_slice(&vec![b'z'; 3_000_000]);
    let no_head = [&b"GET / HTTP/1.1\r\n: \r\n"[..], &vec![b'x'; 3_000_000]].concat();
    let large_head = [&b"GET / HTTP/1.1\r\nA: "[..], &vec![b'x'; 3_000_000]].concat();
    for (request, status) in [
        (too_large, " 400 "),
        (no_chunks, " 400 "),
        (no_head, " 400 "),
        (large_head, " 431 "),
    ] {
        for _ in 0..3 {
            let (answer, ended) = exchange(server.address, &request).await;
            let line = answer.lines().next().unwrap_or_default();
            assert!(line.contains(status) && ended.is_ok(), "{line} {ended:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_thrown_away_is_not_held() {
    let server = Server::with(&[]);
    let request = post("/api/posts/", BAD_TOKEN, &vec![b'x'; 20_000_000]);
    let before = server.program.peak_memory();
    let statuses = join_all((0..20).map(async |_| {
        let mut connection = Connection::new(server.address);
        connection.send(&request, &mut Vec::new()).await.unwrap()
    }));
    assert_eq!(statuses.await, [401; 20]);
    let more = server.program.peak_memory() - before;
    assert!(more < 50 * 1024, "400 MB took {more} KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_and_time_are_bounded() {
    let server = Server::with(&[
        ("GATEPOST_LIMITS__LINGER_BYTES", "1MiB"),
        ("GATEPOST_LIMITS__LINGER_TIME", "2s"),
    ]);
    // a body within the bound is waited for, one beyond it is not, and is told so
    let within = post("/api/posts/", BAD_TOKEN, &vec![b'x'; 1_000_000]);
    let mut connection = Connection::new(server.address);
    for _ in 0..2 {
        let answer = connection.send(&within, &mut Vec::new()).await;
        assert_eq!(answer.unwrap(), 401);
    }
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /api/posts/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 10_000];
    let length = stream.read(&mut answer).await.unwrap();
    let told = String::from_utf8_lossy(&answer[..length]).to_lowercase();
    assert!(
        told.starts_with("http/1.1 401 ") && told.contains("connection: close"),
        "{told}"
    );
    let mut sent = 0_u64;
    let chunk = vec![b'x'; 65_536];
    while stream.write_all(&chunk).await.is_ok() {
        sent += 65_536;
        assert!(sent < 500_000_000, "it is read without a bound");
    }

    // nor is one that does not come
    let begun = Instant::now();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /api/posts/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbegun";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let took = begun.elapsed();
    assert!(
        (Duration::from_secs(1)..Duration::from_secs(8)).contains(&took),
        "{took:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_to_be_asked_for_a_body_is_answered_at_once() {
    let server = Server::with(&[]);
    let expect = format!("Expect: 100-continue\r\n{BAD_TOKEN}");
    let body = vec![b'x'; 3_000_000];
    let request = post("/api/posts/", &expect, &body);
    let head = &request[..request.len() - body.len()];

    // refused without being asked: nothing else can follow on this connection
    let (answer, ended) = exchange(server.address, head).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(ended.is_ok(), "{ended:?}");
    // who sends it all the same gets the answer, too
    for _ in 0..5 {
        let (answer, ended) = exchange(server.address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(ended.is_ok(), "{ended:?}");
    }
    // one that is wanted is asked for
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let login = post("/api/token/", "Expect: 100-continue\r\n", b"{}");
    stream.write_all(&login[..login.len() - 2]).await.unwrap();
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").await.unwrap();
    let mut line = [0; 13];
    stream.read_exact(&mut line).await.unwrap();
    assert_eq!(&line, b"HTTP/1.1 400 ");
}

#[test]
fn http_2_is_answered_early_too() {
    let server = Server::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    let upload = folder.path().join("upload");
    std::fs::write(&upload, vec![b'x'; 3_000_000]).unwrap();
    for _ in 0..5 {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--http2-prior-knowledge"])
            .args(["--write-out", "%{http_version} %{http_code}"])
            .args(["--output", "/dev/null", "--data-binary"])
            .arg(format!("@{}", upload.display()))
            .arg(format!("{}/api/posts/", server.program.base))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        let why = String::from_utf8_lossy(&output.stderr);
        assert_eq!((told.as_ref(), why.as_ref()), ("2 401", ""));
    }
}
