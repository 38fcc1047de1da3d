//! Connections, and the end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tidings_http::socket::SocketOptions;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
};

use super::{
    api,
    app::App,
    connection::{Server, serve},
    seldom::Seldom,
};
use crate::failure::Failure;

/// How many connections may wait to be accepted: as many as come back at once after a restart.
const BACKLOG: u32 = 4096;
/// How long anything may take after the last stream has been ended.
const GRACE: Duration = Duration::from_millis(500);

/// Serves until the program is told to end.
pub(super) async fn listen(
    app: App,
    address: SocketAddr,
    options: SocketOptions,
    drain: Duration,
) -> Result<(), Failure> {
    let listener = bind(address, options).map_err(|error| Failure::Serve { what: address.to_string(), error })?;
    let address = listener.local_addr().unwrap_or(address);
    tracing::info!("listening on http://{address}");

    let server = Arc::new(Server::new(app.clone(), api::service(app.clone())));
    let ending = watch::Sender::new(());
    let lacks = Seldom::default();
    let mut end = std::pin::pin!(end());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => break,
        };
        match accepted {
            Ok((connection, peer)) => {
                tokio::spawn(serve(Arc::clone(&server), connection, peer, ending.subscribe()));
            }
            Err(error) => {
                // Most likely there are too many open files: waiting lets some be closed.
                if lacks.tell().is_some() {
                    tracing::warn!("cannot accept connections: {error}");
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    tracing::info!("ending {} streams", app.shutdown.open_streams());
    app.shutdown.drain(drain);
    ending.send_replace(());
    let ended = tokio::time::timeout(drain.saturating_add(GRACE), ending.closed());
    tokio::select! {
        ended = ended => if ended.is_err() {
            tracing::warn!("some connections did not end in time");
        },
        () = self::end() => tracing::warn!("told again to end"),
    }
    Ok(())
}

fn bind(address: SocketAddr, options: SocketOptions) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    options.set_on(&listener)?;
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
