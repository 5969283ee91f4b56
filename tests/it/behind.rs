//! The proxies of docs/deploy, by exactly the configurations that stand there, but for ports, paths and names.

use std::fs;
use std::path::Path;
use std::process::Command;

use gatepost_tests::{Program, ReverseProxy, free_port};
use rcgen::{CertificateParams, KeyPair};
use rstest::rstest;
use serde_json::{Value, json};

/// A configuration of docs/deploy with other words in the place of some of it, each of which is there.
fn deployed(name: &str, words: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs/deploy")
        .join(name);
    let mut text = fs::read_to_string(path).unwrap();
    for (from, to) in words {
        assert!(text.contains(from), "{from} is not in {name}");
        text = text.replace(from, to);
    }
    text
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Nginx,
    NginxSubPath,
    Caddy,
    CaddySubPath,
    Haproxy,
}

impl Way {
    fn is_below_a_path(self) -> bool {
        [Self::NginxSubPath, Self::CaddySubPath].contains(&self)
    }

    fn host(self) -> &'static str {
        if self.is_below_a_path() {
            "www.example.com"
        } else {
            "service.example.com"
        }
    }

    fn prefix(self) -> &'static str {
        if self.is_below_a_path() {
            "/service"
        } else {
            ""
        }
    }
}

/// A server behind a proxy, each as documented.
struct Deployed {
    way: Way,
    program: Program,
    _proxy: ReverseProxy,
    folder: tempfile::TempDir,
    http: u16,
    https: u16,
}

impl Deployed {
    fn new(way: Way) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![way.host().to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        fs::write(path("fullchain.pem"), certificate.pem()).unwrap();
        fs::write(path("key.pem"), key.serialize_pem()).unwrap();
        let both = format!("{}{}", certificate.pem(), key.serialize_pem());
        fs::write(path("both.pem"), both).unwrap();

        let program = Self::serve(way, folder.path());
        let upstream = program
            .base
            .trim_start_matches("http://")
            .trim_start_matches("unix:");
        let (http, https) = (free_port(), free_port());
        let folders = format!("/etc/ssl/{}", way.host());
        let [ports @ .., ours] = [
            format!("{http}"),
            format!("{https}"),
            folder.path().display().to_string(),
        ];
        let [plain, encrypted] = &ports;
        let listen = format!("listen {encrypted} ssl");
        let nginx = [
            ("user www-data;", "user root root;"),
            ("pid /run/nginx.pid;", "pid {folder}/nginx.pid;"),
            ("error_log /var/log/nginx/error.log;", "error_log stderr;"),
            (
                "access_log /var/log/nginx/access.log;",
                "access_log off; {temporary}",
            ),
            ("listen 443 ssl", &listen),
            (&folders, &ours),
        ];
        let site = format!("https://{}:443", way.host());
        let caddy = [
            ("http_port 80", &format!("http_port {plain}")[..]),
            ("https_port 443", &format!("https_port {encrypted}")),
            (&site, &site.replace("443", encrypted)),
            (&folders, &ours),
        ];
        let proxy = match way {
            Way::Nginx => {
                let listen = format!("listen {plain};");
                let more = [("listen 80;", &listen[..]), ("127.0.0.1:8000", upstream)];
                let config = deployed("nginx.conf", &[&nginx[..], &more].concat());
                ReverseProxy::nginx_by(&config, https)
            }
            Way::NginxSubPath => {
                let more = [("/run/gatepost/socket", upstream)];
                let config = deployed("nginx-sub-path.conf", &[&nginx[..], &more].concat());
                ReverseProxy::nginx_by(&config, https)
            }
            Way::Caddy => {
                let more = [("127.0.0.1:8000", upstream)];
                ReverseProxy::caddy_by(&deployed("Caddyfile", &[&caddy[..], &more].concat()), https)
            }
            Way::CaddySubPath => {
                let more = [("/run/gatepost/socket", upstream)];
                let config = deployed("Caddyfile-sub-path", &[&caddy[..], &more].concat());
                ReverseProxy::caddy_by(&config, https)
            }
            Way::Haproxy => {
                let words = [
                    ("bind :80", &format!("bind :{plain}")[..]),
                    ("bind :443", &format!("bind :{encrypted}")),
                    ("/etc/haproxy/service.example.com.pem", &path("both.pem")),
                    ("127.0.0.1:8000", upstream),
                ];
                ReverseProxy::haproxy_by(&deployed("haproxy.cfg", &words), https)
            }
        };
        Self {
            way,
            program,
            _proxy: proxy,
            folder,
            http,
            https,
        }
    }

    /// The server by its documented settings.
    fn serve(way: Way, folder: &Path) -> Program {
        let name = if way.is_below_a_path() {
            "gatepost-sub-path.toml"
        } else {
            "gatepost.toml"
        };
        let config = folder.join(name);
        fs::write(&config, deployed(name, &[])).unwrap();
        let mut command = Program::command(folder, &["--config", name]);
        command.env("GATEPOST_PASSWORDS__ITERATIONS", "1");
        if way.is_below_a_path() {
            let bind = format!("unix:{}", folder.join("socket").display());
            Program::serve_at(&bind, &mut command)
        } else {
            Program::serve(&mut command)
        }
    }

