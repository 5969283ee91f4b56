//! What can't be reached is named, with what to do, and nothing was sent.

use std::time::Duration;

use gatepost_sdk::{Client, ClientBuilder, Error, ErrorKind, Method, Unsent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::Server;

pub(crate) async fn asked(client: ClientBuilder) -> Error {
    let client = client.build().expect("a client");
    let asked = client.request(Method::POST, "/api/posts/").send_empty();
    asked.await.expect_err("no answer")
}

/// The cause, where nothing was sent.
pub(crate) fn cause(error: &Error) -> Unsent {
    assert!(!error.may_have_been_done(), "{error:?}");
    assert!(error.hint().is_some(), "{error:?}");
    for foreign in [
        "corrupt",
        "InvalidContentType",
        "client error",
        "SendRequest",
        "hyper",
        "SOCKS error",
        "underlying connection",
        "os error",
        "lookup address",
        "give a client certificate",
    ] {
        let said = format!("{error} {} {error:?}", error.hint().unwrap_or_default());
        assert!(!said.contains(foreign), "{said}");
    }
    match error.kind() {
        ErrorKind::Unreachable(unreachable) => unreachable.cause(),
        _ => panic!("it was sent: {error:?}"),
    }
}

/// A server that answers every connection with this, and closes it.
pub(crate) async fn answering(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let place = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    place
}

/// A port at which nobody listens.
pub(crate) async fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").to_string()
}

#[tokio::test]
async fn a_refused_connection_and_an_unknown_name_are_told_apart() {
    let dead = dead().await;
    let error = asked(Client::builder(format!("http://{dead}"))).await;
    assert_eq!(cause(&error), Unsent::Refused);
    assert!(error.is_transient());
    assert_eq!(
        error.to_string(),
        format!("http://{dead} could not be reached: nothing listens there (connection refused)")
    );
    let error = asked(
        Client::builder("http://nobody.invalid")
            .allow_http(true)
            .no_proxy(),
    )
    .await;
    assert_eq!(cause(&error), Unsent::UnknownHost);
    assert!(error.to_string().contains("nobody.invalid"), "{error}");
}

#[tokio::test]
async fn http_to_a_port_of_https_is_said() {
    for answer in [
        // a TLS alert
        &b"\x15\x03\x03\x00\x02\x02\x32"[..],
        b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<html><center>The plain HTTP request was sent to HTTPS port</center></html>",
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
    ] {
        let place = answering(answer).await;
        let error = asked(Client::builder(format!("http://{place}/below/"))).await;
        assert_eq!(cause(&error), Unsent::NotHttp);
        assert_eq!(error.hint(), Some(format!("try https://{place}/below").as_str()));
    }
}

/// Such an answer says that the request came: it is not for everybody to send it again.
#[tokio::test]
async fn an_answer_with_a_wrong_head_is_an_answer() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1 << 20));
    for answer in [
        long.leak().as_bytes(),
        b"HTTP/1.1 301 Moved\r\nlocation: /\x1b[31m\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
    ] {
        let place = answering(answer).await;
        let error = asked(Client::builder(format!("http://{place}"))).await;
        assert!(matches!(error.kind(), ErrorKind::Network), "{error:?}");
        assert!(!error.to_string().contains("does not speak"), "{error}");
    }
}

