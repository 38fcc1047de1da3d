//! What the decoders promise beside the items: promptness, state over connections, limits, and what they keep.

mod common;

use std::time::Duration;

use tidings_codec::{BytesDecoder, DecodeError, Decoder, DecoderOptions, EventId, Item, OwnedItem};
use tidings_testkit::{Options, assert_outcome, chunks, vectors};

/// Takes what one chunk completes.
fn feed(decoder: &mut Decoder, chunk: &[u8]) -> Vec<String> {
    let mut items = decoder.feed(chunk);
    let mut seen = Vec::new();
    while let Some(item) = items.next().expect("it is not too large") {
        seen.push(match item {
            Item::Event(event) => event.data.to_owned(),
            other => format!("{other:?}"),
        });
    }
    seen
}

/// "An event is out with the byte that completes it": counts the bytes, for each kind of line end and each size of chunk.
#[test]
fn an_event_is_out_with_the_byte_that_completes_it() {
    for (line_end, completes) in
        [("\n", "data: x\n\n".len()), ("\r", "data: x\r\r".len()), ("\r\n", "data: x\r\n\r".len())]
    {
        let event = format!("data: x{line_end}{line_end}");
        let stream = event.repeat(5);
        // Where each event is complete. For CRLF that is at the CR of the empty line.
        let expected: Vec<usize> = (0..5).map(|index| index * event.len() + completes).collect();
        for size in 1..=stream.len() {
            let (mut decoder, mut owned) = (Decoder::new(), BytesDecoder::new());
            let (mut out, mut out_owned) = (Vec::new(), Vec::new());
            let mut fed = 0;
            for chunk in stream.as_bytes().chunks(size) {
                fed += chunk.len();
                let before = out.len();
                out.extend(feed(&mut decoder, chunk));
                assert_eq!(
                    out.len(),
                    expected.iter().filter(|end| **end <= fed).count(),
                    "{line_end:?}, {size}, {before}"
                );
                owned.push(chunk.to_vec().into());
                out_owned.extend(&mut owned);
                assert_eq!(out_owned.len(), out.len());
            }
        }
    }
}

#[test]
fn a_reset_keeps_the_id_and_the_reconnection_time_and_drops_the_rest() {
    let mut decoder = Decoder::new();
    assert_eq!(
        feed(&mut decoder, b"id: 1\nretry: 50\ndata: a\n\nid: 2\nevent: x\ndata: b\nda"),
        ["ReconnectionTime(50ms)", "a"]
    );
    assert!(decoder.finish(), "an event was unfinished");
    assert_eq!((decoder.last_event_id(), decoder.reconnection_time()), ("1", Some(Duration::from_millis(50))));
    assert_eq!(decoder.position(), 0);
    let mut items = decoder.feed(b"\xEF\xBB\xBFdata: c\n\n");
    let Ok(Some(Item::Event(event))) = items.next() else { panic!("there is an event") };
    assert_eq!((event.event_type, event.data, event.last_event_id), ("message", "c", "1"));
    assert!(!decoder.finish(), "nothing was unfinished");
}

#[test]
fn the_position_counts_each_byte_of_a_line_that_many_chunks_make() {
    let stream = format!("id: 1\ndata: {}\n\ndata: b\r\n\r\n", "x".repeat(300));
    for size in [1, 7, 64, 200] {
        let (mut decoder, mut owned) = (Decoder::new(), BytesDecoder::new());
        let mut fed = 0;
        for chunk in stream.as_bytes().chunks(size) {
            fed += chunk.len() as u64;
            let mut items = decoder.feed(chunk);
            while items.next().expect("it is not too large").is_some() {}
            assert_eq!(items.remaining(), b"");
            assert_eq!(decoder.position(), fed, "in chunks of {size}");
            owned.push(chunk.to_vec().into());
            assert!(owned.by_ref().all(|item| item.is_ok()));
            assert_eq!(owned.position(), fed, "in chunks of {size}");
        }
    }
}

/// What each decoder state leaves behind must not be seen after a reset: all vectors through one decoder.
#[test]
fn one_decoder_for_all_vectors() {
    let mut decoder = Decoder::new();
    for vector in vectors::load() {
        for (options, expected) in vector.runs() {
            if options.comments || options.max_event_bytes != Options::default().max_event_bytes {
                continue;
            }
            decoder.reset();
            decoder.set_last_event_id(EventId::new(&options.last_event_id).expect("it is valid"));
            let mut outcome = common::decode_with(&mut decoder, &chunks::whole(&vector.chunks.concat()).chunks);
            // What it keeps of earlier vectors.
            outcome.reconnection_time = outcome.reconnection_time.and(expected.reconnection_time);
            assert_outcome(&vector.to_string(), &outcome, &expected);
        }
    }
}

