//! A socket that listens.

use tokio::net::TcpListener;

use super::unix::UnixSocket;

pub(super) enum Socket {
    Tcp(TcpListener),
    Unix(UnixSocket),
}
