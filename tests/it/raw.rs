//! Bytes on a socket that are no good HTTP: each is answered with 4xx, or the connection ends. Nothing hangs, nothing is
//! smuggled, nothing is 5xx.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use gatepost_server::Entropy;
use gatepost_tests::{Program, is_full};

/// How long the end of a connection may take.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    program: Program,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Program::command(folder.path(), &[]);
        command
            .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
            .env("GATEPOST_SERVER__LOG", "warn");
        // what waits for more is given up soon
        for time in ["HEAD", "STALL", "IDLE", "LINGER"] {
            command.env(format!("GATEPOST_LIMITS__{time}_TIME"), "1s");
        }
        Self {
            program: Program::serve(&mut command),
            _folder: folder,
        }
    }

    /// The status of each answer to these bytes, until the connection ends.
    fn statuses(&self, bytes: &[u8]) -> Vec<u16> {
        let address = self.program.base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        // the server may have ended it before all was sent
        if let Err(error) = stream.write_all(bytes) {
            assert!(is_end(error.kind()), "{error}");
        }
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer) {
            let shown = String::from_utf8_lossy(bytes);
            assert!(is_end(error.kind()), "it hangs: {error}, {shown:?}");
        }
        let text = String::from_utf8_lossy(&answer);
        let lines = text.split("HTTP/1.").skip(1);
        lines
            .filter_map(|line| line.get(2..5)?.parse().ok())
            .collect()
    }
}

impl Server {
    /// What these bytes are answered with is no failure of the server's.
    fn is_no_defect(&self, request: &[u8]) {
        let statuses = self.statuses(request);
        let shown = String::from_utf8_lossy(request);
        let is_defect = |status: &u16| *status >= 500 && *status != 501;
        assert!(!statuses.iter().any(is_defect), "{statuses:?} {shown:?}");
    }
}

fn is_end(kind: ErrorKind) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    [BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected].contains(&kind)
}

const LOGIN: &str = r#"{"username":"a","password":"b"}"#;

/// A login with these lines in its head.
fn login(lines: &str) -> String {
    format!("POST /api/token/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lines}\r\n")
}

