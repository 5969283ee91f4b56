//! A list of any length is read in constant memory, whole or in pages. `GATEPOST_TEST_FULL=1`: 1,000,000 posts.

use std::fmt::Write as _;

use gatepost_sdk::{Client, Post};
use peak_alloc::PeakAlloc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const PAGE: usize = 500;

fn count() -> usize {
    match std::env::var_os("GATEPOST_TEST_FULL") {
        Some(_) => 1_000_000,
        None => 20_000,
    }
}

/// These posts as they stand in an array.
fn posts(begin: usize, end: usize) -> String {
    let mut text = String::new();
    for id in begin..end {
        let mark = if id == begin { "" } else { "," };
        let _ = write!(
            text,
            r#"{mark}{{"id":{id},"title":"Post {id}","content":"[{{\"\\ of some length, as posts have it","author":"ada","created_at":"2026-01-02T03:04:05.678901Z","updated_at":"2026-01-02T03:04:05.678901Z"}}"#
        );
    }
    text
}

/// Answers each request of a connection: with a page of `/pages/`, or with all at once, in chunks.
async fn serve(mut stream: TcpStream, count: usize) -> std::io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut head).await? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let start = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
        if head.starts_with("GET /pages/") {
            let page = head.split_once("page=").map_or(1, |(_, rest)| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse::<usize>().expect("a page")
            });
            let end = (page * PAGE).min(count);
            let next = if end == count {
                "null".to_owned()
            } else {
                format!("\"/pages/?page={}\"", page + 1)
            };
            let posts = posts((page - 1) * PAGE, end);
            let body =
                format!(r#"{{"count":{count},"next":{next},"previous":null,"results":[{posts}]}}"#);
            let head = format!("{start}content-length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(body.as_bytes()).await?;
            continue;
        }
        stream
            .write_all(format!("{start}transfer-encoding: chunked\r\n\r\n1\r\n[\r\n").as_bytes())
            .await?;
        for begin in (0..count).step_by(PAGE) {
            let mark = if begin == 0 { "" } else { "," };
            let piece = format!("{mark}{}", posts(begin, (begin + PAGE).min(count)));
            let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
            stream.write_all(chunk.as_bytes()).await?;
        }
        stream.write_all(b"1\r\n]\r\n0\r\n\r\n").await?;
    }
}

#[tokio::test]
async fn a_list_of_any_length_takes_the_same_memory() {
    let count = count();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, count));
        }
    });
    let client = Client::builder(format!("http://{address}"))
        .build()
        .expect("a client");
    for path in ["/whole/", "/pages/"] {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let mut stream = client.list::<Post>(path).stream();
        let mut seen = 0;
        while let Some(post) = stream.next().await {
            assert_eq!(usize::try_from(post.expect("a post").id), Ok(seen));
            seen += 1;
        }
        assert_eq!(seen, count, "{path}");
        let taken = MEMORY.peak_usage().saturating_sub(before);
        assert!(
            taken < 4 * 1024 * 1024,
            "{path}: {taken} bytes for {count} posts"
        );
    }
}
