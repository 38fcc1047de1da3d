//! Running a benchmark.

use std::{
    process::{Child, Output},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::common::spawn;

/// No benchmark here takes nearly as long.
const DEADLINE: Duration = Duration::from_mins(1);

/// What came of a benchmark.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) status: Option<i32>,
    pub(crate) stderr: String,
    /// The report; null if there is none.
    pub(crate) report: Value,
}

impl Bench {
    /// A number in the report, by the path to it.
    #[track_caller]
    pub(crate) fn number(&self, path: &str) -> u64 {
        let value = self.report.pointer(path).and_then(Value::as_u64);
        value.unwrap_or_else(|| panic!("no {path} in {self:#?}"))
    }

    /// Lost, doubled, out of order.
    #[track_caller]
    pub(crate) fn wrong(&self) -> [u64; 3] {
        ["/check/lost", "/check/doubled", "/check/out_of_order"].map(|path| self.number(path))
    }

    /// Asserts that nothing is wrong.
    #[track_caller]
    pub(crate) fn assert_fine(&self) {
        assert_eq!((self.status, self.wrong(), self.stderr.as_str()), (Some(0), [0; 3], ""), "{self:#?}");
        assert_eq!(self.report["failures"], serde_json::json!({}), "{self:#?}");
    }
}

/// Runs a benchmark to its end.
pub(crate) fn bench(arguments: &[&str]) -> Bench {
    finish(start(arguments))
}

/// Starts a benchmark.
pub(crate) fn start(arguments: &[&str]) -> Child {
    let arguments: Vec<&str> = ["bench", "--json"].into_iter().chain(arguments.iter().copied()).collect();
    spawn(&arguments)
}

/// Does to it what Ctrl-C does.
pub(crate) fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).expect("it is our child");
}

/// Waits for its end, and kills it if that does not come.
pub(crate) fn finish(child: Child) -> Bench {
    let pid = Pid::from_child(&child);
    let (ended, end) = mpsc::channel();
    let waiting = thread::spawn(move || {
        let output = child.wait_with_output();
        // Nobody listens after the deadline.
        let _ = ended.send(());
        output
    });
    let in_time = end.recv_timeout(DEADLINE).is_ok();
    if !in_time {
        let _ = kill_process(pid, Signal::KILL);
    }
    let output = waiting.join().expect("it does not panic").expect("the program can be waited for");
    let Output { status, stdout, stderr } = output;
    let stderr = String::from_utf8(stderr).expect("it is text");
    assert!(in_time, "it does not end: {stderr}");
    Bench { status: status.code(), stderr, report: serde_json::from_slice(&stdout).unwrap_or_default() }
}
