//! Why a command ends early, and what the caller of the program gets to know of it.

use std::{
    error::Error,
    fmt::{self, Display, Write as _},
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{CommandFactory as _, error::ErrorKind};

/// Says what is wrong with the arguments, and ends.
pub(crate) fn wrong(message: &str) -> ! {
    crate::Arguments::command().error(ErrorKind::ValueValidation, message).exit()
}

/// Why a command ended before its input did.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input cannot be read, or is not what it should be.
    Input {
        /// The input's name.
        name: String,
        /// What is wrong, and where.
        message: String,
    },
    /// The output cannot be written.
    Output(io::Error),
    /// It cannot be served.
    Serve {
        /// What is not to be had.
        what: String,
        error: io::Error,
    },
    /// A benchmark cannot begin, or found that something is wrong.
    Bench(String),
    /// There is no connection to the server, and there will be none.
    Connection(String),
    /// It ended before there were as many events as asked for.
    TooFew {
        /// How many there were.
        printed: u64,
        /// How many were asked for.
        count: u64,
    },
    /// The system gives no threads or signals.
    Runtime(io::Error),
}

impl Failure {
    /// Says on standard error what happened, and returns the exit status.
    ///
    /// A reader that closes the pipe, as `head` does, has all it wants: nothing is said, and the status is 0. (Rust programs
    /// ignore SIGPIPE, so that this comes as an error of writing.)
    pub(crate) fn report(&self) -> ExitCode {
        if matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        say(&self.to_string());
        match self {
            Self::TooFew { .. } => ExitCode::from(3),
            _ => ExitCode::FAILURE,
        }
    }

    /// The failure of a client, with what the server has said of it.
    pub(crate) fn connection(error: &tidings_client::Error) -> Self {
        let mut message = chain(error);
        let body = error.body().map(|body| String::from_utf8_lossy(&body[..body.len().min(MAX_BODY_BYTES)]));
        if let Some(body) = body.as_deref().map(str::trim).filter(|body| !body.is_empty()) {
            // Writing to a string does not fail.
            let _ = write!(message, ": {body}");
        }
        Self::Connection(message)
    }
}

/// How much of the answer of a server that refuses is shown.
const MAX_BODY_BYTES: usize = 1000;

/// Says something on standard error, in one line.
pub(crate) fn say(message: &str) {
    // The name of a file, or what a server says, may hold what would break the line or command the terminal.
    let message = message.replace(char::is_control, "\u{FFFD}");
    // `eprintln!` would panic if standard error is closed.
    let _ = writeln!(io::stderr(), "tidings: {message}");
}

/// An error, and what it stands on.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a string does not fail.
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { name, message } => write!(f, "{name}: {message}"),
            Self::Output(error) => write!(f, "cannot write: {error}"),
            Self::Connection(message) | Self::Bench(message) => f.write_str(message),
            Self::TooFew { printed, count } => write!(f, "only {printed} of {count} events came"),
            Self::Runtime(error) => write!(f, "cannot run: {error}"),
            Self::Serve { what, error } => write!(f, "cannot serve: {what}: {error}"),
        }
    }
}