#[tokio::test]
async fn https_to_a_port_of_http_is_said() {
    let server = Server::start().await;
    let other = answering(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    for place in [server.url.trim_start_matches("http://"), &other] {
        let error = asked(Client::builder(format!("https://{place}"))).await;
        assert_eq!(cause(&error), Unsent::NotHttps);
        assert_eq!(
            error.to_string(),
            format!("https://{place} does not speak https")
        );
        assert_eq!(error.hint(), Some(format!("try http://{place}").as_str()));
    }
    let silent = answering(b"").await;
    let error = asked(Client::builder(format!("https://{silent}"))).await;
    assert_eq!(cause(&error), Unsent::TlsEnded);
}

#[tokio::test]
async fn a_server_that_does_not_let_connect_was_sent_nothing() {
    // it accepts nothing more once its queue is full; a handshake that never ends is the same to https
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let place = listener.local_addr().expect("an address");
    let client = Client::builder(format!("https://{place}"));
    let error = asked(client.timeout(Duration::from_millis(400))).await;
    assert_eq!(cause(&error), Unsent::ConnectTimeout);
    let client = Client::builder(format!("https://{place}"));
    let error = asked(client.connect_timeout(Duration::from_millis(300))).await;
    assert_eq!(cause(&error), Unsent::ConnectTimeout);
    drop(listener);
}

#[tokio::test]
async fn a_proxy_that_fails_is_named_without_its_password() {
    let dead = dead().await;
    for server in ["https://api.example.org", "http://api.example.org"] {
        let client = Client::builder(server).allow_http(true);
        let error = asked(client.proxy(format!("http://ada:secret@{dead}"))).await;
        assert_eq!(cause(&error), Unsent::Refused);
        let said = error.to_string();
        assert!(
            said.contains(&format!("the proxy http://{dead} ")),
            "{said}"
        );
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    let wants = answering(b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n").await;
    let refuses = answering(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    for (server, proxy, expected) in [
        ("https://api.example.org", &wants, Unsent::ProxyLogin),
        ("http://api.example.org", &wants, Unsent::ProxyLogin),
        ("https://api.example.org", &refuses, Unsent::ProxyRefused),
    ] {
        let client = Client::builder(server).allow_http(true);
        let error = asked(client.proxy(format!("http://{proxy}"))).await;
        assert_eq!(cause(&error), expected, "{error:?}");
        assert!(error.to_string().contains(proxy.as_str()), "{error}");
    }
}

/// No words of a library or a system reach a person.
#[tokio::test]
async fn a_socks_proxy_that_fails_is_said_in_plain_words() {
    let dead = dead().await;
    for (answer, expected) in [
        // no way of signing in that the client knows
        (&b"\x05\xff"[..], Unsent::ProxyLogin),
        // connects to nobody; to this host there is no way
        (
            b"\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00",
            Unsent::ProxyRefused,
        ),
        (
            b"\x05\x00\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00",
            Unsent::ProxyRefused,
        ),
        // speaks something else, or nothing
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Unsent::NoConnection),
        (b"", Unsent::NoConnection),
    ] {
        let proxy = answering(answer).await;
        let client = Client::builder("https://127.0.0.1:9");
        let error = asked(client.proxy(format!("socks5h://{proxy}"))).await;
        assert_eq!(cause(&error), expected, "{answer:?} {error}");
        assert!(error.to_string().contains(&proxy), "{error}");
    }
    for scheme in ["socks5", "socks5h", "socks4a"] {
        let client = Client::builder("https://127.0.0.1:9");
        let error = asked(client.proxy(format!("{scheme}://{dead}"))).await;
        assert_eq!(cause(&error), Unsent::Refused, "{error}");
        let client = Client::builder("https://127.0.0.1:9");
        let error = asked(client.proxy(format!("{scheme}://nobody.invalid:1080"))).await;
        assert_eq!(cause(&error), Unsent::UnknownHost, "{error}");
    }
}

/// To an address that no packet is sent to.
#[tokio::test]
async fn a_host_without_a_way_to_it_is_said_in_plain_words() {
    let error = asked(Client::builder("https://255.255.255.255")).await;
    assert_eq!(cause(&error), Unsent::NoConnection, "{error}");
    assert!(
        error
            .to_string()
            .ends_with("could not be reached (there is no way to it from this network)"),
        "{error}"
    );
}

#[tokio::test]
async fn default_headers_go_with_every_request_and_are_not_shown() {
    let server = Server::start().await;
    let proxy = crate::proxy::Proxy::before(&server.url).await;
    let builder = Client::builder(&proxy.url)
        .user_agent("mine/1")
        .default_header("CF-Access-Client-Secret", "hidden-value");
    assert!(!format!("{builder:?}").contains("hidden-value"));
    let client = builder.build().expect("a client");
    crate::server::enter(&client, "ada").await;
    client.session().refresh().await.expect("refreshed");
    client.profile().await.expect("a profile");
    for line in [
        "POST /api/token/",
        "POST /api/token/refresh/",
        "GET /api/users/profile/",
    ] {
        let seen = proxy.seen(line).remove(0);
        assert_eq!(
            seen.header("cf-access-client-secret"),
            Some("hidden-value"),
            "{line}"
        );
        assert_eq!(seen.header("user-agent"), Some("mine/1"));
    }
    for (name, value) in [
        ("Authorization", "Basic x"),
        ("a b", "x"),
        ("x", "a\nb"),
        ("host", "x"),
    ] {
        let refused = Client::builder(&proxy.url)
            .default_header(name, value)
            .build();
        let error = refused.expect_err("no header");
        assert!(matches!(error.kind(), ErrorKind::Config(_)), "{error:?}");
    }
}
