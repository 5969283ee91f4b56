//! TLS: the certificate in use, and a stream whose handshake is made with its first read, so in the connection's own task
//! and within `limits.head_time`.

use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll, ready};

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::{FallibleAccept, TlsStream};

/// TLS as this server speaks it. The certificate can be changed while it does.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
}

impl Tls {
    /// TLS 1.2 and 1.3, for HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// Where rustls can't speak these.
    pub(crate) fn new(certificate: CertifiedKey) -> Result<Self, rustls::Error> {
        let current = Arc::new(Current(RwLock::new(Arc::new(certificate))));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider);
        let mut config = config
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(current.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            current,
        })
    }

    /// Shows this certificate from the next handshake on.
    pub(crate) fn take(&self, certificate: CertifiedKey) {
        let current = self.current.0.write();
        *current.unwrap_or_else(PoisonError::into_inner) = Arc::new(certificate);
    }

    pub(super) fn over(&self, stream: TcpStream) -> Encrypted {
        Encrypted {
            acceptor: self.acceptor.clone(),
            state: State::New(stream),
        }
    }
}

/// The certificate that is shown, whatever host a client names.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read();
        Some(current.unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// The answer to who speaks plain HTTP.
const PLAIN: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 35\r\nconnection: close\r\n\r\nThis port speaks TLS: use https://\n";

/// A connection that speaks TLS, or should.
pub(crate) struct Encrypted {
    acceptor: TlsAcceptor,
    state: State,
}

enum State {
    New(TcpStream),
    Handshake(FallibleAccept<TcpStream>),
    Open(TlsStream<TcpStream>),
    /// No TLS came about: what the client sends is read to its end, and nothing more is written.
    Refused(TcpStream),
    Gone,
}

impl Encrypted {
    /// The stream after its handshake; none where the client speaks no TLS.
    fn open(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Pin<&mut TlsStream<TcpStream>>>>> {
        loop {
            match &mut self.state {
                State::New(stream) => {
                    let mut first = [0];
                    let mut first = ReadBuf::new(&mut first);
                    ready!(stream.poll_peek(cx, &mut first))?;
                    // a handshake begins with 22, a request with the name of its method
                    let is_plain = first.filled().iter().all(u8::is_ascii_uppercase);
                    let State::New(stream) = mem::replace(&mut self.state, State::Gone) else {
                        continue;
                    };
                    if is_plain {
                        if !first.filled().is_empty() {
                            // it fits into a buffer that nothing was written to; who is gone needs no answer
                            let _ = stream.try_write(PLAIN.as_bytes());
                        }
                        self.state = State::Refused(stream);
                        return Poll::Ready(Ok(None));
                    }
                    let accept = self.acceptor.accept(stream).into_fallible();
                    self.state = State::Handshake(accept);
                }
                State::Handshake(accept) => match ready!(Pin::new(accept).poll(cx)) {
                    Ok(stream) => self.state = State::Open(stream),
                    Err((error, stream)) => {
                        self.state = State::Refused(stream);
                        return Poll::Ready(Err(error));
                    }
                },
                State::Open(_) | State::Refused(_) => break,
                State::Gone => return Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            }
        }
        let State::Open(stream) = &mut self.state else {
            return Poll::Ready(Ok(None));
        };
        Poll::Ready(Ok(Some(Pin::new(stream))))
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let State::Refused(stream) = &mut this.state {
            return Pin::new(stream).poll_read(cx, buffer);
        }
        match ready!(this.open(cx))? {
            Some(stream) => stream.poll_read(cx, buffer),
            // as if nothing had come
            None => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match ready!(self.get_mut().open(cx))? {
            Some(stream) => stream.poll_write(cx, bytes),
            None => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match ready!(self.get_mut().open(cx))? {
            Some(stream) => stream.poll_write_vectored(cx, slices),
            None => Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum())),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().state {
            State::Open(stream) => Pin::new(stream).poll_flush(cx),
            _ => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match &mut this.state {
            State::Open(stream) => Pin::new(stream).poll_shutdown(cx),
            State::New(stream) | State::Refused(stream) => Pin::new(stream).poll_shutdown(cx),
            State::Handshake(_) | State::Gone => {
                this.state = State::Gone;
                Poll::Ready(Ok(()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_plain_http_has_the_length_that_it_says() {
        let (head, body) = PLAIN.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
    }
}
