//! The connections of a server.

use std::{io, net::SocketAddr};

use axum::serve;
use tidings_http::socket::{Gather, SocketOptions};
use tokio::net::{TcpListener, TcpStream};

/// A listener for [`axum::serve`](axum::serve()) whose connections suit event streams: with [`SocketOptions`], and [`Gather`].
///
/// For `into_make_service_with_connect_info::<SocketAddr>()` axum wants it as `listener.tap_io(|_| {})`, of its own
/// [`ListenerExt`](axum::serve::ListenerExt).
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
/// use tidings_axum::Listener;
/// use tokio::net::TcpListener;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let app = Router::new().route("/", get(async || "Good tidings"));
/// let listener = Listener::new(TcpListener::bind("127.0.0.1:0").await?)?;
/// let server = axum::serve(listener, app);
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// With the default options.
    ///
    /// # Errors
    ///
    /// As for [`with_options`](Self::with_options).
    pub fn new(listener: TcpListener) -> io::Result<Self> {
        Self::with_options(listener, SocketOptions::new())
    }

    /// With these options.
    ///
    /// # Errors
    ///
    /// If the system refuses them: see [`SocketOptions::set_on`].
    pub fn with_options(listener: TcpListener, options: SocketOptions) -> io::Result<Self> {
        options.set_on(&listener)?;
        Ok(Self(listener))
    }
}

impl serve::Listener for Listener {
    type Io = Gather<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        let (connection, address) = serve::Listener::accept(&mut self.0).await;
        (Gather::new(connection), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
