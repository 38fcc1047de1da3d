//! Servers that do wrong: each is found out, and none holds it up.

use serde_json::json;

use crate::{
    script::{HEAD, PLAIN, chunk, events, say, say_and_close, serve, wait, write},
    support::{Bench, bench},
};

/// Two subscribers that listen for a moment.
fn listen(url: &str) -> Bench {
    bench(&[url, "-n", "2", "-d", "0.3", "--timeout", "20"])
}

/// Two subscribers that listen until they cannot.
fn listen_to_the_end(url: &str) -> Bench {
    bench(&[url, "-n", "2", "-d", "30", "--timeout", "3"])
}

#[test]
fn events_that_are_not_as_they_should_be() {
    for (numbers, expected) in [
        (&[5, 6, 7][..], [0, 0, 0]),
        (&[5, 6, 8], [1, 0, 0]),
        (&[5, 6, 6, 7], [0, 1, 0]),
        (&[5, 7, 6, 8], [0, 0, 1]),
        (&[5, 9, 5, 7], [2, 1, 1]),
    ] {
        let bench = listen(&serve(say(&(HEAD.to_owned() + &events(numbers)))));
        assert_eq!(bench.wrong(), expected.map(|count| count * 2), "{numbers:?} {bench:#?}");
        assert_eq!(bench.status, Some(i32::from(expected != [0; 3])), "{numbers:?} {bench:#?}");
        let arrived = bench.number("/check/delivered") + bench.number("/check/doubled");
        assert_eq!(arrived, numbers.len() as u64 * 2);
    }
}

#[test]
fn one_of_several_is_found() {
    let url = serve(|mut connection, _, index| {
        write(&mut connection, HEAD);
        write(&mut connection, &events(if index == 3 { &[1, 3] } else { &[1, 2, 3] }));
        wait(&mut connection);
    });
    let bench = bench(&[&url, "-n", "10", "-d", "0.3"]);
    assert_eq!((bench.wrong(), bench.number("/check/delivered")), ([1, 0, 0], 29));
    assert_eq!(bench.stderr, "tidings: 1 lost\n");
}

#[test]
fn a_gap_is_no_loss() {
    let gap = chunk("event: gap\nid: x-8\ndata: {}\n\n");
    let bench = listen(&serve(say(&[HEAD, &events(&[5]), &gap, &events(&[9, 10])].concat())));
    bench.assert_fine();
    let counts = ["delivered", "gaps", "missed_in_gaps"].map(|name| bench.number(&format!("/check/{name}")));
    assert_eq!(counts, [6, 2, 6]);
}

#[test]
fn ids_that_do_not_rise() {
    let event = |id: u64| chunk(&format!("id: a-{id}\ndata: hello\n\n"));
    let bench = listen(&serve(say(&[HEAD, &event(5), &event(9), &event(7)].concat())));
    assert_eq!((bench.status, bench.wrong()), (Some(1), [0, 0, 2]));
    assert_eq!((bench.number("/check/without_number"), bench.number("/check/with_id")), (6, 6));
}

#[test]
fn responses_that_are_none() {
    let html = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>";
    let huge = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(100_000));
    let large = format!("{PLAIN}data: {}\n\n", "x".repeat(17 << 20));
    let endless_digits = format!("{HEAD}{}", "0".repeat(100_000));
    for (text, fault) in [
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "status 404"),
        ("HTTP/1.1 500 Internal Server Error\r\n\r\n", "status 500"),
        ("HTTP/1.1 204 No Content\r\n\r\n", "status 204"),
        ("HTTP/1.1 307 Temporary Redirect\r\nlocation: /\r\n\r\n", "status 307"),
        (html, "content type text/html"),
        ("HTTP/1.1 200 OK\r\n\r\n", "no content type"),
        (&huge, "the head of the response is too large"),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", "the head of the response is malformed: invalid http version"),
        ("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream", "no answer in time"),
        ("", "no answer in time"),
        (&format!("{HEAD}zz\r\n"), "the chunks of the body are malformed"),
        (&format!("{HEAD}3\r\n:\n\nno line end"), "the chunks of the body are malformed"),
        (&endless_digits, "the chunks of the body are malformed"),
        (&(HEAD.to_owned() + &events(&[1]) + "0\r\n\r\n"), "ended by the server"),
        (&large, "an event has more than 16777216 bytes"),
    ] {
        let bench = listen_to_the_end(&serve(say(text)));
        assert_eq!((bench.status, &bench.report["failures"]), (Some(1), &json!({ fault: 2 })), "{bench:#?}");
        assert_eq!(bench.stderr, "tidings: 2 connections failed\n");
    }
}

