//! TLS of the server itself: what is spoken, what is refused at the start, and a certificate that changes while it serves.

mod certificate;
mod handshake;

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use gatepost_tests::Program;
use rcgen::{CertificateParams, DnType, KeyPair};

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
