//! Running the program.

// Every file in `tests` is a program of its own, and none uses all of this.
#![allow(dead_code)]

use std::{
    ffi::OsStr,
    io::{self, Write},
    process::{Child, Command, Stdio},
    thread,
};

/// What became of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The exit status; `None` if a signal ended it.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// A run that succeeded, and wrote this.
    pub(crate) fn success(stdout: &str) -> Self {
        Self { status: Some(0), stdout: stdout.to_owned(), stderr: String::new() }
    }

    /// Asserts that it failed with status 1 after it wrote `stdout`, and said so in one line that has all of `words`.
    #[track_caller]
    pub(crate) fn assert_failure(&self, stdout: &str, words: &[&str]) {
        assert_eq!(self.status, Some(1), "{self:?}");
        assert_eq!(self.stdout, stdout, "{self:?}");
        assert!(self.stderr.starts_with("tidings: ") && self.stderr.ends_with('\n'), "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {self:?}");
        }
    }
}

/// The program with these arguments, its three streams being pipes.
pub(crate) fn spawn(arguments: &[impl AsRef<OsStr>]) -> Child {
    command(arguments).spawn().expect("the program can be started")
}

/// Runs the program with this on standard input.
pub(crate) fn run(arguments: &[impl AsRef<OsStr>], stdin: &[u8]) -> Run {
    finish(spawn(arguments), stdin)
}

/// Runs one of the commands where nothing can be written.
#[cfg(target_os = "linux")]
pub(crate) fn run_on_full_disk(name: &str, stdin: &[u8]) -> Run {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    finish(command(&[name]).stdout(full).spawn().expect("the program can be started"), stdin)
}

/// The same, not yet started.
pub(crate) fn command(arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Writes all of `stdin` while the output is read, and waits for the end.
pub(crate) fn finish(mut child: Child, stdin: &[u8]) -> Run {
    let mut pipe = child.stdin.take().expect("a pipe");
    let output = thread::scope(|scope| {
        scope.spawn(move || write_all(&mut pipe, stdin));
        child.wait_with_output().expect("the program can be waited for")
    });
    Run {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

/// Writes to the program, which may end before it has read everything. Returns whether it has not.
pub(crate) fn write_all(pipe: &mut impl Write, bytes: &[u8]) -> bool {
    match pipe.write_all(bytes) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => false,
        Err(error) => panic!("writing to the program: {error}"),
    }
}
