//! The observer sees what the decoders see, and the rest too.

use tidings_codec::{BytesDecoder, DecoderOptions, OwnedItem};
use tidings_testkit::{Random, chunks, grammar, vectors};

use super::{Moment, Observer, Stream, facts::Wrong};

/// What the observer makes of chunks. The stream ends behind them.
fn observe<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Stream {
    let mut observer = Observer::default();
    for chunk in chunks {
        observer.feed(chunk, Moment::default());
    }
    observer.finish(true);
    observer.stream
}

/// What both see of a stream: events, events of the type `message`, comments, reconnection time.
type Common = (u64, u64, u64, Option<u64>);

fn common(stream: &Stream) -> Common {
    (stream.events, stream.types.get("message").copied().unwrap_or(0), stream.comments, stream.retry)
}

fn decoded(bytes: &[u8]) -> Common {
    let mut decoder = BytesDecoder::with_options(DecoderOptions::new().comments(true));
    decoder.push(bytes.to_vec().into());
    let (mut events, mut messages, mut comments) = (0, 0, 0);
    for item in decoder.by_ref() {
        match item.expect("no event is that large") {
            OwnedItem::Event(event) => {
                events += 1;
                messages += u64::from(event.event_type() == "message");
            }
            OwnedItem::Comment(_) => comments += 1,
            _ => {}
        }
    }
    (events, messages, comments, decoder.reconnection_time().map(|time| time.as_millis() as u64))
}

/// The stream, whatever it is, in whatever chunks.
fn assert_same(label: &str, bytes: &[u8], seed: u64) {
    let whole = observe([bytes]);
    let (events, messages, comments, retry) = common(&whole);
    let expected = decoded(bytes);
    // Only the first types are told apart.
    assert_eq!((events, comments), (expected.0, expected.2), "{label}: {:?}", String::from_utf8_lossy(bytes));
    assert!(messages == expected.1 || whole.types.len() >= 16, "{label}: {whole:?}");
    assert_eq!(retry, expected.3, "{label}");
    for cut in chunks::random_splits(bytes, seed, 8).chain([chunks::bytewise(bytes)]) {
        assert_eq!(observe(cut.chunks.iter().map(|chunk| &chunk[..])), whole, "{label}, {}", cut.label);
    }
}

