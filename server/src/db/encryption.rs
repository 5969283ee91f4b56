//! How a connection to PostgreSQL is encrypted: `sslmode` and `sslrootcert` as libpq takes them, and what is said of a
//! certificate that will not do.

use std::io;
use std::path::PathBuf;

use rustls::CertificateError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, PgConnection};

/// `sslrootcert=system`: the authorities that the system trusts.
pub(super) const SYSTEM: &str = "system";

/// Whose certificates are trusted, as `sslrootcert` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// It says nothing.
    Unnamed,
    /// Those of a file.
    File,
    /// The system's.
    System(PathBuf),
}

impl Roots {
    /// The system's file.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn of_the_system() -> Result<Self, String> {
        let file = openssl_probe::probe().cert_file;
        file.map(Self::System).ok_or_else(|| {
            "sslrootcert=system of the database's URL finds no file of the system's certificates; install the package ca-certificates, or name a file".to_owned()
        })
    }
}

/// What libpq makes of a mode with these authorities: a mode that verifies nothing is no use where they are named.
/// `is_given` is whether the URL has a mode.
///
/// # Errors
/// The mode is too weak for the system's authorities, which sign for everybody.
pub(super) fn settle(
    options: PgConnectOptions,
    roots: &Roots,
    is_given: bool,
) -> Result<PgConnectOptions, String> {
    let mode = options.get_ssl_mode();
    let is_local = options.get_socket().is_some() || options.get_host().starts_with('/');
    Ok(match roots {
        // whoever is at the other end of a socket is on this machine
        _ if is_local => options.ssl_mode(PgSslMode::Disable),
        Roots::System(file) if !is_given || matches!(mode, PgSslMode::VerifyFull) => {
            options.ssl_root_cert(file).ssl_mode(PgSslMode::VerifyFull)
        }
        Roots::System(_) => {
            return Err(
                "sslrootcert=system of the database's URL needs sslmode=verify-full: the system's authorities sign for everybody"
                    .to_owned(),
            );
        }
        Roots::File if matches!(mode, PgSslMode::Require) => options.ssl_mode(PgSslMode::VerifyCa),
        Roots::File | Roots::Unnamed => options,
    })
}

/// Connects. `allow` and `prefer` try both ways, where the first is refused.
pub(super) async fn connect(host: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    let first = match host.connect().await {
        Ok(conn) => return Ok(conn),
        Err(error) => error,
    };
    let other = match host.get_ssl_mode() {
        PgSslMode::Allow if lets_nobody_in(&first) => PgSslMode::Require,
        PgSslMode::Prefer if lets_nobody_in(&first) || is_of_encryption(&first) => {
            PgSslMode::Disable
        }
        _ => return Err(first),
    };
    let second = host.clone().ssl_mode(other).connect().await;
    second.map_err(|_| first)
}

/// Whether pg_hba.conf refuses a connection of this kind.
fn lets_nobody_in(error: &sqlx::Error) -> bool {
    let reported = error.as_database_error();
    reported.is_some_and(|error| error.code().as_deref() == Some("28000"))
}

fn is_of_encryption(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => of_rustls(error).is_some(),
        _ => false,
    }
}

fn of_rustls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// What is said of a failure that TLS itself reports.
pub(super) fn explain(error: &io::Error) -> Option<String> {
    let rustls::Error::InvalidCertificate(why) = of_rustls(error)? else {
        return None;
    };
    Some(match why {
        CertificateError::UnknownIssuer => {
            "its certificate is signed by nobody who is trusted here; name the file of its authority in sslrootcert".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name than the host of the database's URL; write that name, or sslmode=verify-ca".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired; renew it, or set this machine's clock right".to_owned()
        }
        why => format!("its certificate will not do ({why}); see sslmode and sslrootcert of the database's URL"),
    })
}

/// What is said of a failure before TLS begins.
pub(super) fn explain_refusal(error: &(dyn std::error::Error + 'static)) -> String {
    let why = error.to_string();
    if why.contains("server does not support TLS") {
        return "it encrypts nothing, and sslmode asks for it; turn ssl on there, or write sslmode=prefer".to_owned();
    }
    why
}
