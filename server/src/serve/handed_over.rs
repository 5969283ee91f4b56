//! The socket that a service manager has opened and hands over: `LISTEN_FDS`, as in sd_listen_fds(3).

use std::io;

use listenfd::ListenFd;
use tokio::net::{TcpListener, UnixListener};

use super::socket::Socket;
use super::unix::UnixSocket;

/// Takes the one socket that was handed over to this process.
///
/// # Errors
/// One sentence for a person.
pub(super) fn take(has_tls: bool) -> Result<Socket, String> {
    let mut handed = ListenFd::from_env();
    match handed.len() {
        0 => {
            return Err("server.bind is systemd:, and no socket was handed over (LISTEN_FDS and LISTEN_PID); start the server by its .socket unit, or set server.bind to ADDRESS:PORT".to_owned());
        }
        1 => {}
        several => {
            return Err(format!(
                "{several} sockets were handed over (LISTEN_FDS), and a server takes one; leave one Listen line in its .socket unit"
            ));
        }
    }
    if let Ok(Some(listener)) = handed.take_tcp_listener(0) {
        listener.set_nonblocking(true).map_err(unusable)?;
        let listener = TcpListener::from_std(listener).map_err(unusable)?;
        return Ok(Socket::Tcp(listener));
    }
    let listener = handed.take_unix_listener(0).map_err(unusable)?;
    let listener = listener.ok_or_else(|| unusable(io::ErrorKind::NotFound.into()))?;
    if has_tls {
        return Err("the socket that was handed over is a Unix socket, which has no TLS; leave server.tls_cert and server.tls_key out, or give its .socket unit an address with a port".to_owned());
    }
    listener.set_nonblocking(true).map_err(unusable)?;
    let listener = UnixListener::from_std(listener).map_err(unusable)?;
    Ok(Socket::Unix(UnixSocket::handed_over(listener)))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
fn unusable(error: io::Error) -> String {
    format!(
        "what was handed over (LISTEN_FDS) is no socket that listens for connections by TCP or a Unix socket ({error}); give the .socket unit a ListenStream line"
    )
}
