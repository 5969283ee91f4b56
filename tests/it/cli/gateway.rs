//! A gateway before the server, such as Cloudflare Access, which asks for headers of its own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use gatepost_tests::Machine;

use super::reach::with;
use super::{Kind, Server};

/// A gateway lets nobody pass without its header: the login that gives it keeps it for all that follows, and nothing
/// shows it.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_s_header_is_sent_with_every_request_and_never_shown() {
    let server = Server::start(Kind::Gatepost).await;
    let url = gateway(server.url.trim_start_matches("http://").to_owned());
    let machine = Machine::new(&url);
    let header = ["--request-header", "CF-Access-Client-Secret: hunter2"];
    let register = Machine::REGISTER;
    let login = [
        "login",
        "--username",
        "ada",
        "--store",
        "file",
        "--password-stdin",
    ];
    let ended = machine.run_with(Machine::PASSWORD, &login).expect(1);
    assert!(ended.err.contains("403"), "{}", ended.err);
    machine
        .run_with(Machine::PASSWORD, &[&register[..], &header].concat())
        .expect(0);
    let ended = machine
        .run_with(
            Machine::PASSWORD,
            &[&login[..], &header, &["-vvv"]].concat(),
        )
        .expect(0);
    assert!(!ended.err.contains("hunter2"), "{}", ended.err);
    for arguments in [
        &["profile", "-vvv"][..],
        &["token", "--refresh"],
        &["posts", "list"],
        &["accounts"],
        &["accounts", "--json"],
        &["status", "-vvv"],
    ] {
        let ended = machine.run(arguments).expect(0);
        assert!(
            !ended.err.contains("hunter2") && !ended.out.contains("hunter2"),
            "{ended:?}"
        );
    }
    assert!(
        machine.accounts().contains("Its headers are secrets"),
        "{}",
        machine.accounts()
    );
    let file = machine.home().join(".config/gatepost/accounts.toml");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // another account's at the same server is another one's
    let text = std::fs::read_to_string(&file).unwrap();
    let of_bob = text.replace("ada", "bob").replace("hunter2", "wrong");
    let of_bob = of_bob.replace("active = true", "active = false");
    std::fs::write(&file, format!("{text}\n{of_bob}")).unwrap();
    machine.run(&["profile"]).expect(0);
    // from a file, for a machine that knows nothing
    let other = Machine::new(&url);
    let lines = other.home().join("headers");
    std::fs::write(&lines, "\u{feff}CF-Access-Client-Secret: hunter2\r\n").unwrap();
    let token = machine.run(&["token"]).expect(0).out;
    let token = ("GATEPOST_TOKEN", &*token);
    with(&other, &[token], &["profile"]).expect(1);
    with(
        &other,
        &[token],
        &["profile", "--request-header", "@headers"],
    )
    .expect(0);
    let variable = (
        "GATEPOST_REQUEST_HEADER",
        "CF-Access-Client-Secret: hunter2\n",
    );
    with(&other, &[token, variable], &["profile"]).expect(0);
    let file = ("GATEPOST_REQUEST_HEADER", "@headers");
    with(&other, &[token, file], &["profile"]).expect(0);
}

/// A gateway before a server: without its header a page of its own.
fn gateway(upstream: String) -> String {
    const REFUSAL: &str = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>";
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let upstream = upstream.clone();
            thread::spawn(move || pass(client, &upstream, REFUSAL));
        }
    });
    url
}

fn pass(mut client: TcpStream, upstream: &str, refusal: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut bytes = [0; 4096];
    let end = loop {
        let read = client.read(&mut bytes)?;
        request.extend_from_slice(&bytes[..read]);
        if read == 0 {
            return Ok(());
        }
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    while request.len() < end + 4 + length {
        let read = client.read(&mut bytes)?;
        request.extend_from_slice(&bytes[..read]);
    }
    if !head.contains("cf-access-client-secret: hunter2") {
        return client.write_all(refusal.as_bytes());
    }
    let mut server = TcpStream::connect(upstream)?;
    let first = head.lines().next().map_or(0, str::len);
    server.write_all(&request[..first])?;
    server.write_all(b"\r\nConnection: close")?;
    server.write_all(&request[first..])?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    client.write_all(&answer)
}
