//! Why a command ends early, and what the caller of the program gets to know of it.

use std::{
    fmt::{self, Display},
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
        // The name of a file, or a key that is not known, may hold what would break the line or command the terminal.
        let message = self.to_string().replace(char::is_control, "\u{FFFD}");
        // `eprintln!` would panic if standard error is closed as well.
        let _ = writeln!(io::stderr(), "tidings: {message}");
        ExitCode::FAILURE
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { name, message } => write!(f, "{name}: {message}"),
            Self::Output(error) => write!(f, "cannot write: {error}"),
            Self::Serve { what, error } => write!(f, "cannot serve: {what}: {error}"),
            Self::Bench(message) => f.write_str(message),
        }
    }
}
