//! The socket that connections come from, and how many files this process may open for them.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::Listener;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

/// Files that are no connections of clients: the database's, the log, what is read on the way.
const OTHER_FILES: u64 = 100;
/// What is asked for where there is no limit.
const MANY_FILES: u64 = 1 << 20;
/// How long to wait after a connection could not be taken.
const PAUSE: Duration = Duration::from_millis(100);
/// How often it is said.
const SAID: Duration = Duration::from_secs(10);

/// Lets this process open as many files as it may, and says how many are left for connections; none where nobody knows.
pub(crate) fn raise_files() -> Option<usize> {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(MANY_FILES);
    let mut current = limit.current.unwrap_or(most);
    if current < most {
        let raised = Rlimit {
            current: Some(most),
            ..limit
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => current = most,
            Err(error) => {
                tracing::debug!(cause = %error, "the limit of open files stays {current}");
            }
        }
    }
    usize::try_from(current.saturating_sub(OTHER_FILES)).ok()
}

/// A TCP socket. Where a connection can't be taken, it says why and tries again.
pub(crate) struct Tcp {
    listener: TcpListener,
    said: Option<Instant>,
}

impl Tcp {
    pub(crate) fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            said: None,
        }
    }

    async fn wait(&mut self, error: &io::Error) {
        if self.said.is_none_or(|said| said.elapsed() > SAID) {
            self.said = Some(Instant::now());
            tracing::error!(
                cause = %error,
                "connections can't be taken, those that are open go on; where there are too many open files, raise the limit (ulimit -n, LimitNOFILE)"
            );
        }
        sleep(PAUSE).await;
    }
}

impl Listener for Tcp {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        loop {
            match self.listener.accept().await {
                Ok(accepted) => return accepted,
                // it was gone before it was taken
                Err(error)
                    if matches!(
                        error.kind(),
                        ConnectionAborted | ConnectionRefused | ConnectionReset
                    ) => {}
                Err(error) => self.wait(&error).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
