//! A server that does as it is told, whatever that is.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

/// The head of an event stream in chunks.
pub(crate) const HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
/// The head of one that ends with the connection.
pub(crate) const PLAIN: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

/// Text in a chunk of its own.
pub(crate) fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// Events with these numbers, in chunks.
pub(crate) fn events(numbers: &[u64]) -> String {
    numbers.iter().map(|number| chunk(&format!("id: x-{number}\ndata: {number} 1 xxx\n\n"))).collect()
}

/// Serves each connection by a script, which gets the head of the request and how many connections there were before. Returns
/// the URL.
pub(crate) fn serve(script: impl Fn(TcpStream, String, usize) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a port");
    let address = listener.local_addr().expect("it has an address");
    let script = Arc::new(script);
    thread::spawn(move || {
        for (index, connection) in listener.incoming().enumerate() {
            let script = Arc::clone(&script);
            thread::spawn(move || {
                let mut connection = connection.expect("a connection");
                if let Some(request) = head(&mut connection) {
                    script(connection, request, index);
                }
            });
        }
    });
    format!("http://{address}/events?a=b")
}

/// A script that writes this, and keeps the connection open until the client goes.
pub(crate) fn say(text: &str) -> impl Fn(TcpStream, String, usize) + Send + Sync + use<> {
    let text = text.to_owned();
    move |mut connection, _, _| {
        write(&mut connection, &text);
        wait(&mut connection);
    }
}

/// A script that writes this, and closes the connection.
pub(crate) fn say_and_close(text: &str) -> impl Fn(TcpStream, String, usize) + Send + Sync + use<> {
    let text = text.to_owned();
    move |mut connection, _, _| write(&mut connection, &text)
}

/// Writes to a client that may be gone.
pub(crate) fn write(connection: &mut TcpStream, text: &str) {
    let _ = connection.write_all(text.as_bytes());
}

/// Waits until the client is gone.
pub(crate) fn wait(connection: &mut TcpStream) {
    let _ = connection.read_to_end(&mut Vec::new());
}

/// Reads the head of a request; `None` if the client goes before.
fn head(connection: &mut TcpStream) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        connection.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}
