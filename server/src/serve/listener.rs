//! The socket that connections come from, and how many files this process may open for them.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use axum::serve::Listener;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

use super::backlog::lengthen;
use super::handed_over;
use super::socket::Socket;
use super::stream::Stream;
use super::tls::Tls;
use super::unix::UnixSocket;
use crate::settings::Server;

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

/// What the server listens on. Where a connection can't be taken, it says why and tries again.
pub(crate) struct Listening {
    socket: Socket,
    tls: Option<Tls>,
    said: Option<Instant>,
}

impl Listening {
    /// Listens on what `server.bind` says.
    ///
    /// # Errors
    /// One sentence for a person.
    pub(crate) async fn on(server: &Server) -> Result<Self, String> {
        let bind = &server.bind;
        if server.takes_socket() {
            return Ok(Self::new(handed_over::take(server.has_tls())?));
        }
        let Some(path) = server.unix_socket() else {
            return Self::at(bind, "--bind").await;
        };
        let socket = UnixSocket::listen(path, server.socket_mode).await;
        let socket = socket.map_err(|why| format!("can't listen on {bind}: {why}"))?;
        Ok(Self::new(Socket::Unix(socket)))
    }

    /// Listens on an address with a port, which a setting or a flag names.
    ///
    /// # Errors
    /// One sentence for a person.
    pub(crate) async fn at(address: &str, named_by: &str) -> Result<Self, String> {
        let listener = TcpListener::bind(address).await;
        let listener = listener.and_then(|listener| lengthen(&listener).map(|()| listener));
        let listener = listener.map_err(|error| not_bound(address, named_by, &error))?;
        Ok(Self::new(Socket::Tcp(listener)))
    }

    fn new(socket: Socket) -> Self {
        Self {
            socket,
            tls: None,
            said: None,
        }
    }

    /// The same with TLS over TCP.
    pub(crate) fn with(self, tls: Option<Tls>) -> Self {
        Self { tls, ..self }
    }

    /// The socket's path, where it is a Unix socket.
    pub(crate) fn unix_socket(&self) -> Option<&Path> {
        match &self.socket {
            Socket::Unix(socket) => Some(socket.path()),
            Socket::Tcp(_) => None,
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

    async fn next(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        let (stream, peer) = match &self.socket {
            Socket::Unix(socket) => {
                let (stream, _) = socket.listener.accept().await?;
                return Ok((Stream::Unix(stream), None));
            }
            Socket::Tcp(listener) => listener.accept().await?,
        };
        send_at_once(&stream);
        let stream = match &self.tls {
            None => Stream::Tcp(stream),
            Some(tls) => Stream::Tls(Box::new(tls.over(stream))),
        };
        Ok((stream, Some(peer)))
    }
}

impl Listener for Listening {
    type Io = Stream;
    /// None by a Unix socket.
    type Addr = Option<SocketAddr>;

    async fn accept(&mut self) -> (Stream, Option<SocketAddr>) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        loop {
            match self.next().await {
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

    fn local_addr(&self) -> io::Result<Option<SocketAddr>> {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().map(Some),
            Socket::Unix(_) => Ok(None),
        }
    }
}

/// Answers are written whole: waiting for more only costs time.
pub(super) fn send_at_once(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(cause = %error, "TCP_NODELAY was refused");
    }
}

fn not_bound(bind: &str, named_by: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{bind} is in use by another program; stop it or choose another address with {named_by}"
        ),
        io::ErrorKind::PermissionDenied => {
            format!("this user may not listen on {bind}; choose a port above 1023 with {named_by}")
        }
        _ => format!("can't listen on {bind}: {error}; use ADDRESS:PORT, such as 127.0.0.1:8000"),
    }
}
