//! A proxy that holds back the answers to refreshes, so that a test can act while the server has spoken and the
//! client does not know.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(super) struct Slow {
    pub(super) url: String,
    /// Whether answers are held back, and how many are.
    state: Arc<watch::Sender<(bool, usize)>>,
}

impl Slow {
    /// Before the server at this address; at first all passes.
    pub(super) async fn before(server: &str) -> Self {
        let upstream = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let slow = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::new(watch::Sender::new((false, 0))),
        };
        let state = slow.state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, upstream.clone(), state.clone()));
            }
        });
        slow
    }

    /// From now on answers to refreshes are held back.
    pub(super) fn hold(&self) {
        self.state.send_replace((true, 0));
    }

    /// Waits until the server has answered a refresh, and the answer is held back.
    pub(super) async fn held(&self) {
        let mut state = self.state.subscribe();
        state.wait_for(|(_, held)| *held > 0).await.unwrap();
    }

    /// What was held back goes on its way.
    pub(super) fn release(&self) {
        self.state.send_replace((false, 0));
    }
}

/// One request, its answer, and the end of the connection.
async fn pass(
    mut client: TcpStream,
    upstream: String,
    state: Arc<watch::Sender<(bool, usize)>>,
) -> io::Result<()> {
    let mut request = Vec::new();
    let head = loop {
        if client.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break String::from_utf8_lossy(&request[..end]).to_lowercase();
        }
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    while request.len() < head.len() + 4 + length {
        client.read_buf(&mut request).await?;
    }
    // so that the answer ends with the connection
    let (first, rest) = head.split_once("\r\n").unwrap();
    let line = String::from_utf8_lossy(&request[..first.len()]).into_owned();
    let headers = String::from_utf8_lossy(&request[head.len() - rest.len()..]).into_owned();
    let mut server = TcpStream::connect(&upstream).await?;
    server
        .write_all(format!("{line}\r\nconnection: close\r\n{headers}").as_bytes())
        .await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    if line.starts_with("POST /api/token/refresh/") {
        state.send_modify(|(is_held, held)| *held += usize::from(*is_held));
        let mut state = state.subscribe();
        let _ = state.wait_for(|(is_held, _)| !is_held).await;
    }
    client.write_all(&answer).await
}
