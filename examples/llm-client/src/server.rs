//! A server that plays a recorded event stream, in pieces that have nothing to do with its events, as a network makes them.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::sleep,
};

/// How large a piece is, and how long it takes to the next: about as fast as a service answers.
const PIECE: usize = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// Starts it, and says where it is.
pub(crate) async fn start(recording: &str) -> io::Result<String> {
    let recording = match recording {
        "openai" => include_str!("../fixtures/openai.txt"),
        "anthropic" => include_str!("../fixtures/anthropic.txt"),
        "overloaded" => include_str!("../fixtures/overloaded.txt"),
        other => return Err(io::Error::other(format!("{other:?} is none of openai, anthropic and overloaded"))),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await?;
        play(&mut client, recording).await
    });
    Ok(url)
}

async fn play(client: &mut TcpStream, recording: &str) -> io::Result<()> {
    // The request is small: what there is of it at once is all of it, or enough to answer.
    let mut request = [0; 4096];
    let _ = client.read(&mut request).await?;
    client.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n").await?;
    for piece in recording.as_bytes().chunks(PIECE) {
        client.write_all(piece).await?;
        sleep(PAUSE).await;
    }
    client.shutdown().await
}
