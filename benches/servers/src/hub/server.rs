//! A server process, as the generator of load has it.

use std::{
    env,
    io::{BufRead as _, BufReader, Read},
    os::fd::AsRawFd as _,
    process::{self, Child, Command, Stdio},
    thread,
};

use super::kind::Hub;
use crate::{Error, Options, server, system};

/// A server that runs until this is dropped.
pub struct Server {
    /// Where it publishes and lets subscribe.
    pub url: String,
    process: Child,
}

impl Server {
    /// Starts this program, or `tidings serve`, on the core that servers have.
    pub fn start(hub: Hub, prefilled: u64, options: &Options) -> Result<Self, Error> {
        Self::with_log(hub, prefilled, 1 << 30, options)
    }

    /// The same with a log of so many bytes.
    pub fn keeping(bytes: usize, hub: Hub, options: &Options) -> Result<Self, Error> {
        Self::with_log(hub, 0, bytes, options)
    }

    fn with_log(hub: Hub, prefilled: u64, bytes: usize, options: &Options) -> Result<Self, Error> {
        let (prefilled, bytes) = (prefilled.to_string(), bytes.to_string());
        if hub == Hub::Serve {
            return Self::tidings(&bytes, options);
        }
        let mut command = Command::new(env::current_exe()?);
        command.args(["serve-hub", hub.name(), &prefilled, &bytes]).stdout(Stdio::piped());
        let mut process = spawn(command.stdin(Stdio::piped()))?;
        let line = process.stdout.take().and_then(|says| BufReader::new(says).lines().next());
        let port = line.ok_or("the server has ended")??;
        Ok(Self { url: format!("http://127.0.0.1:{port}/hub"), process })
    }

    fn tidings(bytes: &str, options: &Options) -> Result<Self, Error> {
        let mut command = Command::new(options.tidings()?);
        command.args(["serve", "--listen", "127.0.0.1:0", "--keep-events", "2000000", "--keep-bytes", bytes]);
        let mut process = spawn(command.stdin(Stdio::null()).stderr(Stdio::piped()))?;
        let mut says = BufReader::new(process.stderr.take().ok_or("it is not piped")?);
        loop {
            let mut line = String::new();
            if says.read_line(&mut line)? == 0 {
                return Err("`tidings serve` has ended".into());
            }
            if let Some((_, origin)) = line.trim_end().split_once("listening on ") {
                let url = format!("{origin}/.well-known/mercure");
                thread::spawn(move || says.read_to_end(&mut Vec::new()));
                return Ok(Self { url, process });
            }
        }
    }

    /// A shell command that has it begin anew, without its log, and waits for as long as that takes by far.
    pub fn restart(&self) -> Result<String, Error> {
        let input = self.process.stdin.as_ref().ok_or("it cannot begin anew")?;
        Ok(format!("echo > /proc/{}/fd/{} && sleep 1", process::id(), input.as_raw_fd()))
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

/// Starts a process on the core that servers have: it inherits that.
fn spawn(command: &mut Command) -> Result<Child, Error> {
    let own = system::cores()?;
    system::run_on(&server::core())?;
    let process = command.spawn();
    system::run_on(&own)?;
    Ok(process?)
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended, and then there is nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
