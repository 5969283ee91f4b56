//! What a read costs more than over plain reqwest, by hand: both in turn, at a server that answers at once.
//! `cargo run --release -p gatepost-sdk --features testing --example cost`.

use std::time::{Duration, Instant};

use gatepost_sdk::{Client, SecretString, User};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const ROUNDS: usize = 20_000;

/// A server that answers everything with an account.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let body = r#"{"id":1,"username":"ada","email":"ada@example.org","first_name":"Ada","last_name":"Lovelace"}"#;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                let mut head = Vec::new();
                while stream.read_buf(&mut head).await.is_ok_and(|read| read > 0) {
                    if head.ends_with(b"\r\n\r\n") {
                        head.clear();
                        if stream.write_all(answer.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    url
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "it is a command")]
async fn main() {
    let url = server().await;
    // a token that is valid for a long time
    let token = "e30.eyJleHAiOjk5OTk5OTk5OTl9.x";
    let client = Client::builder(&url).access_token(SecretString::from(token));
    let client = client.build().expect("a client");
    let plain = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let address = format!("{url}/api/users/profile/");
    let (mut with_sdk, mut without) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let begin = Instant::now();
        let user = client.profile().await.expect("an account");
        let whole = begin.elapsed();
        let begin = Instant::now();
        let asked = plain.get(&address).bearer_auth(token);
        let answer = asked.send().await.expect("an answer");
        let bytes = answer.bytes().await.expect("a body");
        let same: User = serde_json::from_slice(&bytes).expect("an account");
        let bare = begin.elapsed();
        assert_eq!(user, same);
        if round > ROUNDS / 10 {
            with_sdk.push(whole);
            without.push(bare);
        }
    }
    let (with_sdk, without) = (median(with_sdk), median(without));
    let more = with_sdk - without;
    println!(
        "median of a read: {with_sdk:.1} µs, over plain reqwest {without:.1} µs: {more:.1} µs more ({:.1} %)",
        more / without * 100.0
    );
}
