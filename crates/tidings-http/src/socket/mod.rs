//! Socket options for event streams: no event waits for another, and clients which vanished or stopped reading are noticed.
//!
//! A body is not asked for anything while its socket is full, and a peer whose cable was pulled sends no sign of it: neither can be
//! seen from inside a response. The kernel sees both.

mod gather;

use std::{io, time::Duration};

pub use gather::Gather;
use socket2::{SockRef, TcpKeepalive};

/// What the sockets of a server are set to.
///
/// Set it on the listener: on Linux each accepted connection inherits it.
///
/// Whatever else it says, it switches Nagle's algorithm off (`TCP_NODELAY`), which would hold an event back until the client has
/// acknowledged the one before.
///
/// # Examples
///
/// ```
/// use tidings_http::socket::SocketOptions;
///
/// # tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap().block_on(async {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// SocketOptions::default().set_on(&listener)?;
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "options do nothing until they are set on a socket"]
pub struct SocketOptions {
    user_timeout: Duration,
    unsent_bytes: u32,
    keep_alive: Duration,
}

impl SocketOptions {
    /// The defaults: 30 s, 16 KiB, 30 s.
    pub const fn new() -> Self {
        Self { user_timeout: Duration::from_secs(30), unsent_bytes: 16 * 1024, keep_alive: Duration::from_secs(30) }
    }

    /// How long data may stay unacknowledged, or unsent because the client reads nothing, before the kernel ends the connection
    /// (`TCP_USER_TIMEOUT`; RFC 5482).
    ///
    /// The default is 30 s. Zero leaves it to the kernel, which takes a quarter of an hour, and lets a client that is there
    /// but does not read stay for ever. Linux, Android and Fuchsia only.
    pub const fn user_timeout(mut self, time: Duration) -> Self {
        self.user_timeout = time;
        self
    }

    /// How many bytes may wait in the kernel that were not sent yet (`TCP_NOTSENT_LOWAT`): what a client that does not read
    /// costs, in place of some megabytes, and how old an event can be when it is sent at last.
    ///
    /// The default is 16 KiB; zero leaves it to the kernel, which sets no limit. Linux and Android only.
    pub const fn unsent_bytes(mut self, bytes: u32) -> Self {
        self.unsent_bytes = bytes;
        self
    }

    /// After how long without traffic the kernel asks whether the client is still there; after two more such times without an
    /// answer it ends the connection (`SO_KEEPALIVE`).
    ///
    /// The default is 30 s. It is for connections on which nothing is sent; those with keep-alive comments are seen by the
    /// user time-out. Zero sends no probes.
    pub const fn keep_alive(mut self, time: Duration) -> Self {
        self.keep_alive = time;
        self
    }

    /// Sets the options on a listener, or on one connection. What the system does not have is left out.
    ///
    /// # Errors
    ///
    /// If the system refuses: a time of less than a second for probes, say.
    #[cfg(unix)]
    pub fn set_on(&self, socket: &impl std::os::fd::AsFd) -> io::Result<()> {
        self.set(&SockRef::from(socket))
    }

    /// Sets the options on a listener, or on one connection. What the system does not have is left out.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    #[cfg(windows)]
    pub fn set_on(&self, socket: &impl std::os::windows::io::AsSocket) -> io::Result<()> {
        self.set(&SockRef::from(socket))
    }

    fn set(&self, socket: &SockRef<'_>) -> io::Result<()> {
        socket.set_tcp_nodelay(true)?;
        if !self.keep_alive.is_zero() {
            let probes = TcpKeepalive::new().with_time(self.keep_alive).with_interval(self.keep_alive).with_retries(2);
            socket.set_tcp_keepalive(&probes)?;
        }
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        if !self.user_timeout.is_zero() {
            socket.set_tcp_user_timeout(Some(self.user_timeout))?;
        }
        #[cfg(any(target_os = "android", target_os = "linux"))]
        socket.set_tcp_notsent_lowat(self.unsent_bytes)?;
        Ok(())
    }
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self::new()
    }
}
