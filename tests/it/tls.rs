//! TLS of the server itself: what is spoken, what is refused at the start, and a certificate that changes while it serves.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use gatepost_tests::Program;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, date_time_ymd};
use rstest::rstest;

use crate::key_rotation::hang_up;
use crate::manager::Manager;
use crate::process::refusal;

/// A folder with `cert.pem` and `key.pem` of localhost.
pub(crate) struct Pair {
    pub(crate) folder: tempfile::TempDir,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let pair = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        pair.write("localhost", |_| ());
        pair
    }

    /// Puts another pair there, each file whole or not at all.
    fn write(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) {
        self.keep(name, &KeyPair::generate().unwrap(), change);
    }

    fn keep(&self, name: &str, key: &KeyPair, change: impl FnOnce(&mut CertificateParams)) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        change(&mut params);
        let certificate = params.self_signed(key).unwrap();
        self.put("cert.pem", &certificate.pem());
        self.put("key.pem", &key.serialize_pem());
    }

    fn put(&self, name: &str, text: &str) {
        let new = self.path("new");
        fs::write(&new, text).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
        fs::rename(new, self.path(name)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The settings that name its files.
    fn variables(&self) -> [(&'static str, String); 2] {
        [
            ("GATEPOST_SERVER__TLS_CERT", self.path("cert.pem")),
            ("GATEPOST_SERVER__TLS_KEY", self.path("key.pem")),
        ]
    }
}

/// A server with TLS.
struct Server {
    program: Program,
    pair: Pair,
}

impl Server {
    fn new(pair: Pair, variables: &[(&str, &str)]) -> Self {
        let arguments = [
            "--tls-cert",
            &pair.path("cert.pem"),
            "--tls-key",
            &pair.path("key.pem"),
        ];
        let mut command = Program::command(pair.folder.path(), &arguments);
        command
            .env("GATEPOST_PASSWORDS__ITERATIONS", "1")
            .envs(variables.iter().copied());
        let program = Program::serve(&mut command);
        assert!(
            program.base.starts_with("https://127.0.0.1:"),
            "{}",
            program.base
        );
        Self { program, pair }
    }

    fn address(&self) -> SocketAddr {
        let address = self.program.base.strip_prefix("https://").unwrap();
        address.parse().unwrap()
    }

    /// What curl, which trusts the certificate, is answered.
    fn curl(&self, path: &str, arguments: &[&str]) -> String {
        let port = self.address().port();
        let output = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--cacert",
                &self.pair.path("cert.pem"),
            ])
            .args([
                "--connect-to",
                &format!("localhost:{port}:127.0.0.1:{port}"),
            ])
            .args(arguments)
            .arg(format!("https://localhost:{port}{path}"))
            .output()
            .unwrap();
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{why}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The name in the certificate that is shown.
    fn shown(&self) -> String {
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "openssl s_client -connect {} </dev/null 2>/dev/null | openssl x509 -noout -subject",
                self.address()
            ))
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        told.trim().rsplit("= ").next().unwrap().to_owned()
    }

    fn wait_until_shown(&self, name: &str) {
        let begun = Instant::now();
        while self.shown() != name {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "still {}",
                self.shown()
            );
        }
    }
}

const CODE: [&str; 4] = [
    "--write-out",
    "%{http_version} %{http_code}",
    "--output",
    "/dev/null",
];

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

/// The sentence of a start with these files, which `check` says too.
#[track_caller]
fn refused(pair: &Pair, variables: &[(&str, String)]) -> String {
    let run = |arguments: &[&str]| {
        let mut command = Program::command(pair.folder.path(), arguments);
        refusal(&Program::ended(
            command.envs(
                variables
                    .iter()
                    .map(|(name, value)| (*name, value.as_str())),
            ),
        ))
    };
    let said = run(&["--bind", "127.0.0.1:0"]);
    assert_eq!(run(&["check"]), said);
    assert!(
        !pair.folder.path().join("gatepost-data").exists(),
        "nothing was made"
    );
    said
}

