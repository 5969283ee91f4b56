//! Which certificates are trusted, and which the client shows.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, OtherError,
    RootCertStore, SignatureScheme,
};
use secrecy::{ExposeSecret, SecretSlice};

use super::certificates::{Certificates, certificates, of_environment};
use super::environment::Environment;
use crate::error::{Error, ErrorKind, Result};
use crate::unreachable::SelfSigned;

/// How https is spoken: with the system's certificates, or those of the environment, and with these.
pub(super) fn config(
    roots: &[Vec<u8>],
    identity: Option<&SecretSlice<u8>>,
    environment: Environment,
) -> Result<ClientConfig> {
    let mut trusted = Certificates::new();
    for root in roots {
        let given = certificates(root);
        if given.is_empty() {
            return Err(Error::config("the root certificate holds no certificate")
                .with_hint("give it as PEM: -----BEGIN CERTIFICATE-----"));
        }
        trusted.extend(given);
    }
    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    let inner = match of_environment(environment)? {
        Some(found) => {
            trusted.extend(found);
            only(&trusted, provider.clone())?
        }
        None => with_system(&trusted, provider.clone())?,
    };
    let verifier = Arc::new(Verifier { inner, trusted });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match identity {
        Some(pem) => {
            let (chain, key) = identity_of(pem)?;
            builder.with_client_auth_cert(chain, key).map_err(|error| {
                Error::caused(
                    ErrorKind::Config("the client's certificate and key can't be used".to_owned()),
                    error,
                )
                .with_hint("give the certificate and the private key that belongs to it, as PEM")
            })?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn identity_of(pem: &SecretSlice<u8>) -> Result<(Certificates, PrivateKeyDer<'static>)> {
    let pem = pem.expose_secret();
    let chain = certificates(pem);
    let refuse = |what: &str| {
        Err(
            Error::config(format!("the client's identity has no {what}"))
                .with_hint("give the certificate and its private key, one after the other, as PEM"),
        )
    };
    if chain.is_empty() {
        return refuse("certificate");
    }
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok((chain, key)),
        Err(_) => refuse("private key that can be read without a password"),
    }
}

fn only(
    trusted: &Certificates,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(trusted.iter().cloned());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
        .build()
        .map_err(setup)?;
    Ok(verifier)
}

fn with_system(
    trusted: &Certificates,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    #[cfg(not(target_os = "android"))]
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(trusted.iter().cloned(), provider);
    #[cfg(target_os = "android")]
    let verifier = {
        if !trusted.is_empty() {
            return only(trusted, provider);
        }
        rustls_platform_verifier::Verifier::new(provider)
    };
    let verifier = verifier.map_err(|error| {
        setup(error).with_hint("install the system's CA certificates (package ca-certificates)")
    })?;
    Ok(Arc::new(verifier))
}

fn setup(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::caused(ErrorKind::Config("https can't be set up".to_owned()), error)
}

/// Tells certificates that are signed by themselves apart, and trusts the one that was given although it is also an
/// authority's, as those that `openssl req -x509` makes.
#[derive(Debug)]
struct Verifier {
    inner: Arc<dyn ServerCertVerifier>,
    trusted: Certificates,
}

impl Verifier {
    fn look_again(
        &self,
        error: TlsError,
        certificate: &CertificateDer<'_>,
        server: &ServerName<'_>,
    ) -> Result<ServerCertVerified, TlsError> {
        let TlsError::InvalidCertificate(why) = &error else {
            return Err(error);
        };
        let Ok(parsed) = webpki::EndEntityCert::try_from(certificate) else {
            return Err(error);
        };
        // said only once the certificate's dates were looked at
        let is_authority = matches!(why, CertificateError::Other(other)
            if matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity)));
        if is_authority && self.trusted.iter().any(|trusted| trusted == certificate) {
            return match parsed.verify_is_valid_for_subject_name(server) {
                Ok(()) => Ok(ServerCertVerified::assertion()),
                Err(_) => Err(CertificateError::NotValidForName.into()),
            };
        }
        // a trusted certificate may have the same name and another key
        let is_unknown = is_authority
            || matches!(
                why,
                CertificateError::UnknownIssuer
                    | CertificateError::BadSignature
                    | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
                    | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
            );
        if is_unknown && parsed.issuer() == parsed.subject() {
            return Err(CertificateError::Other(OtherError(Arc::new(SelfSigned))).into());
        }
        Err(error)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.inner
            .verify_server_cert(certificate, intermediates, server, ocsp, now)
            .or_else(|error| self.look_again(error, certificate, server))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::certificates::{FILE, FOLDERS};
    use super::*;

    /// What is said where these variables are set.
    fn refused(variables: &[(&str, &str)]) -> String {
        let environment = |name: &str| {
            let set = variables.iter().find(|(set, _)| *set == name);
            set.map(|(_, value)| (*value).to_owned())
        };
        let error = config(&[], None, &environment).unwrap_err();
        assert!(error.hint().unwrap().starts_with("correct SSL_CERT_"));
        error.to_string()
    }

    #[test]
    fn a_file_of_certificates_that_can_not_be_used_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let (missing, empty) = (format!("{path}/missing.pem"), format!("{path}/empty.pem"));
        std::fs::write(&empty, "# none\n").unwrap();
        for (variables, words) in [
            (
                [(FILE, missing.as_str())],
                "missing.pem, which is not there",
            ),
            ([(FILE, path)], "which is a folder"),
            (
                [(FILE, empty.as_str())],
                "empty.pem, which holds no certificate",
            ),
            (
                [(FOLDERS, missing.as_str())],
                "missing.pem, which is not there",
            ),
            ([(FOLDERS, path)], "which holds no certificate"),
        ] {
            let said = refused(&variables);
            assert!(!said.contains("os error"), "{said}");
            assert!(
                said.starts_with(&format!("{} names ", variables[0].0)),
                "{said}"
            );
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn files_and_folders_of_the_environment_replace_the_systems() {
        let folder = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let file = folder.path().join("a.pem");
        std::fs::write(&file, &pem).unwrap();
        let (file, folder) = (
            file.display().to_string(),
            folder.path().display().to_string(),
        );
        for (name, value) in [(FILE, file.clone()), (FOLDERS, folder.clone())] {
            let environment = |asked: &str| (asked == name).then(|| value.clone());
            assert_eq!(of_environment(&environment).unwrap().unwrap().len(), 1);
        }
        let both = |asked: &str| {
            Some(if asked == FILE {
                file.clone()
            } else {
                "/missing".to_owned()
            })
        };
        assert_eq!(of_environment(&both).unwrap().unwrap().len(), 1);
        // one of several folders may be missing
        let of = |folders: String| {
            of_environment(&move |asked: &str| (asked == FOLDERS).then(|| folders.clone()))
        };
        let there = of(format!("/missing:{folder}")).unwrap();
        assert_eq!(there.unwrap().len(), 1);
        let why = of("/missing:/gone".to_owned()).unwrap_err().to_string();
        assert!(why.contains("/missing") && why.contains("/gone"), "{why}");
    }

    #[test]
    fn https_is_spoken_in_the_environment_of_this_process() {
        config(&[], None, &crate::http::environment::of_process).unwrap();
    }

    #[test]
    fn a_variable_that_is_empty_is_as_unset() {
        let tests = std::env::current_exe().unwrap();
        let spoken = "http::tls::tests::https_is_spoken_in_the_environment_of_this_process";
        for name in [FILE, FOLDERS] {
            for empty in ["", " "] {
                let mut process = std::process::Command::new(&tests);
                process
                    .args(["--exact", spoken])
                    .env_remove(FILE)
                    .env_remove(FOLDERS);
                let ended = process.env(name, empty).output().unwrap();
                let said = String::from_utf8_lossy(&ended.stdout);
                assert!(
                    ended.status.success() && said.contains("1 passed"),
                    "{name}: {said}"
                );
            }
        }
    }
}