#[test]
fn connections_that_are_closed() {
    for (text, fault) in [
        ("", "closed before the answer"),
        ("HTTP/1.1 200", "closed before the answer"),
        (HEAD, "cut off in the middle of the response"),
        (&(HEAD.to_owned() + &events(&[1])), "cut off in the middle of the response"),
        (&format!("{PLAIN}data: 1 1\n\n"), "ended by the server"),
        (&format!("{PLAIN}data: 1 1\n"), "cut off in the middle of the response"),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 5\r\n\r\n:\n\n",
            "cut off in the middle of the response",
        ),
    ] {
        let bench = listen_to_the_end(&serve(say_and_close(text)));
        assert_eq!((bench.status, &bench.report["failures"]), (Some(1), &json!({ fault: 2 })), "{text:?} {bench:#?}");
    }
}

#[test]
fn who_talks_without_end_is_listened_to_for_the_time_asked_for() {
    let lines = ": hello\n".repeat(10_000);
    let doubled = "data: 1 1\n\n".repeat(10_000);
    for (begin, text) in [(PLAIN, lines), (PLAIN, doubled), ("", "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000))] {
        let url = serve(move |mut connection, _, _| {
            write(&mut connection, begin);
            // Until the client goes.
            while std::io::Write::write_all(&mut connection, text.as_bytes()).is_ok() {}
        });
        let bench = listen(&url);
        assert!(bench.status.is_some(), "{bench:#?}");
    }
}

#[test]
fn a_publisher_without_answers() {
    for (answer, fault) in [
        ("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno", Some("status 401")),
        ("garbage\r\n\r\n", Some("the head of the response is malformed: invalid http version")),
        ("", None),
    ] {
        let url = serve(move |connection, request, index| {
            let stream = HEAD.to_owned() + &chunk(":\n\n");
            say(if request.starts_with("POST") { answer } else { &stream })(connection, request, index);
        });
        let bench = bench(&[&url, "-n", "2", "-d", "0.3", "--timeout", "3", "--publish", &url]);
        assert_eq!(bench.report["publisher_failure"].as_str(), fault, "{bench:#?}");
        assert_eq!(bench.status, Some(1), "{bench:#?}");
        assert_eq!(bench.number("/check/lost"), 2, "the event that was published has come to nobody");
    }
}

/// A server that has nothing for those who come back: they cannot catch up.
#[test]
fn who_comes_back_to_silence_does_not_catch_up() {
    let url = serve(|mut connection, request, _| {
        write(&mut connection, HEAD);
        write(
            &mut connection,
            &if request.contains("last-event-id: x-2\r\n") { chunk(":\n\n") } else { events(&[1, 2]) },
        );
        wait(&mut connection);
    });
    let bench = bench(&[&url, "-n", "3", "-d", "0.3", "--timeout", "3", "--reconnect", "--away", "0"]);
    assert_eq!((bench.number("/reconnect/cut"), bench.number("/reconnect/with_last_event_id")), (3, 3));
    assert_eq!((bench.number("/reconnect/caught_up"), bench.status), (0, Some(1)), "{bench:#?}");
    assert_eq!(bench.stderr, "tidings: 3 subscribers have not caught up\n");
}

/// A server that sends everything again to those who come back, or forgets something.
#[test]
fn what_comes_again_or_not_at_all_is_found_across_connections() {
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is later").as_nanos();
    let url = serve(move |mut connection, request, _| {
        write(&mut connection, HEAD);
        write(&mut connection, &events(&[1, 2]));
        if request.contains("last-event-id: x-2\r\n") {
            write(&mut connection, &chunk(&format!("data: 4 {}\n\n", now())));
        }
        wait(&mut connection);
    });
    let bench = bench(&[&url, "-n", "3", "-d", "0.3", "--timeout", "3", "--reconnect", "--away", "0"]);
    assert_eq!(bench.wrong(), [3, 6, 0], "{bench:#?}");
    assert_eq!(bench.number("/reconnect/caught_up"), 3);
}
