//! Properties of encoding: all ways agree, a reader gets what was put in, and nothing can be put in that it reads otherwise.

use std::time::Duration;

use proptest::prelude::*;
use tidings_codec::{BytesDecoder, EventId, EventType, Frame, InvalidName, InvalidOpenFrame, OpenFrame, OwnedItem};
use tidings_testkit::{Item, Options, Outcome, assert_outcome, naive};

/// Text in which what means something to the format is frequent, also in long runs.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z]{0,12}",
        3 => prop::sample::select(vec!["\n", "\r", "\r\n", "\n\n", ":", " ", "data: x", "\nid: 1", "\0", "\u{FEFF}", "\u{2028}", "é", "消息"])
            .prop_map(str::to_owned),
        1 => "[a-z]{60,70}",
    ];
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

/// Text as the format can carry it: each line end is an LF.
fn normalized(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Encodes a frame in every way, makes sure that they agree, and returns what they give.
fn encode(frame: &Frame<'_>) -> Vec<u8> {
    let mut encoded = b"kept".to_vec();
    frame.encode_into(&mut encoded);
    assert_eq!(encoded.drain(..4).as_slice(), b"kept");
    let mut bytes_mut = bytes::BytesMut::new();
    frame.encode_into(&mut bytes_mut);
    assert_eq!(bytes_mut, encoded);
    let shared = frame.encode();
    assert_eq!(&shared[..], encoded);
    let mut slices = Vec::new();
    frame.for_each_slice(|slice| slices.push(slice));
    assert_eq!(slices.concat(), encoded);
    assert_eq!(frame.encoded_len(), encoded.len());
    encoded
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_reader_gets_what_was_put_in(
        data in prop::option::of(text()),
        comment in prop::option::of(text()),
        event_type in prop::option::of("[^\n\r]{0,30}"),
        id in prop::option::of("[^\n\r\0]{0,30}"),
        retry in prop::option::of(any::<u64>()),
    ) {
        let mut frame = Frame::new();
        let mut expected = Outcome { reconnection_time: retry, ..Outcome::default() };
        if let Some(comment) = &comment {
            frame = frame.comment(comment);
            expected.items.extend(normalized(comment).split('\n').map(|line| Item::Comment(line.to_owned())));
        }
        if let Some(event_type) = &event_type {
            frame = frame.event_type(EventType::new(event_type).expect("it has no line end"));
        }
        if let Some(id) = &id {
            frame = frame.id(EventId::new(id).expect("it has no line end and no NUL"));
            expected.last_event_id.clone_from(id);
        }
        if let Some(retry) = retry {
            frame = frame.retry(Duration::from_millis(retry));
            expected.items.push(Item::ReconnectionTime(retry));
        }
        if let Some(data) = &data {
            frame = frame.data(data);
            expected.items.push(Item::Event {
                event_type: event_type.as_deref().filter(|text| !text.is_empty()).unwrap_or("message").to_owned(),
                data: normalized(data),
                last_event_id: expected.last_event_id.clone(),
            });
        }
        let encoded = encode(&frame);
        assert_outcome(&encoded.escape_ascii().to_string(), &naive::decode(&encoded, &Options::default()), &expected);
        if let Some(id) = &id {
            let open = frame.encode_open(id.len());
            let read_again = OpenFrame::try_from(open.as_bytes().to_vec());
            prop_assert_eq!(read_again.as_ref(), Ok(&open));
            let closed = open.close(EventId::new(id).expect("it has no line end and no NUL"));
            prop_assert_eq!(closed.len(), encoded.len());
            assert_outcome(&closed.escape_ascii().to_string(), &naive::decode(&closed, &Options::default()), &expected);
        }
    }

    #[test]
    fn what_was_decoded_is_encoded_to_the_same(data in text(), event_type in "[^\n\r]{0,30}", id in "[^\n\r\0]{0,30}") {
        let frame = Frame::event(&data)
            .event_type(EventType::new(&event_type).expect("it has no line end"))
            .id(EventId::new(&id).expect("it has no line end and no NUL"));
        let decode = |frame: Frame<'_>| {
            let mut decoder = BytesDecoder::new();
            decoder.push(frame.encode().into());
            match decoder.next() {
                Some(Ok(OwnedItem::Event(event))) => event,
                other => panic!("not an event: {other:?}"),
            }
        };
        let event = decode(frame);
        prop_assert_eq!(event.data(), normalized(&data));
        prop_assert_eq!(&decode(Frame::from(&event)), &event);
    }

    #[test]
    fn lines_that_are_taken_for_a_frame_are_one(bytes in text(), id in "[a-z0-9-]{1,8}") {
        // Every second one with line ends as they should be, or all would be refused.
        let bytes = if id.len() % 2 == 0 { format!("data: {}\n", normalized(&bytes).replace("\n\n", "\n")) } else { bytes };
        let Ok(open) = OpenFrame::try_from(bytes.clone().into_bytes()) else { return Ok(()) };
        let closed = open.close(EventId::new(&id).expect("it has no line end and no NUL"));
        let outcome = naive::decode(&closed, &Options::default());
        prop_assert_eq!(&outcome.last_event_id, &id, "{:?}", bytes);
        let events = outcome.items.iter().filter(|item| matches!(item, Item::Event { .. })).count();
        prop_assert!(events <= 1, "{:?} is {:?}", bytes, outcome.items);
        let next = [&closed[..], b"data: next\n\n"].concat();
        let next = naive::decode(&next, &Options::default()).items;
        prop_assert_eq!(next.len(), outcome.items.len() + 1, "{:?} goes on in what follows", bytes);
    }

    #[test]
    fn a_name_that_could_inject_is_refused(text in text()) {
        let line_end = text.find(['\n', '\r']);
        let expected = line_end.map(|at| InvalidName::LineEnd { at });
        prop_assert_eq!(EventType::new(&text).err(), expected);
        let nul = text.find('\0').filter(|nul| line_end.is_none_or(|line_end| *nul < line_end));
        prop_assert_eq!(EventId::new(&text).err(), nul.map(|at| InvalidName::Nul { at }).or(expected));
    }
}

