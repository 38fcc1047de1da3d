//! Ports for servers.

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU16, Ordering},
};

/// The ports that are tried. The system takes those of outgoing connections elsewhere (on Linux from 32768 on): else a client
/// that calls a server which is being restarted could take that server's port, or even find itself there.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// How many ports were tried by this process.
static TRIED: AtomicU16 = AtomicU16::new(0);

/// A port of the loopback address that nobody listens on.
pub fn free() -> u16 {
    let start = process::id().wrapping_mul(61);
    for _ in 0..COUNT {
        let tried = u32::from(TRIED.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + ((start.wrapping_add(tried)) % u32::from(COUNT)) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice() {
        let first = free();
        let second = free();
        assert_ne!(first, second);
        TcpListener::bind(("127.0.0.1", first)).expect("nobody listens on it");
    }
}