#[test]
fn finish_tells_whether_the_stream_was_cut() {
    for (stream, cut) in [
        ("", false),
        ("data: x\n\n", false),
        ("data: x\r\n\r", false),
        (": comment\n", false),
        ("data: x\n", true),
        ("data: x", true),
        ("dat", true),
        ("id: 1\n", true),
        ("event: x\n", true),
        ("unknown: x", true),
    ] {
        let mut decoder = Decoder::new();
        feed(&mut decoder, stream.as_bytes());
        assert_eq!(decoder.finish(), cut, "{stream:?}");
        let mut owned = BytesDecoder::new();
        owned.push(stream.into());
        assert_eq!(owned.by_ref().count(), stream.matches("\n\n").count() + stream.matches("\n\r").count());
        assert_eq!(owned.finish(), cut, "{stream:?}");
    }
}

#[test]
fn whoever_stops_early_can_go_on_with_what_remains() {
    let stream = b"data: a\r\n\r\ndata: b\r\rid: 3\ndata: c1\ndata: c2\n\n: x\ndata: d";
    let mut decoder = Decoder::new();
    let mut rest: &[u8] = stream;
    let mut seen = Vec::new();
    loop {
        let mut items = decoder.feed(rest);
        match items.next().expect("it is not too large") {
            Some(Item::Event(event)) => seen.push((event.data.to_owned(), event.last_event_id.to_owned())),
            Some(_) => {}
            None => break,
        }
        rest = items.remaining();
        assert_eq!(decoder.position(), (stream.len() - rest.len()) as u64);
    }
    assert_eq!(seen, [("a".into(), String::new()), ("b".into(), String::new()), ("c1\nc2".into(), "3".into())]);
    assert_eq!(decoder.position(), stream.len() as u64);
}

#[test]
fn chunks_that_are_pushed_early_wait() {
    let mut decoder = BytesDecoder::new();
    for chunk in ["data: a\n\nda", "ta: b\n", "\ndata: c", "", "\n\n"] {
        decoder.push(chunk.into());
    }
    let seen: Vec<String> = decoder
        .map(|item| match item {
            Ok(OwnedItem::Event(event)) => event.into_data(),
            other => panic!("not an event: {other:?}"),
        })
        .collect();
    assert_eq!(seen, ["a", "b", "c"]);
}

#[test]
fn an_error_is_given_once_for_each_chunk_and_ends_with_a_reset() {
    let options = || DecoderOptions::new().max_event_bytes(4);
    let error = DecodeError::EventTooLarge { position: 19, max_event_bytes: 4 };
    assert_eq!(error.to_string(), "event exceeds the limit of 4 bytes at byte 19 of the event stream");

    let mut decoder = Decoder::with_options(options());
    let mut items = decoder.feed(b"data: a\n\ndata: 1234567\n\n");
    assert!(matches!(items.next(), Ok(Some(Item::Event(_)))), "what came before is not lost");
    assert_eq!(items.next(), Err(error));
    assert_eq!(items.next(), Ok(None));
    assert_eq!(decoder.feed(b"data: b\n\n").next(), Err(error));
    decoder.reset();
    assert_eq!(feed(&mut decoder, b"data: c\n\n"), ["c"]);

    let mut decoder = BytesDecoder::with_options(options());
    decoder.push("data: a\n\ndata: 1234567\n\n".into());
    decoder.push("data: b\n\n".into());
    assert!(matches!(decoder.next(), Some(Ok(OwnedItem::Event(_)))));
    assert_eq!(decoder.next(), Some(Err(error)));
    assert_eq!(decoder.next(), None);
    decoder.push("data: b\n\n".into());
    assert_eq!(decoder.next(), Some(Err(error)));
    assert_eq!(decoder.next(), None);
    decoder.reset();
    decoder.push("data: c\n\n".into());
    assert!(matches!(decoder.next(), Some(Ok(OwnedItem::Event(event))) if event.data() == "c"));
}

