//! What is said of a source that failed. Alone in its process, since a logger is for all of it.

#![allow(clippy::unwrap_used)]

use std::{error::Error, fmt, sync::Mutex};

use futures_util::{StreamExt as _, stream};
use tidings_http::{EventBody, Frame};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LINES.lock().unwrap().push(format!("{} {} {}", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}

#[derive(Debug)]
struct Outer(std::io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no rows")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn a_failure_is_logged_with_its_causes() {
    log::set_logger(&Logger).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let source = stream::iter([Ok(Frame::event("1")), Err(Outer(std::io::Error::other("the database is gone")))]);
    let chunks: Vec<_> = EventBody::new(source).collect().await;
    assert_eq!(chunks, [Ok("data: 1\n\n".into())]);
    let lines = LINES.lock().unwrap();
    let [line] = &lines[..] else { panic!("not one line: {lines:?}") };
    assert!(line.starts_with("ERROR tidings_http"), "{line}");
    assert!(line.contains("no rows: the database is gone"), "{line}");
}
