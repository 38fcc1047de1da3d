//! `tidings encode`, as a user sees it.

mod common;

use std::{
    fs,
    io::{Read as _, Write as _},
    path::PathBuf,
    sync::mpsc,
    thread,
    time::Duration,
};

use common::{Run, run, spawn, write_all};

/// How long to wait for what should come at once.
const TIMEOUT: Duration = Duration::from_mins(1);

#[test]
fn what_each_line_becomes() {
    for (lines, want) in [
        (r#"{"type":"message","data":"a","lastEventId":""}"#, "data: a\n\n"),
        (r#"{"data":"a"}"#, "data: a\n\n"),
        (r#"{"type":"","data":""}"#, "data: \n\n"),
        (r#"{"type":"t","data":" a\nb\r\nc\r","id":"7"}"#, "event: t\nid: 7\ndata:  a\ndata: b\ndata: c\ndata: \n\n"),
        (r#"{"retry":0}"#, "retry: 0\n\n"),
        (r#"{"retry":18446744073709551615}"#, "retry: 18446744073709551615\n\n"),
        (r#"{"comment":""}"#, ": \n\n"),
        (r#"{"comment":"a\nb"}"#, ": a\n: b\n\n"),
        (r#"{"retry":5,"comment":"c"}"#, ": c\nretry: 5\n\n"),
        (r#"{"data":"d","retry":5,"comment":"c","type":"t","id":"7"}"#, ": c\nevent: t\nid: 7\nretry: 5\ndata: d\n\n"),
        ("", ""),
        ("\n \t\r\n\n", ""),
        ("\n{\"data\":\"a\"}\r\n \n{\"data\":\"b\"}", "data: a\n\ndata: b\n\n"),
    ] {
        assert_eq!(run(&["encode"], lines.as_bytes()), Run::success(want), "{lines}");
    }
}

#[test]
fn an_id_is_written_where_it_changes() {
    let lines = r#"
        {"data":"","lastEventId":""}
        {"data":"","lastEventId":"1"}
        {"data":"","id":"1"}
        {"data":""}
        {"retry":1}
        {"data":"","lastEventId":"1"}
        {"data":"","lastEventId":"2"}
        {"data":"","lastEventId":""}
        {"data":"","lastEventId":""}
        {"data":"","lastEventId":"2"}
    "#;
    let (event, retry) = ("data: \n\n", "retry: 1\n\n");
    let want = [event, "id: 1\n", event, event, event, retry, event, "id: 2\n", event, "id: \n", event, event].concat();
    assert_eq!(run(&["encode"], lines.as_bytes()), Run::success(&(want + "id: 2\n" + event)));
}

#[test]
fn a_file_is_read() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("lines.jsonl");
    fs::write(&path, "{\"data\":\"hello\"}").expect("the file can be written");
    let path = path.to_str().expect("a path in UTF-8");
    assert_eq!(run(&["encode", path], b"{\"data\":\"not this\"}"), Run::success("data: hello\n\n"));
}

/// Line by line, while the input stays open; also a line that is followed by the start of another.
#[test]
fn a_frame_is_out_with_the_end_of_its_line() {
    let mut child = spawn(&["encode"]);
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = child.stdout.take().expect("a pipe");
    let (sender, frames) = mpsc::channel();
    thread::spawn(move || {
        let mut frame = [0; "data: hello\n\n".len()];
        while stdout.read_exact(&mut frame).is_ok() && sender.send(frame).is_ok() {}
    });
    for input in ["{\"data\":\"hello\"}\n", "\n{\"data\":\"hello\"}\n{\"da", "ta\":\"hello\"}\n \n"] {
        stdin.write_all(input.as_bytes()).expect("the program reads");
        assert_eq!(frames.recv_timeout(TIMEOUT).as_ref(), Ok(b"data: hello\n\n"), "{input:?}");
    }
    drop(stdin);
    assert_eq!(frames.recv_timeout(TIMEOUT), Err(mpsc::RecvTimeoutError::Disconnected));
    assert!(child.wait().expect("the program can be waited for").success());
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = spawn(&["encode"]);
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut cut = false;
    for _ in 0..10_000 {
        cut = cut || !write_all(&mut stdin, &b"{\"data\":\"hello\"}\n".repeat(100));
    }
    drop(stdin);
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
    assert_eq!(stderr, "");
    assert_eq!(child.wait().expect("the program can be waited for").code(), Some(0));
    assert!(cut, "it read all, though nobody listened");
}

/// That of the disk comes first, since what is before the line at fault has to be written first.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    for lines in ["{\"data\":\"hello\"}\n", "{\"data\":\"hello\"}\nx\n"] {
        common::run_on_full_disk("encode", lines.as_bytes()).assert_failure("", &["cannot write: "]);
    }
}

/// Each stands in line 3, with a good line before it and one behind it that must not be encoded any more.
#[test]
fn a_line_at_fault_is_named() {
    for (line, words) in [
        (r#"{"data":"a""#, "invalid JSON"),
        (r#"{"data":"a"} x"#, "invalid JSON"),
        ("data: a", "invalid JSON"),
        ("[]", "an object"),
        (r#"["message","a","",1,"c"]"#, "an object"),
        ("\"a\"", "an object"),
        ("1", "an object"),
        ("null", "an object"),
        ("{}", "`data`"),
        (r#"{"type":"t"}"#, "`data`"),
        (r#"{"lastEventId":"7"}"#, "`data`"),
        (r#"{"id":"7","retry":1}"#, "`data`"),
        (r#"{"data":1}"#, "`data`"),
        (r#"{"data":null}"#, "`data`"),
        (r#"{"data":"a","type":1}"#, "`type`"),
        (r#"{"data":"a","lastEventId":1}"#, "`lastEventId`"),
        (r#"{"data":"a","id":1}"#, "`id`"),
        (r#"{"retry":"1"}"#, "`retry`"),
        (r#"{"retry":-1}"#, "`retry`"),
        (r#"{"retry":1.5}"#, "`retry`"),
        (r#"{"comment":["a"]}"#, "`comment`"),
        (r#"{"data":"a","lastEventID":"7"}"#, "`lastEventID`"),
        (r#"{"data":"a","\u001b[31m":1}"#, "`\u{FFFD}[31m`"),
        (r#"{"data":"a","data":"b"}"#, "`data`"),
        (r#"{"data":"a","id":"1","lastEventId":"1"}"#, "`lastEventId`"),
        (r#"{"data":"a","type":"a\nb"}"#, "type: line end at byte 1"),
        (r#"{"data":"a","type":"\r"}"#, "type: line end at byte 0"),
        (r#"{"data":"a","id":"a\nb"}"#, "ID: line end at byte 1"),
        (r#"{"data":"a","id":"ab\u0000"}"#, "ID: NUL at byte 2"),
    ] {
        let input = format!("{{\"data\":\"before\"}}\n\n{line}\n{{\"data\":\"behind\"}}\n");
        run(&["encode"], input.as_bytes()).assert_failure("data: before\n\n", &["standard input: line 3: ", words]);
    }
}

#[test]
fn a_message_is_short() {
    for line in [format!("\"{}\"", "é".repeat(1000)), format!("{{\"{}\":1}}", "é".repeat(1001))] {
        let run = run(&["encode"], line.as_bytes());
        run.assert_failure("", &["line 1", "…"]);
        assert!(run.stderr.len() < 500, "{run:?}");
    }
}

#[test]
fn what_is_not_utf_8_is_at_fault() {
    run(&["encode"], b"{\"data\":\"\xFF\"}").assert_failure("", &["line 1: invalid JSON"]);
}

#[test]
fn a_missing_file_is_named() {
    run(&["encode", "no/such.jsonl"], b"").assert_failure("", &["no/such.jsonl: cannot open: "]);
}

#[test]
fn the_limit_of_a_line_is_exact() {
    let line = b"{\"data\":\"hello\"}";
    for (limit, line_end, fits) in
        [(16, "\n", true), (16, "", true), (15, "\n", false), (15, "", false), (0, "", false)]
    {
        let limit = format!("--max-line-bytes={limit}");
        let run = run(&["encode", &limit], &[line, line_end.as_bytes()].concat());
        if fits {
            assert_eq!(run, Run::success("data: hello\n\n"), "{limit}");
        } else {
            run.assert_failure("", &["line 1: longer than "]);
        }
    }
    assert_eq!(run(&["encode", "--max-line-bytes=18446744073709551615"], line), Run::success("data: hello\n\n"));
}

/// It does not wait for the end of a line that is too long already.
#[test]
fn an_endless_line_ends_it() {
    let mut child = spawn(&["encode", "--max-line-bytes", "1000000"]);
    let mut stdin = child.stdin.take().expect("a pipe");
    write_all(&mut stdin, b"{\"data\":\"hello\"}\n{\"data\":\"");
    let endless = (0..10_000).all(|_| write_all(&mut stdin, &[b'x'; 10_000]));
    drop(stdin);
    let output = child.wait_with_output().expect("the program can be waited for");
    assert!(!endless, "it read 100 MB of a line");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b"data: hello\n\n"[..]));
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(stderr.contains("line 2: longer than the limit of 1000000 bytes"), "{stderr}");
}