/// Whatever is fed after an error and however it is cut, each chunk gives the error and nothing else.
#[test]
fn nothing_comes_out_after_an_error() {
    let stream = b"data: a\n\nid: 1\ndata: 1234567\n\n\ndata: y\n\n: x\nretry: 5\n\ndata: z\n\n";
    let options = || DecoderOptions::new().max_event_bytes(4).comments(true);
    for seed in 0..200 {
        for cut in chunks::random_splits(stream, seed, 20) {
            let mut decoder = Decoder::with_options(options());
            let mut owned = BytesDecoder::with_options(options());
            let (mut error, mut events) = (None, 0);
            for chunk in cut.chunks.iter().filter(|chunk| !chunk.is_empty()) {
                let mut items = decoder.feed(chunk);
                owned.push(chunk.clone().into());
                loop {
                    let item = items.next();
                    match (&item, owned.next()) {
                        (Ok(Some(_)), Some(Ok(_))) => {
                            assert_eq!(error, None, "{}", cut.label);
                            events += 1;
                        }
                        (Ok(None), None) => {
                            assert!(error.is_none(), "a chunk without the error, {}", cut.label);
                            break;
                        }
                        (Err(got), Some(Err(got_owned))) => {
                            assert_eq!((*got, got_owned), (*error.get_or_insert(*got), *got), "{}", cut.label);
                            assert_eq!(items.next(), Ok(None));
                            assert_eq!(owned.next(), None);
                            break;
                        }
                        other => panic!("the surfaces differ: {other:?}, {}", cut.label),
                    }
                }
            }
            assert_eq!((events, error.map(|error| error.position())), (1, Some(24)), "{}", cut.label);
            assert!(decoder.finish() && owned.finish());
            assert_eq!(feed(&mut decoder, b"data: c\n\n"), ["c"]);
        }
    }
}

#[test]
fn large_data_shares_its_chunk_until_it_is_detached() {
    let data = "x".repeat(10_000);
    let chunk = bytes::Bytes::from(format!("event: big\nid: 1\ndata: {data}\n\ndata: small\n\n"));
    let mut decoder = BytesDecoder::new();
    decoder.push(chunk.clone());
    let events: Vec<_> = decoder
        .map(|item| match item {
            Ok(OwnedItem::Event(event)) => event,
            other => panic!("not an event: {other:?}"),
        })
        .collect();
    let inside = |event: &tidings_codec::OwnedEvent| chunk.as_ptr_range().contains(&event.data().as_ptr());
    assert!(inside(&events[0]) && inside(&events[0].clone()) && !inside(&events[1]));
    assert_eq!((events[0].event_type(), events[0].last_event_id()), ("big", "1"));
    let detached = events[0].clone().detach();
    assert!(!inside(&detached));
    assert_eq!(detached, events[0]);
    assert_eq!(events[0].clone().into_data_bytes().as_ptr(), events[0].data().as_ptr());
    for event in events {
        assert_eq!(event.clone().into_data(), event.data());
        assert_eq!(event.clone().into_data_bytes(), event.data());
        assert_eq!(event.clone().detach(), event);
    }
}

#[test]
fn names_of_any_length_come_out_as_they_went_in() {
    for length in [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 22, 23, 24, 25, 100] {
        let name = "é".repeat(length / 2) + &"x".repeat(length % 2);
        let stream = format!("event: {name}\nid: {name}\ndata: d\n\ndata: e\n\n");
        for size in [1, 7, stream.len()] {
            let mut decoder = BytesDecoder::new();
            let mut events = Vec::new();
            for chunk in stream.as_bytes().chunks(size) {
                decoder.push(chunk.to_vec().into());
                events.extend(decoder.by_ref().map(|item| item.expect("it is not too large")));
            }
            let [OwnedItem::Event(first), OwnedItem::Event(second)] = &events[..] else { panic!("two events") };
            let expected = if name.is_empty() { "message" } else { &name };
            assert_eq!((first.event_type(), first.last_event_id(), first.data()), (expected, name.as_str(), "d"));
            assert_eq!((second.event_type(), second.last_event_id(), second.data()), ("message", name.as_str(), "e"));
        }
    }
}

#[test]
fn types_are_small_and_can_be_sent() {
    fn is_send_and_sync<T: Send + Sync + 'static>() {}
    is_send_and_sync::<tidings_codec::OwnedItem>();
    is_send_and_sync::<BytesDecoder>();
    is_send_and_sync::<Decoder>();
    is_send_and_sync::<DecodeError>();
    assert!(size_of::<tidings_codec::OwnedEvent>() <= 16);
    assert!(size_of::<Option<Result<OwnedItem, DecodeError>>>() <= 32);
    assert!(size_of::<DecodeError>() <= 16);
}
