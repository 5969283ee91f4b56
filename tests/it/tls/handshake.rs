//! Handshakes, and what is answered over them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use rcgen::{KeyPair, PKCS_RSA_SHA256};
use rstest::rstest;

use super::{CODE, Pair, Server};

#[rstest]
fn https_is_spoken_by_every_kind_of_key(#[values("PKCS#8", "PKCS#1", "SEC1")] kind: &str) {
    let pair = Pair::new();
    if kind == "PKCS#1" {
        pair.keep(
            "localhost",
            &KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap(),
            |_| (),
        );
    }
    let (key, old) = (pair.path("key.pem"), pair.path("old.pem"));
    let form: &[&str] = match kind {
        "PKCS#1" => &["rsa", "-traditional"],
        "SEC1" => &["ec"],
        _ => &[],
    };
    if !form.is_empty() {
        let made = Command::new("openssl")
            .args(form)
            .args(["-in", &key, "-out", &old])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let text = fs::read_to_string(old).unwrap();
        assert!(
            text.contains("BEGIN RSA PRIVATE") || text.contains("BEGIN EC PRIVATE"),
            "{text}"
        );
        pair.put("key.pem", &text);
    }
    let server = Server::new(pair, &[]);
    let upload = server.pair.path("upload");
    fs::write(&upload, vec![b'x'; 3_000_000]).unwrap();
    let body = format!("@{upload}");
    for (version, protocol) in [("1.1", "--http1.1"), ("2", "--http2")] {
        for tls in ["--tlsv1.3", "--tls-max"] {
            let arguments: Vec<&str> = if tls == "--tls-max" {
                vec![protocol, tls, "1.2"]
            } else {
                vec![protocol, tls]
            };
            let told = server.curl("/-/live", &[&arguments[..], &CODE].concat());
            assert_eq!(told, format!("{version} 200"), "{arguments:?}");
            // an answer that overtakes its request arrives here too
            let post = [&arguments[..], &CODE, &["--data-binary", &body]].concat();
            assert_eq!(server.curl("/api/posts/", &post), format!("{version} 401"));
        }
    }
    let old = Command::new("curl")
        .args(["--silent", "--insecure", "--tls-max", "1.1"])
        .arg(format!("{}/-/live", server.program.base))
        .status()
        .unwrap();
    assert!(!old.success());
    let log = server.program.log();
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
}

#[test]
fn who_speaks_plain_http_is_told_so() {
    let server = Server::new(Pair::new(), &[]);
    for request in [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "G".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!(
            "POST /api/posts/ HTTP/1.1\r\nContent-Length: 300000\r\n\r\n{}",
            "x".repeat(300_000)
        ),
    ] {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"),
            "{answer}"
        );
    }
    // a client that waits for its answer before it ends
    let plain = server.program.base.replace("https", "http");
    let output = Command::new("curl")
        .args(["--silent", "--include"])
        .arg(plain)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        told.starts_with("HTTP/1.1 400 ") && told.contains("This port speaks TLS"),
        "{told}"
    );
}

#[test]
fn a_handshake_that_does_not_come_holds_nobody_up_and_is_cut_off() {
    let server = Server::new(Pair::new(), &[("GATEPOST_LIMITS__HEAD_TIME", "1s")]);
    let hello: [&[u8]; 3] = [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"];
    let mut silent: Vec<TcpStream> = Vec::new();
    for part in hello.iter().cycle().take(60) {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(part).unwrap();
        silent.push(stream);
    }
    assert_eq!(server.curl("/-/live", &[]), "live\n");
    let begun = Instant::now();
    for mut stream in silent {
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        let is_silence = ended
            .as_ref()
            .is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(!is_silence && rest.is_empty(), "{ended:?} {rest:?}");
    }
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    // nor does one hold up the end
    let _half = TcpStream::connect(server.address()).unwrap();
    let begun = Instant::now();
    assert_eq!(server.program.terminate(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn random_bytes_get_an_end() {
    let server = Server::new(Pair::new(), &[("GATEPOST_LIMITS__HEAD_TIME", "1s")]);
    for seed in 0..40_u8 {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let bytes: Vec<u8> = (0..200)
            .map(|n: u8| n.wrapping_mul(seed).wrapping_add(seed ^ 0x16))
            .collect();
        // it may have ended already
        drop(stream.write_all(&bytes));
        drop(stream.shutdown(std::net::Shutdown::Write));
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let ended = stream.read_to_end(&mut Vec::new());
        assert!(ended.is_ok_and(|bytes| bytes < 300), "{seed}");
    }
    assert_eq!(server.curl("/-/live", &[]), "live\n");
}

#[test]
fn hsts_is_said_of_what_is_answered_over_tls_alone() {
    let hsts = ("GATEPOST_SERVER__HSTS", "365d");
    let server = Server::new(Pair::new(), &[hsts]);
    let said = |server: &Server, path: &str| {
        let head = server
            .curl(path, &["--include", "--http1.1"])
            .to_lowercase();
        let mut lines = head.lines().map(str::to_owned);
        lines.find_map(|line| {
            line.strip_prefix("strict-transport-security: ")
                .map(str::to_owned)
        })
    };
    for path in ["/api/posts/", "/api/posts", "/nothing/"] {
        assert_eq!(
            said(&server, path).as_deref(),
            Some("max-age=31536000"),
            "{path}"
        );
    }
    let all = [
        hsts,
        ("GATEPOST_SERVER__HSTS_INCLUDE_SUBDOMAINS", "true"),
        ("GATEPOST_SERVER__HSTS_PRELOAD", "true"),
    ];
    let server = Server::new(Pair::new(), &all);
    let value = "max-age=31536000; includesubdomains; preload";
    assert_eq!(said(&server, "/api/posts/").as_deref(), Some(value));
    let server = Server::new(Pair::new(), &[]);
    assert_eq!(said(&server, "/api/posts/"), None);
}