#[test]
fn lines_that_are_no_frame_without_an_id() {
    for (lines, expected) in [
        (&b""[..], Ok(())),
        (b"data: x\n", Ok(())),
        (b"data: id: 1\nidea: 1\n id: 1\n", Ok(())),
        (b"data: x", Err(InvalidOpenFrame::LineEnd)),
        (b"data: x\r\n", Err(InvalidOpenFrame::LineEnd)),
        (b"data: \rid: 1\n", Err(InvalidOpenFrame::LineEnd)),
        (b"\n", Err(InvalidOpenFrame::EmptyLine)),
        (b"data: x\n\n", Err(InvalidOpenFrame::EmptyLine)),
        (b"data: x\n\ndata: y\n", Err(InvalidOpenFrame::EmptyLine)),
        (b"id\n", Err(InvalidOpenFrame::Id)),
        (b"data: x\nid: 1\n", Err(InvalidOpenFrame::Id)),
        (b"id:1\ndata: x\n", Err(InvalidOpenFrame::Id)),
        (b"data: \xff\n", Err(InvalidOpenFrame::Utf8)),
    ] {
        let read = OpenFrame::try_from(lines.to_vec());
        assert_eq!(read.as_ref().map(drop).map_err(|error| *error), expected, "{}", lines.escape_ascii());
        assert!(read.is_err() || read.is_ok_and(|frame| frame.as_bytes() == lines));
    }
}

#[test]
fn frames_as_they_are_written() {
    let id = EventId::from_static("7");
    for (frame, expected) in [
        (Frame::new(), ""),
        (Frame::event(""), "data: \n\n"),
        (Frame::event(" a"), "data:  a\n\n"),
        (Frame::event("a\nb"), "data: a\ndata: b\n\n"),
        (Frame::event("a\r\nb\rc\n"), "data: a\ndata: b\ndata: c\ndata: \n\n"),
        (Frame::new().id(id), "id: 7\n\n"),
        (Frame::new().id(EventId::from_static("")), "id: \n\n"),
        (Frame::new().retry(Duration::from_micros(1999)), "retry: 1\n\n"),
        (Frame::new().retry(Duration::MAX), "retry: 18446744073709551615\n\n"),
        (Frame::new().comment(""), ": \n\n"),
        (Frame::new().comment("a\r\nid: 8"), ": a\n: id: 8\n\n"),
        (Frame::new().event_type(EventType::from_static("x")), "event: x\n\n"),
        (
            Frame::event("d").id(id).retry(Duration::from_secs(3)).comment("c").event_type(EventType::from_static("x")),
            ": c\nevent: x\nid: 7\nretry: 3000\ndata: d\n\n",
        ),
    ] {
        assert_eq!(String::from_utf8_lossy(&encode(&frame)), expected);
    }
}

/// More lines than one batch of the scan has, so that the two passes of `encode` cannot share what the first one found.
#[test]
fn data_of_many_lines() {
    for count in [62, 63, 64, 65, 66, 127, 128, 129, 1000] {
        let data = vec!["line"; count].join("\r\n");
        let encoded = encode(&Frame::event(&data));
        assert_eq!(encoded, ["data: line\n".repeat(count).as_str(), "\n"].concat().as_bytes());
    }
}

#[test]
fn an_encoded_frame_is_shared_not_copied() {
    let frame = Frame::event("a").encode();
    assert_eq!(frame.clone().into_bytes().as_ptr(), frame.as_ptr());
}

#[cfg(feature = "json")]
mod json {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;
    use tidings_codec::{Decoder, Frame, Item};

    fn decoded(encoded: &[u8]) -> serde_json::Value {
        let mut decoder = Decoder::new();
        let mut items = decoder.feed(encoded);
        match items.next() {
            Ok(Some(Item::Event(event))) => event.json().expect("it is JSON"),
            other => panic!("not an event: {other:?}"),
        }
    }

    #[test]
    fn json_is_written_on_one_line() {
        let value = serde_json::json!({"text": "a\nb\r\n", "n": [1, 2]});
        let mut buffer = b"before".to_vec();
        Frame::new().comment("c").encode_json_into(&value, &mut buffer).expect("it can be written");
        assert_eq!(&buffer[..11], b"before: c\nd");
        assert_eq!(decoded(&buffer[6..]), value);
        let shared = Frame::new().encode_json(&value).expect("it can be written");
        assert_eq!(decoded(&shared), value);
    }

    /// Raw JSON may have line ends between its parts, which would end the line of data.
    #[test]
    fn raw_json_with_line_ends_is_put_on_one_line() {
        let raw = RawValue::from_string("{\r\n  \"a\": [1,\n 2]\r}".to_owned()).expect("it is JSON");
        let encoded = Frame::new().encode_json(&raw).expect("it can be written");
        assert_eq!(encoded.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count(), 2);
        assert_eq!(decoded(&encoded), serde_json::json!({"a": [1, 2]}));
    }

    #[test]
    fn what_cannot_be_json_leaves_the_buffer_as_it_was() {
        let mut buffer = b"before".to_vec();
        let keys_are_no_strings = BTreeMap::from([((1, 2), 3)]);
        let result = Frame::event("x").encode_json_into(&keys_are_no_strings, &mut buffer);
        assert!(result.is_err());
        assert_eq!(buffer, b"before");
    }
}
