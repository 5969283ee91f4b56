//! What stands between the program and the server: each in one sentence that names it, with what to do.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use gatepost_tests::{Ended, Machine, ReverseProxy, free_port};
use rstest::rstest;
use tempfile::TempDir;

use super::{Kind, Server};

/// Runs a command with these variables.
pub(super) fn with(machine: &Machine, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut command = machine.command(arguments);
    command.envs(variables.iter().copied());
    machine.ended(arguments, &mut command)
}

/// Nothing of a library, in one sentence and one hint.
#[track_caller]
fn is_plain(said: &str) {
    for internal in [
        "os error",
        "InvalidContentType",
        "corrupt message",
        "hyper",
        "reqwest",
        "rustls",
        "SS error",
        "UnknownIssuer",
        "CaUsedAsEndEntity",
        "dns error",
        "tcp connect",
        "error sending",
        "invalid peer",
        "Connect(",
        "ErrorKind",
    ] {
        assert!(!said.contains(internal), "{internal} in {said}");
    }
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(
        said.starts_with("error: ") && said.contains("\nhint: "),
        "{said}"
    );
}

/// A server that gives each connection this answer, whatever it is asked.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || answer_one(client, answer));
        }
    });
    url
}

fn answer_one(mut client: TcpStream, answer: &str) {
    client
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let mut bytes = [0; 4096];
    while client
        .read(&mut bytes)
        .is_ok_and(|read| read == bytes.len())
    {}
    let _ = client.write_all(answer.as_bytes());
}

const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 44\r\nConnection: close\r\n\r\n<html><title>Hotel Wi-Fi</title>Hello</html>";

/// A page of a captive portal is no answer, whatever was asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_portal_s_page_is_success_of_nothing() {
    let machine = Machine::new(&answering(PAGE));
    let token = [("GATEPOST_TOKEN", "x.y.z")];
    for arguments in [
        &["posts", "delete", "1", "--yes"][..],
        &["posts", "create", "-t", "T", "-b", "B"],
        &["posts", "edit", "1", "-t", "T"],
        &["posts", "view", "1"],
        &["posts", "list"],
        &["profile"],
        &["token", "--verify"],
        &["status"],
    ] {
        let ended = with(&machine, &token, arguments);
        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        assert!(
            !ended.err.contains("Deleted") && !ended.err.contains("accepts"),
            "{}",
            ended.err
        );
        assert!(ended.err.contains("Hotel Wi-Fi"), "{}", ended.err);
        is_plain(&ended.err);
    }
}

/// Nor is JSON of another form than the API gives.
#[tokio::test(flavor = "multi_thread")]
async fn json_of_another_form_is_success_of_nothing() {
    const LIST: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]";
    const NOTHING: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    let token = [("GATEPOST_TOKEN", "x.y.z")];
    for (answer, own) in [(LIST, "list"), (NOTHING, "delete")] {
        let machine = Machine::new(&answering(answer));
        for arguments in [
            &["posts", "delete", "1", "--yes"][..],
            &["posts", "create", "-t", "T", "-b", "B"],
            &["posts", "edit", "1", "-t", "T"],
            &["posts", "view", "1"],
            &["posts", "list"],
            &["profile"],
            &["token", "--verify"],
            &["status"],
        ] {
            if arguments[1..].first() != Some(&own) {
                let ended = with(&machine, &token, arguments).expect(1);
                is_plain(&ended.err);
            }
        }
    }
}

