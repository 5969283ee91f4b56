//! A stream that is lent to hyper, and comes back when hyper is done with it. What moves on it is noted.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::progress::Progress;

/// What a client says first that speaks HTTP/2 (RFC 9113, 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Where a stream is put back.
pub(super) struct Back<Io>(Arc<Mutex<Option<Io>>>);

impl<Io> Back<Io> {
    /// The stream, once hyper is done with it; none where a handler took it over for another protocol.
    pub(super) fn take(&self) -> Option<Io> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The stream.
pub(super) struct Lent<Io> {
    io: Option<Io>,
    /// What was read of it before it was lent.
    first: Vec<u8>,
    back: Arc<Mutex<Option<Io>>>,
    progress: Arc<Progress>,
}

impl<Io> Lent<Io> {
    pub(super) fn new(io: Io, progress: Arc<Progress>) -> (Self, Back<Io>) {
        let back = Arc::new(Mutex::new(None));
        let lent = Self {
            io: Some(io),
            first: Vec::new(),
            back: back.clone(),
            progress,
        };
        (lent, Back(back))
    }

    /// Notes how much the client took.
    fn noted(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Pending => self.progress.blocked(),
            Poll::Ready(Ok(bytes)) => self.progress.sent(*bytes),
            Poll::Ready(Err(_)) => {}
        }
        written
    }
}

impl<Io: AsyncRead + Unpin> Lent<Io> {
    /// Whether the client speaks HTTP/2, which its first bytes tell. They are read again.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) async fn is_http2(&mut self) -> io::Result<bool> {
        let mut first = [0; PREFACE.len()];
        let mut length = 0;
        while length < first.len() && PREFACE.starts_with(&first[..length]) {
            match self.read(&mut first[length..]).await? {
                0 => break,
                read => length += read,
            }
        }
        first[..length].clone_into(&mut self.first);
        Ok(first == *PREFACE)
    }

    /// Gives bytes back that were read of it.
    pub(super) fn unread(&mut self, bytes: &[u8]) {
        bytes.clone_into(&mut self.first);
    }
}

impl<Io: Unpin> Lent<Io> {
    fn io(&mut self) -> Pin<&mut Io> {
        Pin::new(self.io.as_mut().expect("only drop takes it"))
    }
}

impl<Io> Drop for Lent<Io> {
    fn drop(&mut self) {
        *self.back.lock().unwrap_or_else(PoisonError::into_inner) = self.io.take();
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Lent<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let again = self.first.len().min(buffer.remaining());
        buffer.put_slice(&self.first[..again]);
        self.first = self.first.split_off(again);
        let before = buffer.filled().len();
        let read = self.io().poll_read(cx, buffer);
        if read.is_ready() && !self.progress.received(&buffer.filled()[before..]) {
            let why = "a line of a head ends without a carriage return";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, why)));
        }
        if again > 0 {
            // what comes of the stream itself, comes again
            return Poll::Ready(Ok(()));
        }
        read
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Lent<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.io().poll_write(cx, bytes);
        self.noted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.io().poll_write_vectored(cx, slices);
        self.noted(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.io().poll_flush(cx);
        match &flushed {
            Poll::Pending => self.progress.blocked(),
            // hyper flushes when it has written all that it has
            Poll::Ready(_) => self.progress.sent_all(),
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_shutdown(cx)
    }
}
