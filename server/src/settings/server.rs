//! The section `[server]`: where to serve, by which name, the secret, and the log.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use super::{Proxies, Seconds, values};
use crate::db::{Dates, Dialect, Zone};

/// The section `[server]`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Server {
    /// Address and port, `unix:` and a path, or `systemd:`.
    pub bind: String,
    /// The rights of a Unix socket's file.
    #[serde(deserialize_with = "values::mode")]
    pub socket_mode: u32,
    /// A file with the certificate and those of its issuers, in PEM; empty for plain HTTP.
    pub tls_cert: PathBuf,
    /// A file with the certificate's private key, in PEM.
    pub tls_key: PathBuf,
    /// `SECURE_HSTS_SECONDS`: how long browsers remember that the service speaks https; 0 for not at all.
    pub hsts: Seconds,
    /// `SECURE_HSTS_INCLUDE_SUBDOMAINS`.
    pub hsts_include_subdomains: bool,
    /// `SECURE_HSTS_PRELOAD`.
    pub hsts_preload: bool,
    /// `FORCE_SCRIPT_NAME`: the path below which the service is reached, without a final slash; empty for none.
    #[serde(deserialize_with = "values::root_path")]
    pub root_path: String,
    /// Folder of the database file and the invented key.
    pub data_dir: PathBuf,
    /// Django's SECRET_KEY; empty where it is in a file.
    pub secret_key: SecretString,
    /// A file that holds the secret key; empty for none.
    pub secret_key_file: PathBuf,
    /// ALLOWED_HOSTS: which `Host` a request may name.
    #[serde(deserialize_with = "values::texts")]
    pub allowed_hosts: Vec<String>,
    /// TIME_ZONE: in which dates are shown.
    #[serde(deserialize_with = "values::zone")]
    pub time_zone: Zone,
    /// USE_TZ: whether dates are instants, and are shown with an offset.
    pub use_tz: bool,
    /// The level of the log.
    pub log: LogLevel,
    /// The form of its lines.
    pub log_format: LogFormat,
    /// Whether failed logins are logged with address and user name.
    pub log_failed_logins: bool,
    /// Whose word about a request's client counts.
    pub trusted_proxies: Proxies,
    /// Whether there is an admin site.
    pub admin: bool,
    /// From where it may be reached; empty for from everywhere.
    pub admin_networks: Proxies,
    /// Whether the API has what Django's has not.
    pub extensions: bool,
    /// Whether there are a description of the API and pages to try it.
    pub docs: bool,
    /// How long requests under way may take after the first signal.
    pub drain: Seconds,
    /// How long it takes requests after the first signal, while it says that it is not ready.
    pub stop_delay: Seconds,
}

/// The form of the log's lines.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object of JSON for each line, for programs.
    Json,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what was refused for a reason that somebody should see.
    Warn,
    /// And a line for each request.
    Info,
    /// And what happened on the way.
    Debug,
    /// Everything that Gatepost can say; of the libraries only their warnings, for they may trace tokens.
    Trace,
}

/// What stands before the path of a Unix socket.
const UNIX: &str = "unix:";
/// The socket that a service manager hands over.
const SYSTEMD: &str = "systemd:";

impl Server {
    /// How dates are kept and shown.
    pub(crate) fn dates(&self, dialect: Dialect) -> Dates {
        Dates::new(self.time_zone, self.use_tz, dialect)
    }

    /// The Unix socket to listen on, where it is one.
    pub(crate) fn unix_socket(&self) -> Option<&Path> {
        self.bind.strip_prefix(UNIX).map(Path::new)
    }

    /// Whether there are the API's document and its explorer: they are additions, too.
    pub(crate) fn has_docs(&self) -> bool {
        self.docs && self.extensions
    }

    /// Whether a service manager hands the socket over.
    pub(crate) fn takes_socket(&self) -> bool {
        self.bind == SYSTEMD
    }

    /// The host of a request that names none: the server's own address; by a Unix socket, or one that was handed over, it is this machine.
    pub(crate) fn own_host(&self) -> &str {
        if self.unix_socket().is_some() || self.takes_socket() {
            "localhost"
        } else {
            &self.bind
        }
    }

    /// Whether it speaks TLS itself.
    pub(crate) fn has_tls(&self) -> bool {
        self.tls_cert != Path::new("")
    }

    /// Each setting that cannot be used, and why.
    pub(super) fn broken(&self) -> Vec<(&'static str, String)> {
        let is_usable = match self.unix_socket() {
            Some(path) => path != Path::new(""),
            None => self.takes_socket() || has_port(&self.bind),
        };
        let is_empty = |text: &String| text.is_empty();
        let has_key = self.tls_key != Path::new("");
        let rules = [
            (
                is_usable,
                "server.bind",
                "it is no address with a port and no Unix socket; write ADDRESS:PORT, such as 127.0.0.1:8000, unix:/run/gatepost/socket, or systemd:",
            ),
            (
                self.has_tls() || !has_key,
                "server.tls_cert",
                "it is empty, and server.tls_key is not; set both (--tls-cert, --tls-key), or none for plain HTTP",
            ),
            (
                has_key || !self.has_tls(),
                "server.tls_key",
                "it is empty, and server.tls_cert is not; set both (--tls-cert, --tls-key), or none for plain HTTP",
            ),
            (
                !self.has_tls() || self.unix_socket().is_none(),
                "server.tls_cert",
                "a Unix socket has no TLS; leave server.tls_cert and server.tls_key out, or set server.bind to ADDRESS:PORT",
            ),
            (
                !self.allowed_hosts.is_empty(),
                "server.allowed_hosts",
                "it is empty, and no request would be answered; write [\"*\"] for any host",
            ),
            (
                !self.allowed_hosts.iter().any(is_empty),
                "server.allowed_hosts",
                "an empty text is no host",
            ),
        ];
        let broken = rules.into_iter().filter(|(holds, ..)| !holds);
        broken.map(|(_, key, why)| (key, why.to_owned())).collect()
    }
}

/// Whether it is an address with a port.
pub(super) fn has_port(bind: &str) -> bool {
    let parts = bind.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}