#[test]
fn the_vectors() {
    let mut count = 0;
    for vector in vectors::load() {
        let bytes = vector.chunks.concat();
        // Larger ones are about limits, which the observer has none of.
        if bytes.len() < 1 << 20 {
            assert_same(&vector.to_string(), &bytes, 1);
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn random_streams() {
    for seed in 0..2000 {
        let bytes = grammar::stream(&mut Random::new(seed), 40);
        assert_same(&format!("seed {seed}"), &bytes, seed);
    }
}

/// What is wrong with a stream, as names with the first position.
fn wrong(bytes: &[u8]) -> Vec<(String, u64)> {
    let stream = observe([bytes]);
    let value = serde_json::to_value(&stream.wrong).expect("it has text for keys");
    let spots = value.as_object().expect("it is an object").iter();
    let seen = spots.filter(|(_, spots)| spots["count"] != 0);
    seen.map(|(name, spots)| (name.clone(), spots["first"].as_u64().expect("a number"))).collect()
}

#[test]
fn what_is_wrong_and_where() {
    for (bytes, expected) in [
        (&b"\xEF\xBB\xBFid: 1\nevent: a\nretry: 1\nretry:\ndata: x\r\n\r\n:c\n\ndata: [DONE]\n\n"[..], &[][..]),
        (b"data: a\n\n\xEF\xBB\xBFdata: b\n\n", &[("bom_inside", 9)]),
        (b"data: \xC3\n\n", &[("invalid_utf8", 6)]),
        (b"data: a\n\n<b>Warning</b>\n", &[("markup", 9)]),
        (b"{\"a\":1}\n{\"a\":2}\n", &[("json_without_data", 0)]),
        (b"Data: a\n\n", &[("misspelt_field", 0)]),
        (b"data: a\n data: a\n\n", &[("misspelt_field", 8)]),
        (b"data: a\nevnet: a\n\n", &[("misspelt_field", 8)]),
        (b"data: a\ndate: a\nx\n\n", &[("unknown_field", 8)]),
        (b"data: a\nmore", &[]),
        (b"more\n", &[("unknown_field", 0)]),
        (b"data: {\n  \"a\": 1\n}\n\n", &[("split_data", 8)]),
        (b"data: {\"a\":\"x\n\ny\"}\n\n", &[("split_data", 15)]),
        (b"data: {not JSON}\n\n", &[]),
        (b"data: {\"a\":1}\nx: y\n\n", &[("unknown_field", 14)]),
        (b"data: {\"a\":1}\ndata: {\"a\":2}\n\n", &[("joined_events", 0)]),
        (b"data: {\ndata:  \"a\": 1}\n\n", &[]),
        (b"event: a\n\n", &[("event_without_data", 0)]),
        (b"id: 1\n\n", &[]),
        (b"data: a\nretry: 3s\n\n", &[("retry_invalid", 8)]),
        (b"retry: -1\n\n", &[("retry_invalid", 0)]),
        (b"data: a\nid: a\0b\n\n", &[("id_nul", 8)]),
        (b"id: 1\ndata: a\n\nid: 1\ndata: b\n\nid: 2\ndata: c\n\n", &[("id_repeated", 15)]),
    ] {
        let expected: Vec<_> = expected.iter().map(|(name, first)| ((*name).to_owned(), *first)).collect();
        assert_eq!(wrong(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn large_lines_and_events_are_counted_and_not_kept() {
    let mut observer = Observer::default();
    observer.feed(b"data: ", Moment::default());
    for _ in 0..64 {
        observer.feed(&b"x".repeat(64 * 1024), Moment::default());
    }
    assert_eq!(observer.stream.longest_line, 6 + (4 << 20));
    assert!(observer.line.kept.len() <= super::LINE_BYTES);
    observer.feed(b"\n\n", Moment::default());
    observer.finish(true);
    let Wrong { long_line, large_event, .. } = &observer.stream.wrong;
    assert_eq!((long_line.count, large_event.count), (1, 1));
    assert_eq!(observer.stream.largest_event, 4 << 20);

    let mut endless = Observer::default();
    endless.feed(&b"x".repeat(100 * 1024), Moment::default());
    endless.finish(false);
    assert_eq!(endless.stream.wrong.long_line.count, 1);
}

/// A moment at which what comes is seen in time.
fn at(at: u64) -> Moment {
    Moment { at, ..Moment::default() }
}

#[test]
fn what_comes_together_is_one_burst() {
    let mut observer = Observer::default();
    observer.feed(b": a\n\ndata: {\"at\":1795266353500", at(5));
    observer.feed(b"}\n\ndata: {\"at\":1795266354700}\n\n", at(10));
    observer.feed(b":\n\n", at(1000));
    observer.feed(b":\n\n:\n\nda", at(3000));
    let bursts = &observer.arrival.bursts;
    let counts: Vec<_> = bursts
        .iter()
        .map(|burst| (burst.at, burst.quiet, burst.events, burst.keep_alives, burst.ends_inside))
        .collect();
    assert_eq!(counts, [(5, 5, 2, 1, false), (1000, 990, 0, 1, false), (3000, 2000, 0, 2, true)]);
    assert_eq!(bursts[0].stamps, Some((1_795_266_353_500, 1_795_266_354_700)));
    assert_eq!(observer.arrival.keep_alive_interval(), Some(2000));
    assert_eq!(observer.arrival.longest_silence(3100), 2000);
    assert_eq!(observer.arrival.longest_silence(9000), 6000);
}

#[test]
fn what_is_seen_late_may_have_come_before() {
    let mut observer = Observer::default();
    observer.feed(b":\n\n", at(1000));
    observer.feed(b"data: a\n\n:\n\n:\n\n", Moment { late: 2900, ..at(4000) });
    observer.feed(b"data: b\n\n", Moment { late: 9000, ..at(9000) });
    let bursts: Vec<_> = observer.arrival.bursts.iter().map(|burst| (burst.at, burst.late, burst.quiet)).collect();
    assert_eq!(bursts, [(1000, 0, 1000), (4000, 2900, 100), (9000, 9000, 0)]);
    assert_eq!(observer.arrival.in_time().count(), 1);
    assert_eq!(observer.arrival.longest_silence(9000), 1000);
}

#[test]
fn the_vitals_of_a_hub_tell_how_long_they_took() {
    let vitals = |stamp: i64| format!("event: tidings/vitals\ndata: {{\"at\":{stamp}}}\n\n");
    let mut observer = Observer::default();
    let start: i64 = 1_795_266_350_000;
    let now = |at: u64| Moment { at, late: 0, clock: start.saturating_add_unsigned(at) };
    // From before the request: of that it cannot be told how long it took.
    observer.feed(vitals(start - 5000).as_bytes(), now(5));
    assert_eq!(observer.arrival.vitals_after_ms, None);
    observer.feed(vitals(start + 1000).as_bytes(), now(1003));
    observer.feed(vitals(start + 2000).as_bytes(), now(3500));
    observer.feed(vitals(start + 3000).as_bytes(), Moment { late: 5000, ..now(9000) });
    assert_eq!(observer.arrival.vitals_after_ms, Some((3, 1500)));
}