/// Who could not be reached has done nothing; who was silent after all was sent may have done it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_sent_was_not_done() {
    let unsure = "it may have worked all the same";
    let token = [("GATEPOST_TOKEN", "x.y.z")];
    let create = ["posts", "create", "-t", "T", "-b", "B"];
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let ended = with(&Machine::new(&nowhere), &token, &create).expect(6);
    assert!(
        ended.err.contains(&nowhere) && !ended.err.contains(unsure),
        "{}",
        ended.err
    );
    is_plain(&ended.err);
    // the hint is for the server that was meant
    let cut = answering("");
    let flags = ["--server", &cut];
    let ended = with(
        &Machine::new(&nowhere),
        &token,
        &[&create[..], &flags].concat(),
    )
    .expect(6);
    assert!(
        ended
            .err
            .contains(&format!("`gatepost posts list --server {cut}`")),
        "{}",
        ended.err
    );
    // closed after it was read, and never answered at all
    let ended = with(&Machine::new(&answering("")), &token, &create).expect(6);
    assert!(ended.err.contains(unsure), "{}", ended.err);
    is_plain(&ended.err);
    // an account as well
    let machine = Machine::new(&answering(""));
    let ended = machine
        .run_with(Machine::PASSWORD, &Machine::REGISTER)
        .expect(6);
    assert!(
        ended.err.contains(unsure) && ended.err.contains("`gatepost login`"),
        "{}",
        ended.err
    );
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let machine = Machine::new(&format!("http://{}", silent.local_addr().unwrap()));
    for (flags, variables) in [
        (&["--timeout", "0.5"][..], &[][..]),
        (&[], &[("GATEPOST_TIMEOUT", "500ms\r\n")][..]),
    ] {
        let variables = [&token[..], variables].concat();
        let start = Instant::now();
        let ended = with(&machine, &variables, &[&create[..], flags].concat()).expect(6);
        // the limit that nobody gave is half a minute
        assert!(start.elapsed() < Duration::from_secs(15));
        assert!(
            ended.err.contains("did not answer in time") && ended.err.contains(unsure),
            "{}",
            ended.err
        );
        is_plain(&ended.err);
    }
}

#[rstest]
#[case(&["--server", "localhost:8000"], "localhost:8000 has no scheme: try http://localhost:8000")]
#[case(&["--server", "127.0.0.1:8000"], "try http://127.0.0.1:8000")]
#[case(&["--server", "api.example.org/x"], "try https://api.example.org/x")]
#[case(&["--server", ""], "--server is empty")]
#[case(&["--timeout", "0"], "--timeout is \"0\", which is no length of time")]
#[case(&["--timeout", "soon"], "--timeout is \"soon\"")]
#[case(&["--ca-cert", "missing.pem"], "missing.pem can't be read: there is no such file")]
#[case(&["--request-header", "hunter2"], "--request-header has no colon: write NAME:VALUE")]
#[case(&["--request-header", "Authorization: hunter2"], "--request-header names authorization, which gatepost sends itself")]
#[case(&["--request-header", "@missing"], "@missing can't be read: there is no such file")]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_option_is_said_in_a_sentence(#[case] flags: &[&str], #[case] sentence: &str) {
    let machine = Machine::new("https://127.0.0.1:9");
    let token = [("GATEPOST_TOKEN", "x.y.z")];
    let ended = with(&machine, &token, &[&["profile"], flags].concat()).expect(2);
    assert!(ended.err.contains(sentence), "{}", ended.err);
    assert!(!ended.err.contains("hunter2"), "{}", ended.err);
    is_plain(&ended.err);
}

/// A token is of one account: no other can be named beside it.
#[test]
fn a_token_and_an_account_contradict_each_other() {
    let machine = Machine::new("http://127.0.0.1:9");
    let token = ("GATEPOST_TOKEN", "x.y.z");
    for (variables, flags) in [
        (&[token][..], &["--account", "ada"][..]),
        (&[token, ("GATEPOST_ACCOUNT", "ada")], &[]),
    ] {
        for command in [
            &["profile"][..],
            &["posts", "list"],
            &["status"],
            &["token"],
        ] {
            let ended = with(&machine, variables, &[command, flags].concat()).expect(2);
            assert!(ended.err.contains("contradict"), "{}", ended.err);
            is_plain(&ended.err);
        }
    }
}

