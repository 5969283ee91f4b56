//! The certificate of TLS and its key, from their files, and what is wrong with them.

use std::path::Path;
use std::time::Duration;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, Error, InconsistentKeys, RootCertStore};
use secrecy::{ExposeSecret, SecretSlice};

use super::error::OpenError;
use crate::db::Moment;
use crate::settings::{Server, Settings, read_bytes};

/// The certificate with its key; none where the server speaks plain HTTP.
pub(crate) fn load(settings: &Settings) -> Result<Option<CertifiedKey>, OpenError> {
    let server = &settings.server;
    if !server.has_tls() {
        return Ok(None);
    }
    let chain = chain(&server.tls_cert)?;
    let key = key(&server.tls_key)?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let made = CertifiedKey::from_der(chain, key, &provider);
    made.map(Some)
        .map_err(|error| OpenError::new(not_usable(server, &error)))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, OpenError> {
    let (shown, file) = (
        path.display(),
        read(path, "certificate", "server.tls_cert")?,
    );
    let refused = |why: &str| {
        OpenError::new(format!(
            "the TLS certificate file {shown} {why}; check server.tls_cert"
        ))
    };
    let file = file.expose_secret();
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(file).collect();
    let chain = chain.map_err(|_| refused("is no whole PEM"))?;
    if !chain.is_empty() {
        return Ok(chain);
    }
    Err(if is_der(file) {
        refused(&format!(
            "is DER, and is read as PEM: `openssl x509 -inform der -in {shown} -out {shown}.pem` makes that"
        ))
    } else {
        refused("has no certificate in PEM (BEGIN CERTIFICATE)")
    })
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, OpenError> {
    let (shown, file) = (path.display(), read(path, "key", "server.tls_key")?);
    let refused = |why: &str| {
        OpenError::new(format!(
            "the TLS key file {shown} {why}; check server.tls_key"
        ))
    };
    let file = file.expose_secret();
    let has = |words: &[u8]| file.windows(words.len()).any(|part| part == words);
    PrivateKeyDer::from_pem_slice(file).map_err(|error| match error {
        _ if has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"ENCRYPTED\n") => refused(&format!(
            "is encrypted by a passphrase: `openssl pkey -in {shown} -out {shown}.plain` makes one without"
        )),
        pem::Error::NoItemsFound if is_der(file) => refused(&format!(
            "is DER, and is read as PEM: `openssl pkey -inform der -in {shown} -out {shown}.pem` makes that"
        )),
        pem::Error::NoItemsFound => {
            refused("has no private key in PEM (BEGIN PRIVATE KEY, BEGIN RSA PRIVATE KEY, BEGIN EC PRIVATE KEY)")
        }
        _ => refused("is no whole PEM"),
    })
}

/// The tag of a sequence, with which every key and certificate in DER begins.
fn is_der(file: &[u8]) -> bool {
    file.starts_with(b"0")
}

fn read(path: &Path, what: &str, setting: &str) -> Result<SecretSlice<u8>, OpenError> {
    read_bytes(path).map(SecretSlice::from).map_err(|error| {
        let shown = path.display();
        OpenError::new(format!(
            "the TLS {what} file {shown} can't be read: {error}; check {setting}"
        ))
    })
}

fn not_usable(server: &Server, error: &Error) -> String {
    let (cert, key) = (server.tls_cert.display(), server.tls_key.display());
    match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => format!(
            "the TLS key file {key} does not belong to the certificate {cert}, whose own has to stand before its issuers'; set server.tls_cert and server.tls_key to a pair"
        ),
        Error::InvalidCertificate(_) => {
            format!("the TLS certificate file {cert} can't be used: {error}; check server.tls_cert")
        }
        _ => format!("the TLS key file {key} can't be used: {error}; check server.tls_key"),
    }
}

/// Whether its time has not come or is over, which is no reason not to serve: clients say what they think of it.
pub(crate) fn remark(settings: &Settings, now: Moment) -> Option<String> {
    let server = &settings.server;
    // what can't be read stops the start
    let loaded = load(settings).ok().flatten()?;
    let parsed = ParsedCertificate::try_from(loaded.cert.first()?).ok()?;
    let seconds = Duration::from_secs(now.timestamp().try_into().ok()?);
    let now = UnixTime::since_unix_epoch(seconds);
    // its times are looked at first, and nobody is trusted
    let nobody = RootCertStore::empty();
    let judged =
        rustls::client::verify_server_cert_signed_by_trust_anchor(&parsed, &nobody, &[], now, &[]);
    let Err(Error::InvalidCertificate(why)) = judged else {
        return None;
    };
    let day = |time: UnixTime| {
        let time = time
            .as_secs()
            .try_into()
            .ok()
            .and_then(Moment::from_timestamp);
        time.map(Moment::rfc3339).unwrap_or_default()
    };
    let (shown, when) = (
        server.tls_cert.display(),
        match why {
            CertificateError::ExpiredContext { not_after, .. } => {
                format!("has been over since {}", day(not_after))
            }
            CertificateError::NotValidYetContext { not_before, .. } => {
                format!("begins at {}", day(not_before))
            }
            CertificateError::Expired => "is over".to_owned(),
            CertificateError::NotValidYet => "has not begun".to_owned(),
            _ => return None,
        },
    );
    Some(format!(
        "the time of the TLS certificate {shown} {when}, and clients refuse it; put a valid one there, which is taken without a restart"
    ))
}