#[test]
fn what_can_t_be_used_is_refused_in_one_sentence() {
    let pair = Pair::new();
    let (cert, key) = (pair.path("cert.pem"), pair.path("key.pem"));
    let certificate = fs::read_to_string(&cert).unwrap();
    let secret = fs::read_to_string(&key).unwrap();
    let good = pair.variables();
    let openssl = |arguments: &[&str]| {
        let done = Command::new("openssl").args(arguments).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    let (der, encrypted) = (pair.path("der"), pair.path("encrypted"));
    openssl(&["pkey", "-in", &key, "-outform", "der", "-out", &der]);
    openssl(&[
        "pkey", "-in", &key, "-aes256", "-passout", "pass:x", "-out", &encrypted,
    ]);
    openssl(&[
        "x509",
        "-in",
        &cert,
        "-outform",
        "der",
        "-out",
        &pair.path("cert.der"),
    ]);
    pair.put("half", &certificate[..certificate.len() / 2]);
    pair.put("other", &KeyPair::generate().unwrap().serialize_pem());
    pair.put(
        "garbage",
        "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
    );
    let with = |setting: &str, name: &str| {
        let mut variables = good.clone();
        for (variable, value) in &mut variables {
            if variable.ends_with(setting) {
                *value = pair.path(name);
            }
        }
        refused(&pair, &variables)
    };
    for (setting, name, says) in [
        (
            "TLS_CERT",
            "nothing",
            "can't be read: No such file or directory (os error 2); check server.tls_cert",
        ),
        (
            "TLS_KEY",
            "nothing",
            "can't be read: No such file or directory (os error 2); check server.tls_key",
        ),
        ("TLS_KEY", ".", "can't be read: Is a directory"),
        ("TLS_CERT", "key.pem", "has no certificate in PEM"),
        ("TLS_KEY", "cert.pem", "has no private key in PEM"),
        ("TLS_CERT", "cert.der", "`openssl x509 -inform der"),
        ("TLS_KEY", "der", "`openssl pkey -inform der"),
        (
            "TLS_KEY",
            "encrypted",
            "is encrypted by a passphrase: `openssl pkey -in",
        ),
        ("TLS_CERT", "half", "is no whole PEM"),
        (
            "TLS_CERT",
            "garbage",
            "can't be used: invalid peer certificate",
        ),
        ("TLS_KEY", "other", "does not belong to the certificate"),
    ] {
        let said = with(setting, name);
        assert!(said.contains(says), "{setting} {name}: {said}");
        assert!(said.contains(&pair.path(name)) || name == ".", "{said}");
        for part in secret.lines().filter(|line| !line.starts_with('-')) {
            assert!(!said.contains(part), "the key is printed");
        }
    }
    for half in [&good[..1], &good[1..]] {
        let said = refused(&pair, half);
        assert!(said.contains("set both (--tls-cert, --tls-key)"), "{said}");
    }
    let socket = [&good[..], &[("GATEPOST_BIND", "unix:x".to_owned())]].concat();
    let mut command = Program::command(pair.folder.path(), &["check"]);
    let said = refusal(&Program::ended(command.envs(socket)));
    assert!(said.contains("a Unix socket has no TLS"), "{said}");
}

#[test]
fn what_works_and_should_not_stay_is_said() {
    let pair = Pair::new();
    let said = || {
        let mut command = Program::command(pair.folder.path(), &["check"]);
        let output = Program::ended(command.envs(pair.variables()));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(said(), "");
    pair.write("old", |params| params.not_after = date_time_ymd(2020, 2, 3));
    let over = said();
    assert!(
        over.contains("has been over since 2020-02-03T00:00:00") && over.lines().count() == 1,
        "{over}"
    );
    pair.write("new", |params| {
        params.not_before = date_time_ymd(2080, 2, 3);
    });
    let early = said();
    assert!(early.contains("begins at 2080-02-03T00:00:00"), "{early}");
    pair.write("localhost", |_| ());
    fs::set_permissions(pair.path("key.pem"), fs::Permissions::from_mode(0o640)).unwrap();
    let open = said();
    let key = pair.path("key.pem");
    assert!(
        open.contains(&format!(
            "the TLS key file {key} can be read by others than its owner: run `chmod 600 {key}`"
        )),
        "{open}"
    );
    // a start says it as well, and serves
    let log = Server::new(pair, &[]).program.log();
    assert!(log.contains("can be read by others"), "{log}");
}

#[test]
fn a_certificate_that_changes_is_shown_without_a_restart() {
    let server = Server::new(Pair::new(), &[]);
    assert_eq!(server.shown(), "localhost");
    // a connection from before goes on
    server.pair.write("renewed", |_| ());
    server.wait_until_shown("renewed");
    // as certbot does it: a link to another folder's files
    let next = Pair::new();
    next.write("linked", |_| ());
    for name in ["cert.pem", "key.pem"] {
        let link = server.pair.path("link");
        std::os::unix::fs::symlink(next.path(name), &link).unwrap();
        fs::rename(link, server.pair.path(name)).unwrap();
    }
    server.wait_until_shown("linked");
    assert_eq!(server.curl("/-/live", &["--insecure"]), "live\n");
    let log = server.program.log();
    assert!(!log.contains("ERROR"), "{log}");
}

#[test]
fn sighup_takes_the_certificate_and_a_broken_one_leaves_the_one_before() {
    let pair = Pair::new();
    let manager = Manager::new(Path::new(&pair.path("manager")));
    let server = Server::new(pair, &[manager.variable()]);
    manager.expect("READY=1");
    let reload = || {
        hang_up(&server.program);
        manager.expect("RELOADING=1");
        manager.expect("READY=1");
    };
    server.pair.write("second", |_| ());
    reload();
    assert_eq!(server.shown(), "second");
    let key = fs::read_to_string(server.pair.path("key.pem")).unwrap();
    server
        .pair
        .put("key.pem", &KeyPair::generate().unwrap().serialize_pem());
    reload();
    assert_eq!(server.shown(), "second");
    server.pair.put("key.pem", "");
    reload();
    fs::remove_file(server.pair.path("cert.pem")).unwrap();
    reload();
    assert_eq!(server.shown(), "second");
    let log = server.program.log();
    for why in [
        "does not belong to the certificate",
        "has no private key in PEM",
        "can't be read: No such file",
    ] {
        assert!(
            log.lines()
                .any(|line| line.contains("the one before stays") && line.contains(why)),
            "{why}: {log}"
        );
    }
    let secret = key.lines().nth(1).unwrap();
    assert!(!log.contains(secret), "the key is in the log");
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