/// A redirect of nginx's is named, with what to do, whatever its status and whatever is asked.
#[rstest]
#[case(301, "https://login.example.org$request_uri?secret=hunter2")]
#[case(302, "https://login.example.org/sso?secret=hunter2")]
#[case(307, "https://login.example.org/sso?secret=hunter2")]
#[case(308, "https://login.example.org$request_uri")]
fn a_redirect_names_its_target(#[case] status: u16, #[case] target: &str) {
    let nginx = ReverseProxy::nginx_that_redirects(status, target);
    let machine = Machine::new(&format!("http://{}", nginx.address()));
    let token = [("GATEPOST_TOKEN", "x.y.z")];
    for arguments in [
        &["profile"][..],
        &["posts", "delete", "1", "--yes"],
        &["posts", "create", "-t", "T", "-b", "B"],
    ] {
        let ended = with(&machine, &token, arguments).expect(1);
        assert!(
            ended.err.contains("https://login.example.org/"),
            "{}",
            ended.err
        );
        assert!(!ended.err.contains("hunter2"), "{}", ended.err);
        is_plain(&ended.err);
    }
    let login = [
        "login",
        "--username=ada",
        "--store=file",
        "--password-stdin",
    ];
    let ended = machine.run_with(Machine::PASSWORD, &login).expect(1);
    assert!(
        ended.err.contains("https://login.example.org/"),
        "{}",
        ended.err
    );
    is_plain(&ended.err);
}

/// A proxy that is dead is named, with the variable that it came from; and a server for which there is to be none is
/// not asked by it.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_proxy_is_named_with_its_variable() {
    let proxy = format!("http://user:hunter2@127.0.0.1:{}", free_port());
    let machine = Machine::new("http://192.0.2.1:9");
    for variable in ["http_proxy", "ALL_PROXY"] {
        let variables = [("GATEPOST_TOKEN", "x.y.z"), (variable, &*proxy)];
        let arguments = ["profile", "--allow-http", "--timeout", "2"];
        let ended = with(&machine, &variables, &arguments).expect(6);
        assert!(
            ended.err.contains("the proxy http://127.0.0.1:"),
            "{}",
            ended.err
        );
        assert!(
            ended.err.contains(&format!(" (from {variable})")) && !ended.err.contains("hunter2"),
            "{}",
            ended.err
        );
        is_plain(&ended.err);
        let variables = [&variables[..], &[("NO_PROXY", "localhost, 192.0.2.0/24")]].concat();
        let ended = with(&machine, &variables, &arguments);
        assert!(!ended.err.contains("proxy"), "{}", ended.err);
    }
}

/// A server of OpenSSL's with a certificate that it has signed itself.
struct Tls {
    child: Child,
    folder: TempDir,
    url: String,
}

