//! A publisher that does not wait for answers.

use std::{fmt::Write as _, ops::Range};

use tidings_e2e::{
    hub::{self, Hub},
    wait,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// How many requests are sent at once.
const BATCH: u32 = 200;

/// The topic of what it publishes.
pub(crate) const TOPIC: &str = "numbers";

/// Publishes the numbers of a range one by one, over one connection and each by a request of its own, which goes out before the
/// one before it is answered. Data is the number, and `padding`. Returns the place of each in the hub's order, which is told by
/// the answers.
///
/// `may_go_on` is waited for before some more are sent, and gets the next number.
pub(crate) async fn publish(hub: &Hub, numbers: Range<u32>, padding: usize, may_go_on: impl AsyncFn(u32)) -> Vec<u64> {
    let stream = TcpStream::connect(("127.0.0.1", hub.port())).await.expect("it listens");
    let (read, write) = stream.into_split();
    // What is written from is kept: to close it would be to go before the last answer has come.
    let written = write_all(write, numbers.clone(), " ".repeat(padding), may_go_on);
    let (_open, answers) = tokio::join!(written, read_all(read, numbers.len()));
    answers
}

async fn write_all(
    mut write: OwnedWriteHalf,
    numbers: Range<u32>,
    padding: String,
    may_go_on: impl AsyncFn(u32),
) -> OwnedWriteHalf {
    let mut requests = String::new();
    for number in numbers {
        let form = format!("topic={TOPIC}&data={number}{padding}");
        let _ = write!(
            requests,
            "POST {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{form}",
            hub::PATH,
            form.len()
        );
        if number % BATCH == 0 {
            may_go_on(number).await;
            write.write_all(requests.as_bytes()).await.expect("the hub takes everything");
            requests.clear();
        }
    }
    write.write_all(requests.as_bytes()).await.expect("the hub takes everything");
    write
}

/// Reads so many answers.
async fn read_all(mut read: OwnedReadHalf, count: usize) -> Vec<u64> {
    let mut sequences = Vec::with_capacity(count);
    let mut text = Vec::with_capacity(64 * 1024);
    while sequences.len() < count {
        let read = wait::within("an answer", read.read_buf(&mut text)).await.expect("the hub answers");
        assert_ne!(read, 0, "the hub has gone after {} answers", sequences.len());
        let mut rest = std::str::from_utf8(&text).expect("answers are ASCII");
        while let Some((sequence, after)) = answer(rest) {
            sequences.push(sequence);
            rest = after;
        }
        let done = text.len() - rest.len();
        text.drain(..done);
    }
    sequences
}

/// Takes an answer off the text, if it is all there: the number in its ID.
fn answer(text: &str) -> Option<(u64, &str)> {
    let (head, rest) = text.split_once("\r\n\r\n")?;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let (_, length) = head.split_once("content-length: ").expect("answers say how long they are");
    let length: usize = length.lines().next().and_then(|length| length.parse().ok()).expect("it is a number");
    let (id, rest) = rest.split_at_checked(length)?;
    Some((sequence(id), rest))
}

/// The number in an ID.
pub(crate) fn sequence(id: &str) -> u64 {
    let (_, sequence) = id.split_once('-').expect("an ID has two parts");
    sequence.parse().expect("an ID ends with a number")
}