#[test]
fn what_two_servers_could_read_differently_is_refused() {
    let server = Server::start();
    let length = LOGIN.len();
    let smuggled = "GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n";
    for (what, request) in [
        (
            "a length and chunks",
            login("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n" + smuggled,
        ),
        (
            "chunks and a length",
            login("Transfer-Encoding: chunked\r\nContent-Length: 40\r\n") + "0\r\n\r\n" + smuggled,
        ),
        (
            "two lengths",
            login(&format!(
                "Content-Length: {length}\r\nContent-Length: 0\r\n"
            )) + LOGIN,
        ),
        (
            "a list of lengths",
            login(&format!("Content-Length: {length}, 0\r\n")) + LOGIN,
        ),
        (
            "a length with a sign",
            login(&format!("Content-Length: +{length}\r\n")) + LOGIN,
        ),
        ("a negative length", login("Content-Length: -1\r\n") + LOGIN),
        (
            "a length in hexadecimal",
            login("Content-Length: 0x10\r\n") + LOGIN,
        ),
        (
            "a huge length",
            login("Content-Length: 99999999999999999999\r\n") + LOGIN,
        ),
        (
            "a coding that is none",
            login("Transfer-Encoding: xchunked\r\n") + LOGIN,
        ),
        (
            "a coding after chunked",
            login("Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n" + smuggled,
        ),
        (
            "a coding with a tab",
            login("Transfer-Encoding:\x0bchunked\r\n") + "0\r\n\r\n",
        ),
        (
            "a blank before the colon",
            login("Content-Length : 5\r\n") + "12345",
        ),
        (
            "a folded line",
            login("X-A: b\r\n c\r\nContent-Length: 0\r\n"),
        ),
        ("a line without a colon", login("nonsense\r\n")),
        ("a line without a name", login(": x\r\n")),
        ("a NUL in a line", login("X-A: b\0c\r\n")),
        (
            "a carriage return in a line",
            login("X-A: b\rContent-Length: 5\r\n"),
        ),
        (
            "chunked twice",
            login("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")
                + &format!("{length:x}\r\n{LOGIN}\r\n0\r\n\r\n"),
        ),
        (
            "chunked twice in a line",
            login("Transfer-Encoding: chunked, chunked\r\n")
                + &format!("{length:x}\r\n{LOGIN}\r\n0\r\n\r\n"),
        ),
        (
            "a chunk whose length is none",
            login("Transfer-Encoding: chunked\r\n") + "zz\r\n",
        ),
        (
            "a chunk that is too long",
            login("Transfer-Encoding: chunked\r\n") + "fffffffffffffffff\r\n",
        ),
        (
            "a chunk without its end",
            login("Transfer-Encoding: chunked\r\n") + "1\r\n{}}\r\n0\r\n\r\n",
        ),
        (
            "bare line feeds",
            login(&format!("Content-Length: {length}\r\n")).replace("\r\n", "\n") + LOGIN,
        ),
        (
            "one bare line feed",
            login(&format!("X-A: b\nContent-Length: {length}\r\n")) + LOGIN,
        ),
        (
            "two hosts",
            "GET /api/posts/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(),
        ),
        (
            "no version",
            "GET /api/posts/\r\nHost: x\r\n\r\n".to_owned(),
        ),
        (
            "another version",
            "GET /api/posts/ HTTP/7.0\r\nHost: x\r\n\r\n".to_owned(),
        ),
        (
            "a method that is none",
            "G(T /api/posts/ HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        ),
        (
            "a blank in the path",
            "GET /api/ posts/ HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        ),
        (
            "a path that is none",
            "GET api/posts/ HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        ),
        ("TLS", "\x16\x03\x01\x02\x00\x01\x00".to_owned()),
        (
            "half a preface of HTTP/2",
            "PRI * HTTP/2.0\r\n\r\nSM".to_owned(),
        ),
    ] {
        let statuses = server.statuses(request.as_bytes());
        let refused = statuses.iter().all(|status| (400..500).contains(status));
        assert!(refused && statuses.len() <= 1, "{what}: {statuses:?}");
    }
    // what is only unusual
    for (what, request, status) in [
        (
            "the same length twice",
            login(&format!(
                "Content-Length: {length}\r\nContent-Length: {length}\r\n"
            )) + LOGIN,
            401,
        ),
        (
            "an extension of a chunk",
            login("Transfer-Encoding: chunked\r\n")
                + &format!("{length:x};a=b\r\n{LOGIN}\r\n0\r\nX: y\r\n\r\n"),
            401,
        ),
        (
            "an unknown coding before chunks",
            login("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n",
            501,
        ),
    ] {
        assert_eq!(server.statuses(request.as_bytes()), [status], "{what}");
    }
    assert_eq!(server.statuses(smuggled.as_bytes()), [200]);
}

/// A stream of random numbers.
struct Random {
    entropy: Entropy,
    bytes: Vec<u8>,
}

impl Random {
    fn below(&mut self, end: usize) -> usize {
        if self.bytes.len() < 4 {
            self.bytes = self.entropy.bytes().to_vec();
        }
        let number = self.bytes.split_off(self.bytes.len() - 4);
        u32::from_le_bytes(number.try_into().unwrap()) as usize % end
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// A good request, with some of its bytes replaced, removed, doubled or cut off; or only bytes.
    fn request(&mut self) -> Vec<u8> {
        let good = match self.below(4) {
            0 => "GET /api/posts/?page=1 HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nAuthorization: Bearer a.b.c\r\n\r\n".to_owned(),
            1 => login(&format!("Content-Length: {}\r\n", LOGIN.len())) + LOGIN,
            2 => {
                let mut chunks = login("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n");
                let _ = write!(chunks, "{:x}\r\n{LOGIN}\r\n0\r\n\r\n", LOGIN.len());
                chunks
            }
            _ => return (0..self.below(2000)).map(|_| self.byte()).collect(),
        };
        let mut bytes = good.into_bytes();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len().max(1));
            match self.below(5) {
                _ if bytes.is_empty() => {}
                0 => bytes[at] = self.byte(),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, *b"\r\n :\0,;/".get(self.below(8)).unwrap()),
                3 => bytes.truncate(at),
                _ => {
                    let again = bytes[at..(at + self.below(40)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, again);
                }
            }
        }
        bytes
    }
}

#[test]
fn random_bytes_never_hang_and_are_never_a_defect() {
    let server = Server::start();
    let mut random = Random {
        entropy: Entropy::seeded(6),
        bytes: Vec::new(),
    };
    let requests = std::iter::repeat_with(|| random.request());
    let requests: Vec<_> = requests
        .take(if is_full() { 10_000 } else { 400 })
        .collect();
    // each takes a second or two, since mostly nobody knows that no more comes
    std::thread::scope(|threads| {
        for some in requests.chunks(requests.len() / 100) {
            threads.spawn(|| some.iter().for_each(|request| server.is_no_defect(request)));
        }
    });
    let statuses = server.statuses(b"GET /-/live HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(statuses, [200]);
}
