//! Certificates: which are trusted, and what is said of those that are not.

use std::sync::Arc;

use gatepost_sdk::{Client, ClientBuilder, Error, ErrorKind, Method, Unsent};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::unreachable::{asked, cause};

/// A certificate and its key as PEM.
struct Shown {
    certificate: String,
    key: String,
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn by_itself(params: &CertificateParams) -> Shown {
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    Shown {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "An authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

fn signed(params: &CertificateParams, authority: &CertifiedIssuer<'_, KeyPair>) -> Shown {
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, authority).expect("a certificate");
    Shown {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    }
}

/// A server of https that answers `{}`; with an authority, only to clients that it has signed.
async fn serving(shown: &Shown, clients: Option<&str>) -> String {
    let builder = match clients {
        None => ServerConfig::builder().with_no_client_auth(),
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM"))
                .expect("a root");
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build();
            ServerConfig::builder().with_client_cert_verifier(verifier.expect("a verifier"))
        }
    };
    let chain = CertificateDer::from_pem_slice(shown.certificate.as_bytes()).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).expect("PEM");
    let config = builder
        .with_single_cert(vec![chain], key)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = stream.read(&mut [0; 4096]).await;
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                    let _ = stream.write_all(answer).await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    format!("https://localhost:{port}")
}

async fn works(client: ClientBuilder) {
    let client = client.build().expect("a client");
    let asked = client.request(Method::GET, "/api/posts/").send_empty();
    asked.await.expect("an answer");
}

fn says(error: &Error, expected: Unsent, words: &str) {
    assert_eq!(cause(error), expected, "{error}");
    assert!(error.to_string().contains(words), "{error}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_certificate_that_is_signed_by_itself_is_said_and_can_be_trusted() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let mut params = named("localhost");
        params.is_ca = is_ca; // as `openssl req -x509` makes it
        let shown = by_itself(&params);
        let server = serving(&shown, None).await;
        says(
            &asked(Client::builder(&server)).await,
            Unsent::SelfSigned,
            "is signed by itself",
        );
        works(Client::builder(&server).root_certificate(shown.certificate.clone())).await;
        // trusted for its own name alone
        let elsewhere = server.replace("localhost", "127.0.0.1");
        let client = Client::builder(&elsewhere).root_certificate(shown.certificate.clone());
        assert_eq!(cause(&asked(client).await), Unsent::WrongName);
        let other = by_itself(&params);
        let client = Client::builder(&server).root_certificate(other.certificate);
        assert_ne!(cause(&asked(client).await), Unsent::Tls);
    }
}

#[tokio::test]
async fn an_unknown_authority_is_said_and_can_be_trusted() {
    let authority = authority();
    let server = serving(&signed(&named("localhost"), &authority), None).await;
    says(
        &asked(Client::builder(&server)).await,
        Unsent::UnknownAuthority,
        "an authority that this machine does not know",
    );
    works(Client::builder(&server).root_certificate(authority.pem())).await;
    works(Client::builder(&server).root_certificate(authority.der().to_vec())).await;
}

#[tokio::test]
async fn dates_and_names_are_said() {
    let authority = authority();
    let mut old = named("localhost");
    old.not_before = date_time_ymd(2020, 1, 1);
    old.not_after = date_time_ymd(2021, 2, 3);
    let mut new = named("localhost");
    new.not_before = date_time_ymd(2090, 1, 1);
    new.not_after = date_time_ymd(2091, 1, 1);
    for (params, expected, words) in [
        (old, Unsent::Expired, "has expired (on 2021-02-03)"),
        (new, Unsent::NotYetValid, "from 2090-01-01 on"),
        (
            named("api.example.org"),
            Unsent::WrongName,
            "api.example.org",
        ),
    ] {
        let server = serving(&signed(&params, &authority), None).await;
        let client = Client::builder(&server).root_certificate(authority.pem());
        says(&asked(client).await, expected, words);
    }
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let authority = authority();
    let pem = authority.pem();
    let server = serving(&signed(&named("localhost"), &authority), Some(&pem)).await;
    let client = || Client::builder(&server).root_certificate(pem.clone());
    assert_eq!(cause(&asked(client()).await), Unsent::ClientCertificate);
    let own = signed(&named("ada"), &authority);
    works(client().client_identity(format!("{}{}", own.certificate, own.key))).await;
    for bad in ["", &own.certificate, &own.key] {
        let error = client()
            .client_identity(bad)
            .build()
            .expect_err("half of it");
        assert!(matches!(error.kind(), ErrorKind::Config(_)) && error.hint().is_some());
    }
    let error = client()
        .root_certificate("none")
        .build()
        .expect_err("no certificate");
    assert!(matches!(error.kind(), ErrorKind::Config(_)) && error.hint().is_some());
}
