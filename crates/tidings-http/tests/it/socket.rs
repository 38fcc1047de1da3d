//! What the options of sockets do, on the kernel that has them all.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use socket2::SockRef;
use tidings_http::socket::SocketOptions;

fn connection(options: SocketOptions) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    options.set_on(&listener).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    (server, client)
}

#[test]
fn connections_inherit_them_from_the_listener() {
    let second = Duration::from_secs(1);
    let options = SocketOptions::new().user_timeout(7 * second).unsent_bytes(4321).keep_alive(9 * second);
    let (server, _client) = connection(options);
    let server = SockRef::from(&server);
    assert!(server.tcp_nodelay().unwrap());
    assert_eq!(server.tcp_user_timeout().unwrap(), Some(7 * second));
    assert_eq!(server.tcp_notsent_lowat().unwrap(), 4321);
    assert!(server.keepalive().unwrap());
    assert_eq!(server.tcp_keepalive_time().unwrap(), 9 * second);
    assert_eq!(server.tcp_keepalive_interval().unwrap(), 9 * second);
    assert_eq!(server.tcp_keepalive_retries().unwrap(), 2);
}

#[test]
fn zero_leaves_the_defaults() {
    let (server, _client) =
        connection(SocketOptions::new().user_timeout(Duration::ZERO).keep_alive(Duration::ZERO).unsent_bytes(0));
    let server = SockRef::from(&server);
    assert_eq!(server.tcp_user_timeout().unwrap(), None);
    assert!(!server.keepalive().unwrap());
}

#[test]
fn a_client_that_reads_nothing_is_noticed() {
    let (mut server, mut client) = connection(SocketOptions::new().user_timeout(Duration::from_secs(1)));
    server.set_write_timeout(Some(Duration::from_mins(1))).unwrap();
    let error = loop {
        if let Err(error) = server.write_all(&[b'x'; 4096]) {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    let mut read = Vec::new();
    let _ = client.read_to_end(&mut read);
    assert!(!read.is_empty(), "what was sent before is there");
}
