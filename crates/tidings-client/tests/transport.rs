//! HTTP/1.1 and HTTP/2, with TLS and without, and compressed: nothing of it shows.

#![cfg(all(feature = "tls", feature = "http2"))]
#![allow(clippy::unwrap_used)]

mod common;

use std::{
    error::Error,
    io::{self, Write as _},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use common::{causes, data, error, fast};
use http_body_util::Full;
use hyper::{Request, Response, Version, body::Bytes, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use reqwest::ClientBuilder;
use tidings_client::{ErrorKind, EventSource, client_builder};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ClientConfig, RootCertStore, ServerConfig, crypto::ring},
};

/// The version and the last event ID of each request.
type Seen = Arc<Mutex<Vec<(Version, Option<String>)>>>;

/// Starts a server in this runtime. It answers each request with one event, which has its number as ID and data.
async fn server(tls: Option<TlsAcceptor>) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Seen::default();
    tokio::spawn({
        let seen = Arc::clone(&seen);
        async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, seen) = (tls.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, seen).await,
                        Some(tls) => {
                            // It fails when the client does not trust it.
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, seen).await;
                            }
                        }
                    }
                });
            }
        }
    });
    (address, seen)
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, seen: Seen) {
    let service = service_fn(move |request| {
        let response = answer(&request, &seen);
        async move { Ok::<_, hyper::Error>(response) }
    });
    // It ends with an error when the client drops the connection.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

fn answer(request: &Request<Incoming>, seen: &Seen) -> Response<Full<Bytes>> {
    let id = request.headers().get("last-event-id").map(|id| id.to_str().unwrap().to_owned());
    let mut seen = seen.lock().unwrap();
    seen.push((request.version(), id));
    let number = seen.len();
    let mut body = format!("id: {number}\ndata: {number}\n\n").into_bytes();
    let mut response = Response::builder().header("content-type", "text/event-stream");
    let accepts = request.headers().get("accept-encoding").map_or("", |value| value.to_str().unwrap());
    if accepts.contains("gzip") {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&body).unwrap();
        body = encoder.finish().unwrap();
        response = response.header("content-encoding", "gzip");
    }
    response.body(Full::new(body.into())).unwrap()
}

/// A server's side of TLS and a client's that trusts it.
fn tls(protocol: &[u8]) -> (TlsAcceptor, ClientConfig) {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let provider = Arc::new(ring::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    server.alpn_protocols = vec![protocol.to_vec()];
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (TlsAcceptor::from(Arc::new(server)), client)
}

async fn two_connections(url: &str, client: ClientBuilder, seen: &Seen, version: Version) {
    let client = client.build().unwrap();
    let mut source = EventSource::builder(url).client(client).options(fast()).build().unwrap();
    assert_eq!([data(&mut source).await, data(&mut source).await], ["1", "2"]);
    assert_eq!(*seen.lock().unwrap(), [(version, None), (version, Some("1".into()))]);
}

#[tokio::test]
async fn http_1_and_2() {
    let (address, seen) = server(None).await;
    two_connections(&format!("http://{address}/"), client_builder().unwrap(), &seen, Version::HTTP_11).await;
    let (address, seen) = server(None).await;
    let client = client_builder().unwrap().http2_prior_knowledge();
    two_connections(&format!("http://{address}/"), client, &seen, Version::HTTP_2).await;
}

#[tokio::test]
async fn http_1_and_2_over_tls() {
    for (protocol, version) in [(&b"http/1.1"[..], Version::HTTP_11), (b"h2", Version::HTTP_2)] {
        let (acceptor, config) = tls(protocol);
        let (address, seen) = server(Some(acceptor)).await;
        let client = client_builder().unwrap().tls_backend_preconfigured(config);
        two_connections(&format!("https://{address}/"), client, &seen, version).await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_to_be_trusted() {
    let (acceptor, _) = tls(b"h2");
    let (address, seen) = server(Some(acceptor)).await;
    let builder = EventSource::builder(format!("https://{address}/")).options(fast().max_failures(0));
    let error = error(&mut builder.build().unwrap()).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    let untrusted = |error: &rustls::Error| matches!(error, rustls::Error::InvalidCertificate(_));
    assert!(causes(&error).into_iter().filter_map(of_tls).any(untrusted), "{error:?}");
    assert!(seen.lock().unwrap().is_empty());
}

/// The error of TLS in those of IO.
fn of_tls<'e>(mut error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    while let Some(outer) = error.downcast_ref::<io::Error>() {
        error = outer.get_ref()?;
    }
    error.downcast_ref()
}
