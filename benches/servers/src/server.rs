//! A server process, as its client has it.

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

use crate::{Error, figures::Figures, kind::Served, source::Scenario, system};

/// Where servers run.
static CORE: OnceLock<usize> = OnceLock::new();

/// Leaves one core to the servers, so that a client which is woken does not take theirs: the client of a server is on
/// another machine.
pub fn keep_apart() -> Result<(), Error> {
    let cores = system::cores()?;
    let Some((core, others @ [_, ..])) = cores.split_last() else { return Err("this needs two cores".into()) };
    CORE.get_or_init(|| *core);
    system::run_on(others)
}

/// The core that servers have, once they are kept apart.
pub fn core() -> Vec<usize> {
    CORE.get().copied().into_iter().collect()
}

/// A server that runs until this is dropped.
pub struct Server {
    /// Where it listens.
    pub port: u16,
    process: Child,
    asks: ChildStdin,
    says: BufReader<ChildStdout>,
}

impl Server {
    /// Starts this program as a server.
    pub fn start(kind: impl Into<Served>, scenario: Scenario) -> Result<Self, Error> {
        let mut process = Command::new(env::current_exe()?)
            .args(["serve", kind.into().name(), scenario.name()])
            .args(CORE.get().map(usize::to_string))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asks = process.stdin.take().expect("it is piped");
        let says = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut server = Self { port: 0, process, asks, says };
        server.port = server.line()?.parse()?;
        Ok(server)
    }

    /// What it says of itself now.
    pub fn figures(&mut self) -> Result<Figures, Error> {
        self.asks.write_all(b"\n")?;
        Figures::parse(&self.line()?)
    }

    fn line(&mut self) -> Result<String, Error> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        if line.is_empty() { Err("the server has ended".into()) } else { Ok(line.trim_end().to_owned()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended, and then there is nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
