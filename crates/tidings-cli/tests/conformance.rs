//! The vectors of `conformance/`, through the program.

mod common;

use common::{Run, run};
use serde_json::{Value, json};
use tidings_testkit::{Item, Options, vectors};

#[test]
fn every_vector_decodes_whole_and_byte_by_byte() {
    for vector in vectors::load() {
        let stream = vector.chunks.concat();
        for (options, expected) in vector.runs() {
            let want: Vec<Value> = expected.items.iter().map(json_item).collect();
            for chunk in [None, Some("1")] {
                let label = format!("{vector}, chunk: {chunk:?}, comments: {}", options.comments);
                let mut arguments = decode_arguments(&options);
                arguments.extend(chunk.iter().flat_map(|chunk| ["--chunk".to_owned(), (*chunk).to_owned()]));
                let got = run(&arguments, &stream);
                assert_eq!(json_lines(&got.stdout), want, "{label}");
                match expected.error {
                    None => assert_eq!((got.status, got.stderr.as_str()), (Some(0), ""), "{label}"),
                    Some(error) => {
                        got.assert_failure(&got.stdout, &["standard input", &format!(" at byte {} ", error.position)]);
                    }
                }
            }
        }
    }
}

#[test]
fn every_vector_decodes_the_same_after_encoding() {
    let mut all_lines = String::new();
    for vector in vectors::load() {
        let lines = run(&decode_arguments(&vector.options), &vector.chunks.concat()).stdout;
        assert_eq!(json_lines(&lines).len(), vector.expected.items.len(), "{vector}");
        assert_eq!(decoded(&encoded(&lines)), Run::success(&lines), "{vector}");
        all_lines += &lines;
    }
    // In one stream the last event ID of a vector has to be reset for the next.
    assert_eq!(decoded(&encoded(&all_lines)), Run::success(&all_lines));
}

fn encoded(lines: &str) -> String {
    let run = run(&["encode"], lines.as_bytes());
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{lines}");
    run.stdout
}

fn decoded(stream: &str) -> Run {
    run(&decode_arguments(&Options::default()), stream.as_bytes())
}

fn decode_arguments(options: &Options) -> Vec<String> {
    let mut arguments = vec!["decode".to_owned(), "--retry".to_owned()];
    arguments.push(format!("--max-event-bytes={}", options.max_event_bytes));
    arguments.push(format!("--last-event-id={}", options.last_event_id));
    if options.comments {
        arguments.push("--comments".to_owned());
    }
    arguments
}

fn json_lines(text: &str) -> Vec<Value> {
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    text.split_terminator('\n').map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn json_item(item: &Item) -> Value {
    match item {
        Item::Event { event_type, data, last_event_id } => {
            json!({"type": event_type, "data": data, "lastEventId": last_event_id})
        }
        Item::ReconnectionTime(milliseconds) => json!({"retry": milliseconds}),
        Item::Comment(text) => json!({"comment": text}),
    }
}