    /// What curl, on an address of its own, gets: the head in lower case, and the body.
    fn curl(&self, scheme: &str, path: &str, arguments: &[&str]) -> (String, String) {
        let (host, prefix) = (self.way.host(), self.way.prefix());
        let port = if scheme == "https" {
            self.https
        } else {
            self.http
        };
        let output = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--include",
                "--interface",
                "127.0.0.2",
            ])
            .args(["--cacert", &self.path("fullchain.pem")])
            .args(["--resolve", &format!("{host}:{port}:127.0.0.1")])
            // what a client makes up
            .args([
                "--header",
                "X-Forwarded-For: 6.6.6.6",
                "--header",
                "Forwarded: for=6.6.6.6",
            ])
            .args([
                "--header",
                "X-Forwarded-Host: evil.example",
                "--header",
                "X-Request-Id: forged",
            ])
            .args(["--header", "X-Forwarded-Proto: gopher"])
            .args(arguments)
            .arg(format!("{scheme}://{host}:{port}{prefix}{path}"))
            .output()
            .unwrap();
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{path}: {why}");
        let text = String::from_utf8(output.stdout).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.to_lowercase(), body.to_owned())
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Sends JSON, and gives the answer's, which has this status.
    #[track_caller]
    fn post(&self, path: &str, body: &Value, status: u16) -> Value {
        let json = [
            "--header",
            "Content-Type: application/json",
            "--data",
            &body.to_string(),
        ];
        let (head, body) = self.curl("https", path, &json);
        assert_eq!(code(&head), status.to_string(), "{head} {body}");
        serde_json::from_str(&body).unwrap()
    }
}

fn code(head: &str) -> &str {
    head.split(' ').nth(1).unwrap().trim()
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut values = lines.filter(|(key, _)| *key == name);
    values.next().map(|(_, value)| value)
}

const PASSWORD: &str = "ComplexPassword123!";

#[rstest]
fn a_documented_proxy_serves(
    #[values(
        Way::Nginx,
        Way::NginxSubPath,
        Way::Caddy,
        Way::CaddySubPath,
        Way::Haproxy
    )]
    way: Way,
) {
    let here = Deployed::new(way);
    let user = json!({"username": "ann", "email": "a@example.com", "password": PASSWORD, "password2": PASSWORD, "first_name": "A", "last_name": "B"});
    here.post("/api/users/register/", &user, 201);
    let pair = here.post(
        "/api/token/",
        &json!({"username": "ann", "password": PASSWORD}),
        200,
    );
    let pair = here.post(
        "/api/token/refresh/",
        &json!({"refresh": pair["refresh"]}),
        200,
    );
    let bearer = format!("Authorization: Bearer {}", pair["access"].as_str().unwrap());
    let (head, body) = here.curl("https", "/api/users/profile/", &["--header", &bearer]);
    assert!(
        code(&head) == "200" && body.contains("a@example.com"),
        "{head} {body}"
    );
    assert_eq!(
        header(&head, "strict-transport-security"),
        Some("max-age=31536000")
    );
    let id = header(&head, "x-request-id").unwrap();
    assert_ne!(id, "forged");

    // a path without its slash, and one by plain http
    let (head, _) = here.curl("https", "/api/posts?a=b", &[]);
    let location = format!("{}/api/posts/?a=b", way.prefix());
    assert_eq!(
        (code(&head), header(&head, "location")),
        ("301", Some(&location[..]))
    );
    if !way.is_below_a_path() {
        let (head, _) = here.curl("http", "/api/posts/", &[]);
        let location = header(&head, "location").unwrap();
        let is_redirect = ["301", "308"].contains(&code(&head));
        assert!(
            is_redirect && location.starts_with("https://service.example.com"),
            "{head}"
        );
    }

    // an answer that overtakes a body arrives, by either protocol
    let upload = here.path("upload");
    fs::write(&upload, vec![b'x'; 8_000_000]).unwrap();
    for protocol in ["--http1.1", "--http2"] {
        for _ in 0..3 {
            let body = format!("@{upload}");
            let expect = ["--header", "Expect:"];
            let post = [&[protocol, "--data-binary", &body][..], &expect].concat();
            let (head, _) = here.curl("https", "/api/posts/", &post);
            assert_eq!(code(&head), "401", "{protocol} {head}");
        }
    }

    // the client is who came to the proxy, whatever it makes up
    let wrong = json!({"username": "ann", "password": "wrong"});
    here.post("/api/token/", &wrong, 401);
    let log = here.program.log();
    let failed = log
        .lines()
        .find(|line| line.contains("a login failed"))
        .unwrap();
    assert!(failed.contains("client.address=127.0.0.2"), "{failed}");
    let is_trouble = |line: &&str| {
        line.contains(" WARN ") && !line.contains("a login failed") || line.contains("ERROR")
    };
    let trouble: Vec<_> = log.lines().filter(is_trouble).collect();
    assert!(trouble.is_empty(), "{trouble:?}");
    assert!(!log.contains("6.6.6.6") && !log.contains("forged"), "{log}");
}

#[test]
fn every_file_of_docs_deploy_is_named_in_the_page() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let page = fs::read_to_string(docs.join("behind-a-proxy.md")).unwrap();
    for file in fs::read_dir(docs.join("deploy")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(page.contains(&format!("(deploy/{name})")), "{name}");
    }
}