impl Tls {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let made = Command::new("openssl")
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out",
                "cert.pem",
            ])
            .args([
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ])
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let port = free_port();
        let child = Command::new("openssl")
            .args([
                "s_server",
                "-quiet",
                "-www",
                "-accept",
                &format!("127.0.0.1:{port}"),
            ])
            .args(["-key", "key.pem", "-cert", "cert.pem"])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::yield_now();
        }
        let url = format!("https://127.0.0.1:{port}");
        Self { child, folder, url }
    }

    fn certificate(&self) -> String {
        self.folder.path().join("cert.pem").display().to_string()
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_about_tls_has_its_sentence() {
    let tls = Tls::start();
    let token = ("GATEPOST_TOKEN", "x.y.z");
    let machine = Machine::new(&tls.url);
    let ended = with(&machine, &[token], &["profile"]).expect(6);
    assert!(ended.err.contains("signed by itself"), "{}", ended.err);
    assert!(ended.err.contains("--ca-cert"), "{}", ended.err);
    is_plain(&ended.err);
    // trusted, it answers with a page, which is no answer of the API
    let path = tls.certificate();
    let crlf = tls.folder.path().join("crlf.pem").display().to_string();
    let pem = std::fs::read_to_string(&path)
        .unwrap()
        .replace('\n', "\r\n");
    std::fs::write(&crlf, format!("\u{feff}{pem}")).unwrap();
    let quoted = format!("\"{path}\"\r\n");
    let folder = format!("/missing:{}", tls.folder.path().display());
    for (variables, flags) in [
        (&[token][..], &["--ca-cert", &path][..]),
        (&[token], &["--ca-cert", &crlf]),
        (&[token, ("GATEPOST_CA_CERT", &path)], &[]),
        (&[token, ("GATEPOST_CA_CERT", &quoted)], &[]),
        (&[token, ("SSL_CERT_FILE", &path)], &[]),
        (&[token, ("SSL_CERT_DIR", &folder)], &[]),
    ] {
        let ended = with(&machine, variables, &[&["profile"], flags].concat()).expect(1);
        assert!(ended.err.contains("not with this API"), "{}", ended.err);
    }
    // http to an https port, and the reverse
    let plain = tls.url.replace("https:", "http:");
    let ended = with(&machine, &[token], &["profile", "--server", &plain]).expect(6);
    assert!(
        ended.err.contains(&format!("try {}", tls.url)),
        "{}",
        ended.err
    );
    is_plain(&ended.err);
    let server = Server::start(Kind::Gatepost).await;
    let other = server.url.replace("http:", "https:");
    let ended = with(&machine, &[token], &["profile", "--server", &other]).expect(6);
    assert!(
        ended.err.contains("does not speak https")
            && ended.err.contains(&format!("try {}", server.url)),
        "{}",
        ended.err
    );
    is_plain(&ended.err);
    // what is no certificate
    let key = tls.folder.path().join("key.pem").display().to_string();
    let ended = with(&machine, &[token], &["profile", "--ca-cert", &key]).expect(2);
    assert!(ended.err.contains("key.pem"), "{}", ended.err);
    is_plain(&ended.err);
    for (variable, missing) in [
        ("SSL_CERT_FILE", "/missing.pem"),
        ("SSL_CERT_DIR", "/missing"),
    ] {
        let ended = with(&machine, &[token, (variable, missing)], &["profile"]).expect(2);
        let named = format!("{variable} names {missing}, which is not there");
        assert!(ended.err.contains(&named), "{}", ended.err);
        is_plain(&ended.err);
    }
}

/// As a file of variables or a script of Windows gives them.
#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_s_variables_are_taken_as_people_produce_them() {
    let machine = Machine::new("https://api.invalid");
    let port = gatepost_tests::free_port();
    let token = ("GATEPOST_TOKEN", "x.y.z");
    let url = format!("http://127.0.0.1:{port}");
    for proxy in [
        format!("\"{url}\""),
        format!("'{url}'\r\n"),
        format!("\u{feff}{url}\n"),
        format!(" \"127.0.0.1:{port}\"\r"),
    ] {
        let variables = [token, ("HTTPS_PROXY", &*proxy)];
        let ended = with(&machine, &variables, &["profile"]).expect(6);
        assert!(
            ended.err.contains(&url) && ended.err.contains("HTTPS_PROXY"),
            "{proxy:?}: {}",
            ended.err
        );
        for none in [
            "\"api.invalid\"",
            "'localhost,.invalid'\r\n",
            "\u{feff}invalid\n",
        ] {
            let variables = [token, ("HTTPS_PROXY", &*proxy), ("NO_PROXY", none)];
            let ended = with(&machine, &variables, &["profile"]).expect(6);
            assert!(
                !ended.err.contains("HTTPS_PROXY"),
                "{none:?}: {}",
                ended.err
            );
        }
    }
    // empty in quotes is none
    let ended = with(&machine, &[token, ("HTTPS_PROXY", "\"\"")], &["profile"]).expect(6);
    assert!(!ended.err.contains("HTTPS_PROXY"), "{}", ended.err);
}
