//! A connection between a client and a server that can be cut while the answer passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Passes requests and answers on, until it is told to cut.
pub struct Proxy {
    /// Where it listens.
    pub base: String,
    /// How many bytes of answers still pass; all for `usize::MAX`.
    passing: Arc<AtomicUsize>,
}

impl Proxy {
    /// Stands before the server at `base` until the test's runtime ends.
    pub async fn before(base: &str) -> Self {
        let server = base.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("its number"));
        let passing = Arc::new(AtomicUsize::new(usize::MAX));
        let limit = passing.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, limit) = (server.clone(), limit.clone());
                tokio::spawn(async move {
                    // whatever ends one side ends the other
                    drop(pass(client, &server, &limit).await);
                });
            }
        });
        Self { base, passing }
    }

    /// From now on lets this many bytes of answers pass, then cuts that connection and each later one.
    pub fn cut_after(&self, bytes: usize) {
        self.passing.store(bytes, Ordering::SeqCst);
    }

    /// Passes everything again.
    pub fn mend(&self) {
        self.cut_after(usize::MAX);
    }
}

async fn pass(mut client: TcpStream, server: &str, limit: &AtomicUsize) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let (mut request, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = client.read(&mut request) => match read? {
                0 => return Ok(()),
                length => server.write_all(&request[..length]).await?,
            },
            read = server.read(&mut answer) => {
                let length = read?;
                // the server has done its work: it writes an answer whole
                let left = limit.load(Ordering::SeqCst);
                let passing = left.min(length);
                if left != usize::MAX {
                    limit.fetch_sub(passing, Ordering::SeqCst);
                }
                client.write_all(&answer[..passing]).await?;
                if passing < length || length == 0 {
                    return Ok(());
                }
            }
        }
    }
}
