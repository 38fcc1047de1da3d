//! What a body sends, and when.

use std::time::Duration;

use crate::support::{Watched, chunk, event, is_waiting, rest};
use futures_util::{StreamExt as _, stream};
use tidings_codec::{BytesDecoder, OwnedItem};
use tidings_http::{BoxError, Chunk, EncodedFrame, EventBody, EventId, EventType, Frame, IntoFrames, Options, channel};
use tokio::time::{Instant, advance};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn something_is_sent_at_once() {
    let mut body = Box::pin(EventBody::new(stream::pending::<EncodedFrame>()));
    assert_eq!(chunk(&mut body).await, ": \n\n");
    assert!(is_waiting(&mut body).await);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_ready_comes_first() {
    let body = EventBody::new(stream::iter([event("1")]));
    assert_eq!(rest(body).await, "data: 1\n\n");
}

#[tokio::test(start_paused = true)]
async fn the_reconnection_time_comes_before_all() {
    let options = Options::builder().reconnection_time(Duration::from_millis(2500)).build().unwrap();
    let mut body = Box::pin(options.body(stream::iter([event("1")]).chain(stream::pending())));
    assert_eq!(chunk(&mut body).await, "retry: 2500\n\ndata: 1\n\n");
    let mut body = Box::pin(options.body(stream::pending::<EncodedFrame>()));
    assert_eq!(chunk(&mut body).await, "retry: 2500\n\n");
    assert!(is_waiting(&mut body).await);
}

#[tokio::test(start_paused = true)]
async fn all_that_is_ready_is_one_chunk() {
    let (events, source) = channel(16);
    let mut body = Box::pin(EventBody::new(source));
    for data in ["1", "2", "3"] {
        events.send(event(data)).await.unwrap();
    }
    assert_eq!(chunk(&mut body).await, "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    assert!(is_waiting(&mut body).await);
    events.send(event("4")).await.unwrap();
    assert_eq!(chunk(&mut body).await, "data: 4\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_chunk_ends_at_its_size() {
    let one = event(&"x".repeat(92)); // 100 bytes
    let mut body = Box::pin(EventBody::new(stream::repeat(one.clone())));
    for _ in 0..3 {
        assert_eq!(chunk(&mut body).await.len(), 65_600, "whole events, and the one that reached 64 KiB");
    }
    let options = Options::builder().chunk_bytes(150).build().unwrap();
    let mut body = Box::pin(options.body(stream::repeat(one)));
    assert_eq!(chunk(&mut body).await.len(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_frame_alone_is_not_copied() {
    let frame = event("shared");
    let mut body = Box::pin(EventBody::new(stream::iter([frame.clone()]).chain(stream::pending())));
    assert_eq!(chunk(&mut body).await.as_ptr(), frame.as_ptr());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_of_the_source_before_its_time() {
    let source = Watched::new(stream::repeat(event("1")));
    let asked = source.asked.clone();
    let options = Options::builder().chunk_bytes(1).build().unwrap();
    let mut body = Box::pin(options.body(source));
    assert_eq!(asked.get(), 0);
    for taken in 1..=3 {
        chunk(&mut body).await;
        assert_eq!(asked.get(), taken);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_of_nothing_lets_others_work() {
    let mut body = Box::pin(EventBody::new(stream::repeat_with(Frame::new)));
    assert!(is_waiting(&mut body).await);
    let woken = tokio::time::timeout(SECOND, body.next());
    tokio::select! {
        _ = woken => panic!("nothing was to be sent"),
        () = tokio::task::yield_now() => {}
    }
}

#[tokio::test(start_paused = true)]
async fn the_source_is_dropped_with_its_end_and_with_the_body() {
    let source = Watched::new(stream::iter([event("1")]));
    let dropped = source.dropped.clone();
    let mut body = Box::pin(EventBody::new(source));
    assert_eq!(chunk(&mut body).await, "data: 1\n\n");
    assert!(dropped.get() && http_body::Body::is_end_stream(&*body));
    assert!(body.next().await.is_none());
    assert!(body.next().await.is_none(), "again");

    let source = Watched::new(stream::pending::<EncodedFrame>());
    let dropped = source.dropped.clone();
    let mut body = Box::pin(EventBody::new(source));
    chunk(&mut body).await;
    assert!(!dropped.get());
    drop(body);
    assert!(dropped.get());
}

#[tokio::test(start_paused = true)]
async fn keep_alives_follow_what_was_sent_last() {
    let options = Options::builder().keep_alive(16 * SECOND).keep_alive_text("still\nhere").build().unwrap();
    let (events, source) = channel(16);
    let mut body = Box::pin(options.body(source));
    events.send(event("1")).await.unwrap();
    chunk(&mut body).await;

    let start = Instant::now();
    assert_eq!(chunk(&mut body).await, ": still\n: here\n\n");
    let first = start.elapsed();
    assert!(first <= 16 * SECOND && first >= Duration::from_millis(14_700), "{first:?}");

    assert!(is_waiting(&mut body).await);
    advance(10 * SECOND).await;
    events.send(event("2")).await.unwrap();
    assert_eq!(chunk(&mut body).await, "data: 2\n\n");
    let start = Instant::now();
    assert_eq!(chunk(&mut body).await, ": still\n: here\n\n");
    assert!(start.elapsed() >= Duration::from_millis(14_700), "the event has reset the interval");
}

#[tokio::test(start_paused = true)]
async fn keep_alives_of_many_bodies_are_spread_over_few_moments() {
    let options = Options::builder().keep_alive(16 * SECOND).build().unwrap();
    let start = Instant::now();
    let mut moments = Vec::new();
    for _ in 0..200 {
        let mut body = Box::pin(options.body(stream::pending::<EncodedFrame>()));
        chunk(&mut body).await;
        moments.push(tokio::spawn(async move {
            chunk(&mut body).await;
            start.elapsed()
        }));
    }
    let mut distinct = std::collections::BTreeSet::new();
    for moment in moments {
        distinct.insert(moment.await.unwrap().as_millis());
    }
    assert!(distinct.len() >= 3 && distinct.len() <= 6, "of 200 bodies: {distinct:?}");
}

#[tokio::test(start_paused = true)]
async fn without_keep_alive_an_idle_body_is_silent() {
    let options = Options::builder().without_keep_alive().build().unwrap();
    let mut body = Box::pin(options.body(stream::pending::<EncodedFrame>()));
    chunk(&mut body).await;
    assert!(tokio::time::timeout(1_000_000 * SECOND, body.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_failing_source_ends_the_body_after_the_last_whole_event() {
    let (dropped, body) = {
        let source = Watched::new(stream::iter([Ok(event("1")), Err("the cable was cut"), Ok(event("2"))]));
        (source.dropped.clone(), EventBody::new(source))
    };
    let mut body = Box::pin(body);
    assert_eq!(chunk(&mut body).await, "data: 1\n\n");
    assert!(dropped.get(), "it is not asked again");
    assert!(body.next().await.is_none());

    let body = EventBody::new(stream::iter([Err::<EncodedFrame, _>("at once")]));
    assert_eq!(rest(body).await, "");
}

#[tokio::test(start_paused = true)]
async fn it_ends_at_its_time_also_while_events_come() {
    for busy in [false, true] {
        let source = if busy { stream::repeat(event("1")).boxed() } else { stream::pending().boxed() };
        let mut body = Box::pin(EventBody::new(source).ends_after(40 * SECOND));
        let start = Instant::now();
        while body.next().await.is_some() {
            if busy {
                advance(SECOND).await;
            }
        }
        assert_eq!(start.elapsed().as_secs(), 40, "busy: {busy}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_in_the_past_is_now() {
    let body = EventBody::new(stream::repeat(event("1"))).ends_at(std::time::UNIX_EPOCH);
    assert_eq!(rest(body).await, "");
    let forever = std::time::SystemTime::now() + Duration::from_hours(24 * 365 * 1000);
    let mut body = Box::pin(EventBody::new(stream::repeat(event("1"))).ends_at(forever).ends_after(Duration::MAX));
    chunk(&mut body).await;
}

#[tokio::test(start_paused = true)]
async fn lifetimes_differ() {
    let options = Options::builder().lifetime(100 * SECOND, 50 * SECOND).build().unwrap();
    let mut ends = Vec::new();
    for _ in 0..20 {
        let start = Instant::now();
        rest(options.body(stream::pending::<EncodedFrame>())).await;
        ends.push(start.elapsed());
    }
    assert!(ends.iter().all(|end| *end >= 50 * SECOND && *end <= 101 * SECOND), "{ends:?}");
    ends.sort_unstable();
    assert!(ends[19] > ends[0] + 10 * SECOND, "{ends:?}");
}

#[tokio::test]
async fn every_kind_of_item() {
    struct Own(u64);
    impl IntoFrames for Own {
        fn write_to(self, chunk: &mut Chunk) -> Result<(), BoxError> {
            let id = self.0.to_string();
            chunk.push(Frame::event("own").id(EventId::new(&id)?));
            chunk.push_encoded(event("and more"));
            Ok(())
        }
    }
    let frame = Frame::event("a\r\nb").event_type(EventType::from_static("named"));
    assert_eq!(rest(EventBody::new(stream::iter([frame]))).await, "event: named\ndata: a\ndata: b\n\n");
    assert_eq!(rest(EventBody::new(stream::iter([Own(7)]))).await, "id: 7\ndata: own\n\ndata: and more\n\n");
    let results = [Ok::<_, std::io::Error>(event("1")), Ok(event("2"))];
    assert_eq!(rest(EventBody::new(stream::iter(results))).await, "data: 1\n\ndata: 2\n\n");

    let mut decoder = BytesDecoder::new();
    decoder.push("id: 9\nevent: relayed\ndata: x\ndata\n\ndata: y\n\n".into());
    let events = decoder.filter_map(|item| match item.unwrap() {
        OwnedItem::Event(event) => Some(event),
        _ => None,
    });
    let relayed = rest(EventBody::new(stream::iter(events.collect::<Vec<_>>()))).await;
    assert_eq!(relayed, "event: relayed\nid: 9\ndata: x\ndata: \n\nid: 9\ndata: y\n\n");
}

#[tokio::test(start_paused = true)]
async fn the_decoder_reads_what_was_sent_however_the_source_pauses() {
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let data: Vec<String> = (0..random.usize(1..200))
            .map(|_| "\n\r: x\u{e9}".chars().cycle().skip(random.usize(..7)).take(random.usize(..2000)).collect())
            .collect();
        let options = Options::builder().chunk_bytes(random.usize(1..100_000)).build().unwrap();
        let sent = data.clone();
        let source = stream::iter(sent).then(move |data| {
            let pause = random.bool();
            async move {
                if pause {
                    tokio::task::yield_now().await;
                }
                Frame::event(&data).encode()
            }
        });
        let mut decoder = BytesDecoder::new();
        decoder.push(rest(options.body(source)).await.into());
        let read: Vec<String> = decoder
            .filter_map(|item| match item.unwrap() {
                OwnedItem::Event(event) => Some(event.data().to_owned()),
                _ => None,
            })
            .collect();
        let expected: Vec<String> = data.iter().map(|data| data.replace("\r\n", "\n").replace('\r', "\n")).collect();
        assert_eq!(read, expected, "seed {seed}");
    }
}

#[test]
fn a_waiting_body_is_small() {
    let size = size_of::<EventBody<stream::Pending<EncodedFrame>>>();
    assert!(size <= 256, "{size} bytes");
}
