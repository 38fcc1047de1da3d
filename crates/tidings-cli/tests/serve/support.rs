//! What these tests share.

use hyper::header::HeaderName;
use tidings_e2e::{client::Response, hub::Hub, wait};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tidings");
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Starts a hub with arguments.
pub(crate) async fn start(arguments: &[&str]) -> Hub {
    Hub::start(PROGRAM, arguments).await
}

/// Publishes an event to a topic, and returns its ID.
pub(crate) async fn publish(hub: &Hub, topic: &str, data: &str) -> String {
    hub.publish(&[("topic", topic), ("data", data)]).await
}

/// The type and the data of the next event.
pub(crate) async fn next(stream: &mut Response) -> (String, String) {
    let event = stream.event().await.expect("the stream does not end");
    (event.event_type().to_owned(), event.data().to_owned())
}

/// The data of all events up to this, which is not among them.
pub(crate) async fn data_until(stream: &mut Response, end: &str) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let (_, data) = next(stream).await;
        if data == end {
            return all;
        }
        all.push(data);
    }
}

/// The reason of the gap that comes next, and the ID up to which it goes.
pub(crate) async fn gap(stream: &mut Response) -> (String, String) {
    let event = stream.event().await.expect("the stream does not end");
    assert_eq!(event.event_type(), "gap", "{event:?}");
    let data: serde_json::Value = serde_json::from_str(event.data()).expect("it is JSON");
    assert_eq!(data["upTo"], event.last_event_id());
    (data["reason"].as_str().expect("it has a reason").to_owned(), event.last_event_id().to_owned())
}

/// Waits while the hub runs for so many seconds more: for what must not happen meanwhile.
pub(crate) async fn goes_on_for(hub: &Hub, seconds: u64) {
    // The time that it tells is rounded down.
    has_run_for(hub, hub.metric("tidings_uptime_seconds").await + seconds + 1).await;
}

/// Waits until the hub has run for so many seconds.
pub(crate) async fn has_run_for(hub: &Hub, seconds: u64) {
    let what = format!("the hub to have run for {seconds} s");
    wait::until(what, async || (hub.metric("tidings_uptime_seconds").await >= seconds).then_some(())).await;
}

/// Sends bytes as they are, and reads until the server closes the connection.
pub(crate) async fn raw(hub: &Hub, bytes: &[u8]) -> String {
    raw_to(hub.port(), bytes).await
}

/// The same with whoever listens on this port.
pub(crate) async fn raw_to(port: u16, bytes: &[u8]) -> String {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
    let (mut read, mut write) = stream.into_split();
    let mut answer = Vec::new();
    let exchange = async {
        // It may have answered, and gone, before it has read everything.
        let _ = tokio::join!(write.write_all(bytes), read.read_to_end(&mut answer));
    };
    wait::within("the end of a connection", exchange).await;
    String::from_utf8(answer).expect("the answer is text")
}

/// The head of a request to publish a form, but for what says how long the form is.
pub(crate) fn publish_head(more: &str) -> String {
    format!(
        "POST /.well-known/mercure HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\n{more}\r\n\r\n"
    )
}
