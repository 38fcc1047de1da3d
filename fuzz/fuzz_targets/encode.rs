//! Whatever a frame says, its encodings agree, and a reader gets what was put in and nothing else.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};
use tidings_codec::{EventId, EventType, Frame, fuzzing};
use tidings_testkit::{Item, Options, Outcome, assert_outcome, naive};

/// What goes into a frame. The data comes last, where it takes the rest of the input: see the example `fuzz-seeds` of the
/// testkit.
#[derive(Arbitrary, Debug)]
struct Input<'a> {
    comment: Option<&'a str>,
    event_type: Option<&'a str>,
    id: Option<&'a str>,
    retry: Option<Duration>,
    data: Option<&'a str>,
}

fuzz_target!(|input: Input<'_>| {
    let event_type = input.event_type.map(EventType::new);
    assert_eq!(matches!(event_type, Some(Err(_))), input.event_type.is_some_and(|text| text.contains(['\n', '\r'])));
    let id = input.id.map(EventId::new);
    assert_eq!(matches!(id, Some(Err(_))), input.id.is_some_and(|text| text.contains(['\n', '\r', '\0'])));
    let (Ok(event_type), Ok(id)) = (event_type.transpose(), id.transpose()) else { return };

    let mut frame = Frame::new();
    let mut items = Vec::new();
    let last_event_id = input.id.unwrap_or_default();
    if let Some(text) = input.comment {
        frame = frame.comment(text);
        items.extend(read_back(text).split('\n').map(|line| Item::Comment(line.to_owned())));
    }
    if let Some(event_type) = event_type {
        frame = frame.event_type(event_type);
    }
    if let Some(id) = id {
        frame = frame.id(id);
    }
    let milliseconds = input.retry.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    if let Some(time) = input.retry {
        frame = frame.retry(time);
        items.extend(milliseconds.map(Item::ReconnectionTime));
    }
    if let Some(data) = input.data {
        frame = frame.data(data);
        items.push(Item::Event {
            event_type: input.event_type.filter(|text| !text.is_empty()).unwrap_or("message").to_owned(),
            data: read_back(data),
            last_event_id: last_event_id.to_owned(),
        });
    }
    let expected =
        Outcome { items, last_event_id: last_event_id.to_owned(), reconnection_time: milliseconds, error: None };

    let mut encoded = Vec::new();
    frame.encode_into(&mut encoded);
    assert_outcome("decoded", &naive::decode(&encoded, &Options::default()), &expected);
    assert_eq!(frame.encoded_len(), encoded.len());
    assert_eq!(frame.encode()[..], encoded);
    let mut slices = Vec::new();
    frame.for_each_slice(|slice| slices.push(slice));
    assert_eq!(slices.concat(), encoded);
    if let Some(data) = input.data {
        let expected = read_back(data).replace('\n', "\ndata: ");
        for (kernel, name) in fuzzing::kernels().into_iter().enumerate() {
            assert_eq!(fuzzing::lines_of_data(kernel, data), expected.as_bytes(), "{name}");
        }
    }
});

/// A text as a reader of the format gets it.
fn read_back(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
