//! A child process that ends with the test.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

use crate::{folder::Folder, wait};

/// Where Debian has servers. It is not in everybody's `PATH`.
const SERVERS: &str = "/usr/sbin";

/// A running program. It is killed when this is dropped, and what it said on standard error is shown if the test fails.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    /// Dropped last, when the process that writes to it is gone.
    folder: Folder,
}

impl Process {
    /// Starts a program, with a folder for whatever it writes.
    ///
    /// # Panics
    ///
    /// If it is not there.
    pub fn start<A: AsRef<OsStr>>(program: &Path, arguments: impl IntoIterator<Item = A>, folder: Folder) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        Self::run(program, command, folder)
    }

    /// Starts a program that is talked to over its file descriptors 3 and 4: what it reads, and what it writes.
    ///
    /// # Panics
    ///
    /// If it is not there.
    pub fn start_with_pipes<A: AsRef<OsStr>>(
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        folder: Folder,
    ) -> (Self, ChildStdin, ChildStdout) {
        let mut command = Command::new("sh");
        command.args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#]).arg(program).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Self::run(program, command, folder);
        let pipes = process.child.stdin.take().zip(process.child.stdout.take());
        let (to, from) = pipes.expect("they are pipes");
        (process, to, from)
    }

    fn run(program: &Path, mut command: Command, folder: Folder) -> Self {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let errors = File::create(folder.path().join("stderr")).expect("the folder was made by us");
        let child = command.stderr(errors).spawn();
        let child = child.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        Self { name, child, folder }
    }

    /// Waits until it takes connections.
    ///
    /// # Panics
    ///
    /// If it ends, or does not.
    pub async fn listens_on(&mut self, port: u16) {
        let what = format!("{} to listen on port {port}", self.name);
        wait::until(what, async || {
            if let Some(status) = self.ended() {
                panic!("{} does not listen, but ends with {status}", self.name);
            }
            TcpStream::connect(("127.0.0.1", port)).ok()
        })
        .await;
    }

    /// Waits until it has ended by itself.
    pub async fn ends(&mut self) -> ExitStatus {
        let what = format!("{} to end", self.name);
        wait::until(what, async || self.ended()).await
    }

    /// Asks it to end, with the signal that service managers send.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Asks it to end as Ctrl-C does.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is our child");
    }

    /// The most memory that it has ever had at once, in bytes; Linux tells.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux has it");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak.and_then(|peak| peak.parse::<u64>().ok()).expect("Linux has it") * 1024
    }

    /// Asks it to end, and gives it some time for that. This blocks the thread.
    pub(crate) fn terminate_and_wait(&mut self, longest: Duration) {
        let end = Instant::now() + longest;
        if self.ended().is_none() {
            self.terminate();
        }
        while self.ended().is_none() && Instant::now() < end {
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills it, so that it cannot do anything more, and waits until it is gone.
    pub fn kill(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> String {
        let bytes = fs::read(self.folder.path().join("stderr")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is our child")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            eprintln!("--- standard error of {}:\n{}", self.name, self.stderr());
        }
    }
}

/// Lets this process, and those it starts from now on, have as many open files as the system permits: by default there may be
/// no more than 1024.
pub fn allow_many_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).expect("up to the maximum it is permitted");
}

/// Looks for a program that is installed.
///
/// # Panics
///
/// If it is not.
pub fn installed(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = env::split_paths(&path).chain([PathBuf::from(SERVERS)]);
    let found = folders.find_map(|folder| Some(folder.join(program)).filter(|file| file.is_file()));
    found.unwrap_or_else(|| panic!("{program} is not installed; `cargo xtask e2e` does that, or says how"))
}
