//! What a command reads: a file or standard input.

use std::{
    fmt::Display,
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::failure::Failure;

/// An opened input. A read returns what is there and waits only if there is nothing.
pub(crate) struct Input {
    name: String,
    reader: Box<dyn Read>,
}

impl Input {
    /// Opens `file`, or standard input if there is none or it is `-`.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = file.filter(|path| *path != Path::new("-")) else {
            return Ok(Self { name: "standard input".to_owned(), reader: Box::new(io::stdin().lock()) });
        };
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Ok(Self { name, reader: Box::new(file) }),
            Err(error) => Err(Failure::Input { name, message: format!("cannot open: {error}") }),
        }
    }

    /// The failure that `message` is about. It says where in the input.
    pub(crate) fn failure(&self, message: impl Display) -> Failure {
        Failure::Input { name: self.name.clone(), message: message.to_string() }
    }
}

impl Read for Input {
    /// Reads again if a signal interrupts it.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.reader.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}
