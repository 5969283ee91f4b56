//! A connection between a server and PostgreSQL on which the round trips are counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What asks for TLS, in place of a version, before the first message.
const SSL_REQUEST: u32 = 80_877_103;

/// Passes everything on, and counts how often the server waits for an answer.
pub struct Trips {
    /// The database as the server is to know it.
    pub url: String,
    count: Arc<AtomicUsize>,
}

impl Trips {
    /// Stands before the database of this URL until the test's runtime ends.
    pub async fn before(database: &str) -> Self {
        let (user, rest) = database.split_once('@').expect("a URL of PostgreSQL");
        let (address, name) = rest.split_once('/').expect("a database's name");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let here = listener.local_addr().expect("its number");
        let count = Arc::new(AtomicUsize::new(0));
        let (address, counted) = (address.to_owned(), count.clone());
        tokio::spawn(async move {
            while let Ok((server, _)) = listener.accept().await {
                let database = TcpStream::connect(&address).await.expect("PostgreSQL");
                let (from_server, mut to_server) = server.into_split();
                let (mut from_database, to_database) = database.into_split();
                let counted = counted.clone();
                // whatever ends one side ends the other
                tokio::spawn(
                    async move { drop(count_trips(from_server, to_database, &counted).await) },
                );
                tokio::spawn(async move { drop(copy(&mut from_database, &mut to_server).await) });
            }
        });
        Self {
            url: format!("{user}@{here}/{name}"),
            count,
        }
    }

    /// How many there were since the last call.
    pub fn take(&self) -> usize {
        self.count.swap(0, Ordering::SeqCst)
    }
}

/// Passes messages on. A `Sync` or a simple query is what the database answers at once.
async fn count_trips(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    count: &AtomicUsize,
) -> std::io::Result<()> {
    let mut is_started = false;
    loop {
        let kind = if is_started { from.read_u8().await? } else { 0 };
        let length = from.read_u32().await?;
        let mut body = vec![0; (length as usize).saturating_sub(4)];
        from.read_exact(&mut body).await?;
        if matches!(kind, b'S' | b'Q') {
            count.fetch_add(1, Ordering::SeqCst);
        }
        let mut message = Vec::with_capacity(body.len() + 5);
        if is_started {
            message.push(kind);
        }
        message.extend(length.to_be_bytes());
        message.extend(&body);
        to.write_all(&message).await?;
        is_started |= !body.starts_with(&SSL_REQUEST.to_be_bytes());
    }
}
