//! One connection.

use std::{
    convert::Infallible,
    io::{self, IoSlice},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use hyper::{Request, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tidings_http::socket::Gather;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
    sync::watch,
    time::timeout,
};
use tower::Service;

use super::{api::Peer, app::App, body::Body, refusal::Refusal};

/// How long a client may take for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest head of a request, and what a connection may buffer: enough for a last event ID of 8 KiB in any script, in the query
/// and in the header, since to refuse that would be to lose its client.
const BUFFER_BYTES: usize = 64 * 1024;
/// How long a client may take to read why it was refused.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);
/// How much it may go on to send meanwhile, in bytes.
const MOST_DRAINED: u64 = 4 * 1024 * 1024;

/// What connections share.
pub(super) struct Server<S> {
    app: App,
    http: http1::Builder,
    service: S,
}

impl<S> Server<S> {
    pub(super) fn new(app: App, service: S) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(BUFFER_BYTES);
        Self { app, http, service }
    }
}

/// Serves a connection to its end, which comes with the end of what it is doing once `end` says so.
///
/// What hyper cannot read it answers with a status alone, or not at all. As long as no request has been read that is not let
/// through, and the client gets an answer from here.
///
/// Whoever changes this: there is one of these for each connection, so what it holds is the memory of an idle subscriber.
pub(super) async fn serve<S>(
    server: Arc<Server<S>>,
    connection: TcpStream,
    peer: SocketAddr,
    mut end: watch::Receiver<()>,
) where
    S: Service<Request<Incoming>, Response = hyper::Response<Body>, Error = Infallible, Future: Send> + Clone,
{
    let requested = AtomicBool::new(false);
    let mut connection = Connection { io: Gather::new(connection), is_silent: true, requested: &requested };
    let service = service_fn(|mut request: Request<Incoming>| {
        requested.store(true, Relaxed);
        request.extensions_mut().insert(Peer(peer));
        // The connection keeps the room for this.
        Box::pin(server.service.clone().call(request))
    });
    let ended = {
        let mut serving = pin!(server.http.serve_connection(TokioIo::new(&mut connection), service));
        tokio::select! {
            biased;
            ended = &mut serving => ended,
            _ = end.changed() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        }
    };
    let Err(error) = ended else { return };
    // Who is refused is not waited for at the end.
    drop(end);
    if let Some(refusal) = refusal(&error).filter(|_| !requested.load(Relaxed) && !connection.is_silent) {
        refusal.log(&server.app, Some(peer), "a request that cannot be read");
        // In a place of its own: nearly no connection comes to this.
        Box::pin(refuse(connection.io, refusal)).await;
    } else {
        tracing::debug!("a connection from {peer}: {error}");
    }
}

/// Why there was no request, if its client is to be told.
fn refusal(error: &hyper::Error) -> Option<Refusal> {
    if error.is_timeout() {
        return Some(Refusal::new(StatusCode::REQUEST_TIMEOUT, "the head of the request did not come in time"));
    }
    if error.is_parse_too_large() {
        let reason = format!("the head of the request has more than {BUFFER_BYTES} bytes or 100 headers");
        return Some(Refusal::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, reason));
    }
    error.is_parse().then(|| Refusal::bad("this is no request of HTTP/1.1"))
}

/// Tells the client why, and waits a moment until it has read that: to close while it still sends would take it away.
async fn refuse(mut io: Gather<TcpStream>, refusal: Refusal) {
    let told = async {
        io.write_all(&refusal.into_bytes()).await?;
        io.shutdown().await?;
        tokio::io::copy(&mut io.take(MOST_DRAINED), &mut tokio::io::sink()).await
    };
    // It may have gone.
    let _ = timeout(REFUSAL_TIMEOUT, told).await;
}

/// A connection to which nothing is written before there was a request.
struct Connection<'a> {
    io: Gather<TcpStream>,
    /// Whether the client has sent nothing so far.
    is_silent: bool,
    requested: &'a AtomicBool,
}

impl AsyncRead for Connection<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buffer);
        self.is_silent &= buffer.filled().len() == before;
        polled
    }
}

impl AsyncWrite for Connection<'_> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !self.requested.load(Relaxed) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !self.requested.load(Relaxed) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.requested.load(Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
