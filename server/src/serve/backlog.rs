//! How many connections may wait at a socket until they are taken.

use std::io;
use std::os::fd::AsFd;

/// As many as the system allows; Linux 4096, by `net.core.somaxconn`. Tokio's 128 are gone in a burst of clients: over TCP
/// those who find no place wait for a second, and at a Unix socket a proxy answers 502.
const WAITING: i32 = 4096;

/// Lets more connections wait at a socket that listens already.
pub(super) fn lengthen(listener: impl AsFd) -> io::Result<()> {
    Ok(rustix::net::listen(listener, WAITING)?)
}
