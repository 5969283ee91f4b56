//! How long the server is silent, and what a long upload says of its clock.

use std::time::Duration;

use gatepost_sdk::{Body, Client, ErrorKind, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::case::{case, system};
use crate::proxy::Act;

const LIMIT: Duration = Duration::from_millis(700);

/// A server that takes a body slowly, for longer than it may be silent, and then says how long it was; or which falls
/// silent in the middle.
async fn slow(falls_silent: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut bytes = Vec::new();
        let length = loop {
            stream.read_buf(&mut bytes).await.expect("a head");
            let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                let line = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "));
                break line.expect("a length").parse::<usize>().expect("a number") + head.len() + 4;
            }
        };
        let mut piece = vec![0; 256 * 1024];
        let mut taken = bytes.len();
        while taken < length {
            if falls_silent && taken > length / 2 {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            taken += stream.read(&mut piece).await.expect("a piece");
        }
        let body = (taken - (length - taken.min(length))).to_string();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.expect("sent");
    });
    url
}

fn upload(url: &str) -> gatepost_sdk::Request {
    let client = Client::builder(url).build().expect("a client");
    let body = vec![b'x'; 24 * 1024 * 1024];
    client
        .request(Method::PUT, "/upload")
        .timeout(LIMIT)
        .body(body)
}

#[tokio::test]
async fn a_server_that_takes_a_body_is_not_silent() {
    let begin = std::time::Instant::now();
    let request = upload(&slow(false).await);
    let taken: usize = request.send_json().await.expect("all of it");
    assert!(taken > 24 * 1024 * 1024 && begin.elapsed() > 2 * LIMIT);
}

#[tokio::test]
async fn a_server_that_stops_taking_it_is_silent() {
    let error = upload(&slow(true).await).send().await;
    let error = error.expect_err("it does not go on");
    assert!(matches!(error.kind(), ErrorKind::Timeout), "{error:?}");
}

/// Whoever types into standard input is not the server.
#[tokio::test]
async fn a_body_that_comes_slowly_is_not_the_server_s_silence() {
    let case = case().await;
    let pieces = futures_util::stream::unfold(0, |number| async move {
        if number == 3 {
            return None;
        }
        tokio::time::sleep(LIMIT).await;
        let piece = [r#"{"title":"#, r#""T","#, r#""content":"x"}"#][number];
        Some((Ok::<_, std::io::Error>(piece), number + 1))
    });
    let request = case.client.request(Method::POST, "/api/posts/");
    let request = request.header("content-type", "application/json");
    let request = request.body(Body::once(pieces)).timeout(LIMIT);
    request
        .send_json::<serde_json::Value>()
        .await
        .expect("created");
}

#[tokio::test]
async fn a_long_upload_says_nothing_of_the_clock() {
    let case = case().await;
    let clock = case.clock.clone();
    // ten minutes pass while the body is sent; the answer has the date of its end
    clock.advance(-600);
    case.proxy.rule(move |_| {
        clock.advance(600);
        Act::Pass
    });
    case.client.profile().await.expect("a profile");
    assert!(case.clock.now().abs_diff(system()) < 10);
    let details = case.client.session().details().await.expect("read");
    assert_eq!(details.expect("a session").clock_skew, 0);
}
