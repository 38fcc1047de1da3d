//! What these tests share.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, ChildStderr, ChildStdout, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use tidings_testkit::{Server, server::Exchange};

use crate::common::{self, Run};

/// How long anything may take: it is never waited for when all goes well.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A server that answers each request with this event stream.
pub(crate) fn serving(stream: &'static str) -> Server {
    Server::start(move |_, exchange| exchange.respond_with_events(stream))
}

/// Runs `tidings tail` on it with these arguments.
pub(crate) fn tail(server: &Server, arguments: &[&str]) -> Run {
    tail_with(server, arguments, "")
}

/// The same with standard input.
pub(crate) fn tail_with(server: &Server, arguments: &[&str], stdin: &str) -> Run {
    let url = server.url("/feed");
    let mut all = [&["tail", &url], arguments].concat();
    if !arguments.contains(&"--timeout") {
        // What does not end as it should is not to be waited for in vain.
        all.extend(["--timeout", "20"]);
    }
    common::run(&all, stdin.as_bytes())
}

/// Tries something with `--timeout`, with more time if that was not enough: a short one is, unless the machine is busy.
#[track_caller]
pub(crate) fn with_enough_time(attempt: impl Fn(&str) -> bool) {
    let enough = ["0.3", "2", "15"].into_iter().any(attempt);
    assert!(enough, "no time is enough");
}

/// What it prints if it is to end well.
#[track_caller]
pub(crate) fn printed(server: &Server, arguments: &[&str]) -> String {
    let run = tail(server, arguments);
    assert_eq!(run.status, Some(0), "{run:?}");
    run.stdout
}

/// A running `tidings tail`, which is killed when this is dropped.
pub(crate) struct Tail {
    child: Child,
    lines: BufReader<ChildStdout>,
    said: BufReader<ChildStderr>,
}

impl Tail {
    /// Starts it on a server with these arguments.
    pub(crate) fn start(server: &Server, arguments: &[&str]) -> Self {
        Self::start_at(server.address(), arguments)
    }

    /// The same at the address of a server that is yet to come.
    pub(crate) fn start_at(address: SocketAddr, arguments: &[&str]) -> Self {
        let url = format!("http://{address}/feed");
        let mut command = common::command(&[&["tail", &url, "--timeout", "20"], arguments].concat());
        let mut child = command.stdin(Stdio::null()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let said = BufReader::new(child.stderr.take().expect("it is a pipe"));
        Self { child, lines, said }
    }

    /// The next line that it says on standard error.
    pub(crate) fn said(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("it is text");
        line
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let length = self.lines.read_line(&mut line).expect("it is text");
        assert!(length > 0, "it prints no more");
        line
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        let status = std::process::Command::new("kill").args([name, &process]).status();
        assert!(status.expect("there is a command for it").success(), "it is our child");
    }

    /// Waits for its end, and gives the exit status. What it prints is not read.
    pub(crate) fn status(mut self) -> Option<i32> {
        let start = Instant::now();
        while start.elapsed() < DEADLINE {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status.code();
            }
            sleep(Duration::from_millis(10));
        }
        panic!("it does not end")
    }

    /// The most memory that it has ever had at once, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory(&self) -> u64 {
        let file = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(file).expect("Linux has it");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak.and_then(|peak| peak.parse::<u64>().ok()).expect("Linux has it") * 1024
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Numbered events, from the one after the last event ID of the request on.
pub(crate) fn after_last(exchange: &Exchange, count: u64) -> String {
    let last: u64 = exchange.request.header("last-event-id").map_or(0, |id| id.parse().expect("IDs are numbers"));
    (last + 1..=last + count)
        .fold(String::new(), |events, number| events + &format!("id: {number}\ndata: {number}\n\n"))
}
