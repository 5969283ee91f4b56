//! A connection between a client and a server that can be cut while the answer passes.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Passes requests and answers on, until it is told to cut.
pub struct Proxy {
    /// Where it listens.
    pub base: String,
    /// Before which server.
    server: Arc<Mutex<String>>,
    /// How many bytes of answers still pass; all for `usize::MAX`.
    passing: Arc<AtomicUsize>,
    /// How many milliseconds an answer is held back.
    late: Arc<AtomicU64>,
    /// The method of the next request whose answer is lost.
    lost: Lost,
}

type Lost = Arc<Mutex<Option<&'static str>>>;

impl Proxy {
    /// Stands before the server at `base` until the test's runtime ends.
    pub async fn before(base: &str) -> Self {
        let server = Arc::new(Mutex::new(address(base)));
        let leads_to = server.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("its number"));
        let passing = Arc::new(AtomicUsize::new(usize::MAX));
        let limit = passing.clone();
        let late = Arc::new(AtomicU64::new(0));
        let held = late.clone();
        let lost = Lost::default();
        let next = lost.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (limit, held, next) = (limit.clone(), held.clone(), next.clone());
                let server = server
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone();
                tokio::spawn(async move {
                    // whatever ends one side ends the other
                    drop(pass(client, &server, &limit, &held, &next).await);
                });
            }
        });
        Self {
            base,
            server: leads_to,
            passing,
            late,
            lost,
        }
    }

    /// Leads new connections to another server.
    pub fn lead_to(&self, base: &str) {
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = address(base);
    }

    /// Lets the next request with this method pass, and its answer not.
    pub fn lose_answer(&self, method: &'static str) {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(method);
    }

    /// From now on lets this many bytes of answers pass, then cuts that connection and each later one.
    pub fn cut_after(&self, bytes: usize) {
        self.passing.store(bytes, Ordering::SeqCst);
    }

    /// Holds back each part of an answer for so long.
    pub fn delay(&self, late: Duration) {
        let late = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
        self.late.store(late, Ordering::SeqCst);
    }

    /// Passes everything again.
    pub fn mend(&self) {
        self.cut_after(usize::MAX);
    }
}

fn address(base: &str) -> String {
    base.trim_start_matches("http://").to_owned()
}

async fn pass(
    mut client: TcpStream,
    server: &str,
    limit: &AtomicUsize,
    held: &AtomicU64,
    next: &Mutex<Option<&'static str>>,
) -> std::io::Result<()> {
    let mut is_lost = false;
    let mut server = TcpStream::connect(server).await?;
    let (mut request, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = client.read(&mut request) => match read? {
                0 => return Ok(()),
                length => {
                    is_lost |= is_next(next, &request[..length]);
                    server.write_all(&request[..length]).await?;
                }
            },
            read = server.read(&mut answer) => {
                let length = read?;
                let late = Duration::from_millis(held.load(Ordering::SeqCst));
                if !late.is_zero() {
                    tokio::time::sleep(late).await;
                }
                if is_lost {
                    return Ok(());
                }
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

/// Whether this is the request whose answer is to be lost.
fn is_next(next: &Mutex<Option<&'static str>>, request: &[u8]) -> bool {
    let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
    let is_meant = |method: &mut &str| request.starts_with(method.as_bytes());
    next.take_if(is_meant).is_some()
}
