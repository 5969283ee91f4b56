//! PgBouncer in transaction mode before a PostgreSQL, as Debian packages it.

use std::fs;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::{Watched, postgres};

/// A running PgBouncer, ended when it is dropped.
pub struct PgBouncer {
    _server: Watched,
    port: u16,
    _claim: UdpSocket,
}

impl PgBouncer {
    /// Stands before the server on this port, with these lines beside its usual settings. Few sessions are shared by many,
    /// so that two transactions of one client are seldom in the same.
    pub fn before(server: u16, lines: &str) -> Self {
        let folder = postgres::temporary(std::env::temp_dir());
        let (port, claim) = postgres::port();
        let config = format!(
            "[databases]
* = host=127.0.0.1 port={server} auth_user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 4
max_client_conn = 2000
server_login_retry = 1
{lines}
",
            folder = folder.display()
        );
        let path = folder.join("pgbouncer.ini");
        fs::write(&path, config).expect("the folder is ours");
        fs::write(folder.join("users"), "\"postgres\" \"\"\n").expect("the folder is ours");
        let mut command = Watched::command(&folder, "TERM", "");
        command.arg(program()).arg(&path).current_dir("/");
        if fs::metadata(&folder).expect("made just now").uid() == 0 {
            let (uid, gid) = postgres::user_postgres(); // it refuses to run as root
            for path in [&folder, &path, &folder.join("users")] {
                chown(path, Some(uid), Some(gid)).expect("root may");
            }
            command.uid(uid).gid(gid);
        }
        let mut server = Watched::spawn(&folder, command);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        server.wait_until("PgBouncer", |_| TcpStream::connect(address).ok().map(drop));
        Self {
            _server: server,
            port,
            _claim: claim,
        }
    }

    /// The URL of a database behind it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

/// The URL of the same database of the tests' server behind a PgBouncer, which starts at its first use.
pub fn before(url: &str) -> String {
    static BOUNCER: OnceLock<PgBouncer> = OnceLock::new();
    let (user, rest) = url.split_once('@').expect("a URL of PostgreSQL");
    let (place, name) = rest.split_once('/').expect("a database's name");
    let bouncer = BOUNCER.get_or_init(|| {
        let port = place.rsplit(':').next().and_then(|port| port.parse().ok());
        PgBouncer::before(port.expect("a port"), "")
    });
    format!("{user}@127.0.0.1:{}/{name}", bouncer.port)
}

/// Debian keeps it off the path of its users.
fn program() -> PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .chain([Path::new("/usr/sbin").to_owned()])
        .map(|folder| folder.join("pgbouncer"))
        .find(|program| program.is_file())
        .expect("PgBouncer is missing: install it with `apt-get install -y pgbouncer`, or run scripts/test, which does")
}
