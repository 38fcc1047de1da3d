//! What a server process says of itself.

use std::fmt;

use crate::{Error, alloc, source, system};

/// A server process at one moment, as a line of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Nanoseconds of CPU time so far.
    pub cpu_nanos: u64,
    /// Bytes that are allocated.
    pub heap_bytes: u64,
    /// Bytes of memory that are its alone.
    pub private_bytes: u64,
    /// Events that its sources have given away.
    pub produced: u64,
}

impl Figures {
    /// Those of this process now.
    pub fn now() -> Result<Self, Error> {
        Ok(Self {
            cpu_nanos: system::cpu_nanos(),
            heap_bytes: alloc::in_use(),
            private_bytes: system::private_bytes()?,
            produced: source::produced(),
        })
    }

    /// Those that a line says.
    pub fn parse(line: &str) -> Result<Self, Error> {
        let numbers: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [cpu_nanos, heap_bytes, private_bytes, produced] =
            numbers[..].try_into().map_err(|_| format!("a server said {line:?}"))?;
        Ok(Self { cpu_nanos, heap_bytes, private_bytes, produced })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.cpu_nanos, self.heap_bytes, self.private_bytes, self.produced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_written() {
        let figures = Figures { cpu_nanos: 1, heap_bytes: 2, private_bytes: 3, produced: 4 };
        assert_eq!(Figures::parse(&figures.to_string()).expect("it is a line"), figures);
        assert!(Figures::parse("1 2 3").is_err());
    }
}
