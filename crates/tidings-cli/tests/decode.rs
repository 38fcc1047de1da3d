//! `tidings decode`, as a user sees it.

mod common;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::PathBuf,
    sync::mpsc,
    thread,
    time::Duration,
};

use common::{Run, run, spawn, write_all};

/// How long to wait for what should come at once.
const TIMEOUT: Duration = Duration::from_mins(1);

const HELLO: &str = "{\"type\":\"message\",\"data\":\"hello\",\"lastEventId\":\"\"}\n";

#[test]
fn lines_are_compact_and_in_order() {
    let stream = ": note\nretry: 5\n\nevent: a\nid: 7\ndata: \"é\"\ndata: 消\u{2028}息\n\ndata: b\n\n";
    let comment = "{\"comment\":\"note\"}\n";
    let retry = "{\"retry\":5}\n";
    let events = "{\"type\":\"a\",\"data\":\"\\\"é\\\"\\n消\u{2028}息\",\"lastEventId\":\"7\"}\n\
                  {\"type\":\"message\",\"data\":\"b\",\"lastEventId\":\"7\"}\n";
    for (arguments, want) in [
        (&["decode"][..], events.to_owned()),
        (&["decode", "--comments"], comment.to_owned() + events),
        (&["decode", "--retry"], retry.to_owned() + events),
        (&["decode", "--comments", "--retry"], comment.to_owned() + retry + events),
    ] {
        assert_eq!(run(arguments, stream.as_bytes()), Run::success(&want), "{arguments:?}");
    }
}

#[test]
fn a_file_is_read() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("events.txt");
    fs::write(&path, "data: hello\n\n").expect("the file can be written");
    let path = path.to_str().expect("a path in UTF-8");
    assert_eq!(run(&["decode", path], b"data: not this\n\n"), Run::success(HELLO));
}

#[test]
fn a_dash_is_standard_input() {
    assert_eq!(run(&["decode", "-"], b"data: hello\n\n"), Run::success(HELLO));
}

#[test]
fn what_the_end_leaves_unfinished_is_dropped() {
    assert_eq!(run(&["decode"], b"data: hello\n\ndata: cut\n"), Run::success(HELLO));
    assert_eq!(run(&["decode"], b""), Run::success(""));
}

#[test]
fn the_last_event_id_can_be_given() {
    let want = "{\"type\":\"message\",\"data\":\"hello\",\"lastEventId\":\"42\"}\n";
    assert_eq!(run(&["decode", "--last-event-id", "42"], b"data: hello\n\n"), Run::success(want));
}

/// The event is out with the byte that completes it, while the stream stays open.
#[test]
fn an_event_is_out_with_its_last_byte() {
    for chunk in ["1", "65536"] {
        // After CRLF, the CR of the empty line completes the event; its LF comes with the next one.
        for (first, second) in [
            ("data: hello\n\n", "data: hello\n\n"),
            ("data: hello\r\r", "data: hello\r\r"),
            ("data: hello\r\n\r", "\ndata: hello\r\n\r"),
            ("data: hello\r\n\r\n", "data: hello\r\n\r\n"),
        ] {
            let mut child = spawn(&["decode", "--chunk", chunk]);
            let mut stdin = child.stdin.take().expect("a pipe");
            let lines = lines_of(child.stdout.take().expect("a pipe"));
            for event in [first, second] {
                stdin.write_all(event.as_bytes()).expect("the program reads");
                let line = lines.recv_timeout(TIMEOUT);
                assert_eq!(line.as_deref(), Ok(HELLO), "{event:?}, chunk {chunk}");
            }
            drop(stdin);
            assert_eq!(lines.recv_timeout(TIMEOUT), Err(mpsc::RecvTimeoutError::Disconnected), "no third line");
            assert!(child.wait().expect("the program can be waited for").success());
        }
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = spawn(&["decode"]);
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("a pipe");
    // It gives up at the first event it prints. If it went on, this would be an end to it.
    let mut cut = false;
    for _ in 0..10_000 {
        cut = cut || !write_all(&mut stdin, &b"data: hello\n\n".repeat(100));
    }
    drop(stdin);
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
    assert_eq!(stderr, "");
    assert_eq!(child.wait().expect("the program can be waited for").code(), Some(0));
    assert!(cut, "it read all, though nobody listened");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    common::run_on_full_disk("decode", b"data: hello\n\n").assert_failure("", &["cannot write: "]);
}

#[test]
fn a_missing_file_is_named() {
    run(&["decode", "no/such.txt"], b"").assert_failure("", &["no/such.txt: cannot open: "]);
}

#[test]
fn a_file_name_cannot_break_the_message() {
    run(&["decode", "no\nsuch\u{1b}[31m"], b"").assert_failure("", &["no\u{FFFD}such\u{FFFD}[31m: "]);
}

#[test]
fn an_input_that_cannot_be_read_is_named() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    run(&["decode", folder], b"").assert_failure("", &[folder]);
}

#[test]
fn an_event_over_the_limit_ends_it() {
    let stream = b"data: hello\n\ndata: 0123456789\n\ndata: never\n\n";
    for chunk in ["1", "65536"] {
        let run = run(&["decode", "--max-event-bytes", "9", "--chunk", chunk], stream);
        run.assert_failure(HELLO, &["standard input: ", " 9 bytes", " at byte 28 "]);
    }
    let run = run(&["decode", "--max-event-bytes=10"], stream);
    assert_eq!((run.status, run.stdout.lines().count()), (Some(0), 3), "{run:?}");
}

#[test]
fn wrong_arguments_are_a_usage_error() {
    for arguments in [
        &[][..],
        &["decide"],
        &["decode", "--no-such-option"],
        &["decode", "--chunk", "0"],
        &["decode", "--chunk", "many"],
        &["decode", "--chunk", "18446744073709551615"],
        &["decode", "--max-event-bytes", "-1"],
        &["decode", "--last-event-id", "4\n2"],
        &["decode", "one", "two"],
        &["encode", "--comments"],
    ] {
        let run = run(arguments, b"data: hello\n\n");
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.contains("Usage: tidings") || run.stderr.contains("--help"), "{run:?}");
    }
}

#[test]
fn help_is_no_error() {
    for (arguments, words) in [
        (&["--help"][..], "encode"),
        (&["decode", "--help"], "--max-event-bytes"),
        (&["encode", "--help"], "--max-line-bytes"),
    ] {
        let run = run(arguments, b"");
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(run.stdout.contains(words), "{run:?}");
    }
}

/// The lines, with their line ends, as they come.
fn lines_of(stdout: impl std::io::Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        while stdout.read_line(&mut line).expect("the output is UTF-8") != 0 {
            if sender.send(std::mem::take(&mut line)).is_err() {
                break;
            }
        }
    });
    receiver
}
