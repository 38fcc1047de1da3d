//! Connections, and the end.

use std::{io, net::SocketAddr, time::Duration};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tidings_http::socket::{Gather, SocketOptions};
use tokio::net::{TcpListener, TcpSocket};

use super::{api, app::App};
use crate::failure::Failure;

/// How many connections may wait to be accepted: as many as come back at once after a restart.
const BACKLOG: u32 = 4096;
/// How long a client may take for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest head of a request, and what a connection may buffer: little, but enough for a last event ID of 8 KiB, since to
/// refuse that would be to lose its client.
const BUFFER_BYTES: usize = 16 * 1024;
/// How long anything may take after the last stream has been ended.
const GRACE: Duration = Duration::from_millis(500);

/// Serves until the program is told to end.
pub(super) async fn listen(app: App, address: SocketAddr, drain: Duration) -> Result<(), Failure> {
    let listener = bind(address).map_err(|error| Failure::Serve { what: address.to_string(), error })?;
    let address = listener.local_addr().unwrap_or(address);
    tracing::info!("listening on http://{address}");

    let service = api::service(app.clone());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(BUFFER_BYTES);
    let graceful = GracefulShutdown::new();
    let mut end = std::pin::pin!(end());
    loop {
        let connection = tokio::select! {
            connection = listener.accept() => connection,
            () = &mut end => break,
        };
        match connection {
            Ok((connection, _)) => {
                let service = TowerToHyperService::new(service.clone());
                let served = graceful.watch(http.serve_connection(TokioIo::new(Gather::new(connection)), service));
                tokio::spawn(async move {
                    if let Err(error) = served.await {
                        tracing::debug!("a connection: {error}");
                    }
                });
            }
            Err(error) => {
                // Most likely there are too many open files: waiting lets some be closed.
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    tracing::info!("ending {} streams", app.shutdown.open_streams());
    app.shutdown.drain(drain);
    let ended = tokio::time::timeout(drain.saturating_add(GRACE), graceful.shutdown());
    tokio::select! {
        ended = ended => if ended.is_err() {
            tracing::warn!("some connections did not end in time");
        },
        () = self::end() => tracing::warn!("told again to end"),
    }
    Ok(())
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    SocketOptions::default().set_on(&listener)?;
    Ok(listener)
}

/// Waits until the program is told to end.
async fn end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
