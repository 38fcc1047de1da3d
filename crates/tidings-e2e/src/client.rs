//! A client that sees each chunk as it arrives.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, StatusCode, Uri, Version, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, client::conn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tidings_codec::{BytesDecoder, DecoderOptions, OwnedEvent, OwnedItem};
use tokio::net::TcpStream;

use crate::wait;

/// A response whose body is still to come. Its connection is its own, and closed when this is dropped.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    body: Incoming,
    decoder: BytesDecoder,
    cut: bool,
}

/// Asks for a resource, and waits for the head of the response.
///
/// # Panics
///
/// If there is no response, as everything here does when it fails or takes too long.
pub async fn get(url: &str, version: Version, headers: &[(HeaderName, &[u8])]) -> Response {
    request(Method::GET, url, version, headers).await
}

/// The same with any method. The body is empty.
pub async fn request(method: Method, url: &str, version: Version, headers: &[(HeaderName, &[u8])]) -> Response {
    request_with(method, url, version, headers, Bytes::new()).await
}

/// The same with a body.
pub async fn request_with(
    method: Method,
    url: &str,
    version: Version,
    headers: &[(HeaderName, &[u8])],
    body: impl Into<Bytes>,
) -> Response {
    let uri: Uri = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
    let authority = uri.authority().expect("the URL has one").as_str();
    let mut request = Request::builder().method(method).uri(target(&uri, version)).version(version);
    if version != Version::HTTP_2 {
        request = request.header(header::HOST, authority);
    }
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let request = request.body(Full::new(body.into())).expect("the test gives good headers");
    let what = format!("the response of {url} ({version:?})");
    let response = wait::within(&what, send(authority, request)).await;
    let (head, body) = response.unwrap_or_else(|error| panic!("{what}: {error}")).into_parts();
    let decoder = BytesDecoder::with_options(DecoderOptions::new().comments(true));
    Response { status: head.status, headers: head.headers, body, decoder, cut: false }
}

/// What the request line has: the path alone, or for HTTP/2 all of it.
fn target(uri: &Uri, version: Version) -> Uri {
    if version == Version::HTTP_2 {
        return uri.clone();
    }
    let path = uri.path_and_query().cloned();
    path.map_or_else(|| Uri::from_static("/"), Uri::from)
}

/// Sends the request on a connection that ends with its response.
async fn send(authority: &str, request: Request<Full<Bytes>>) -> Result<http::Response<Incoming>, String> {
    let stream = TcpStream::connect(authority).await.map_err(|error| error.to_string())?;
    let io = TokioIo::new(stream);
    let response = if request.version() == Version::HTTP_2 {
        let connection = conn::http2::handshake(TokioExecutor::new(), io).await;
        let (mut sender, connection) = connection.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        sender.send_request(request).await
    } else {
        let connection = conn::http1::handshake(io).await;
        let (mut sender, connection) = connection.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        sender.send_request(request).await
    };
    response.map_err(|error| error.to_string())
}

impl Response {
    /// A header's value, or the empty text if there is none.
    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("the header is ASCII"))
    }

    /// The next bytes as they arrive, or `None` at the end of the body.
    pub async fn chunk(&mut self) -> Option<Bytes> {
        loop {
            let frame = wait::within("the next chunk, or the end", self.body.frame()).await?;
            let frame = frame.unwrap_or_else(|error| panic!("the response is cut: {error}"));
            if let Ok(data) = frame.into_data() {
                return Some(data);
            }
        }
    }

    /// What comes next in the event stream, comments too, or `None` at its end.
    pub async fn item(&mut self) -> Option<OwnedItem> {
        loop {
            if let Some(item) = self.decoder.next() {
                return Some(item.expect("no event is that large"));
            }
            let Some(chunk) = self.chunk().await else {
                self.cut = self.decoder.finish();
                return None;
            };
            self.decoder.push(chunk);
        }
    }

    /// Reads the reconnection time, which the streams of the servers under test begin with.
    pub async fn begin(&mut self) {
        let item = self.item().await;
        assert!(matches!(item, Some(OwnedItem::ReconnectionTime(_))), "{item:?}");
    }

    /// The last event ID so far: what a client sends when it comes back.
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// Whether the event stream has ended in the middle of an event.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// The next event of the event stream, or `None` at its end.
    pub async fn event(&mut self) -> Option<OwnedEvent> {
        loop {
            if let OwnedItem::Event(event) = self.item().await? {
                return Some(event);
            }
        }
    }

    /// The whole body, or what is left of it.
    pub async fn text(mut self) -> String {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await {
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes).expect("the body is text")
    }
}
