//! The server: a thread that writes what was encoded before.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tidings_benches::system::{self, monotonic_nanos};

use crate::{
    Error,
    wire::{self, Cut},
};

/// What whoever connects gets.
#[derive(Clone, Copy, Debug)]
pub enum Script {
    /// So many times the corpus, as fast as it can be written.
    Firehose(Cut, usize),
    /// So many events, one each [`TICK`].
    Ticks(usize),
    /// An event, and then nothing.
    Idle,
}

/// The time between two ticks.
const TICK: Duration = Duration::from_millis(1);
/// What is asked for to end it.
const QUIT: &str = "GET /quit ";

/// A server that runs until this is dropped.
pub struct Writer {
    port: u16,
    asked: Receiver<Instant>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts it, on a core that nothing else runs on.
    pub fn start(script: Script, core: usize) -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (asks, asked) = channel();
        let thread = thread::spawn(move || {
            // Whoever was to be served says what is missing.
            if let Err(error) = system::run_on(&[core]).and_then(|()| serve(&listener, script, &asks)) {
                eprintln!("writer: {error}");
            }
        });
        Ok(Self { port, asked, thread: Some(thread) })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// When it was last asked for something.
    pub fn last_asked(&self) -> Option<Instant> {
        self.asked.try_iter().last()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let quit = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .and_then(|mut connection| write!(connection, "{QUIT}HTTP/1.1\r\n\r\n"));
        if let (Ok(()), Some(thread)) = (quit, self.thread.take()) {
            // It does not panic: what goes wrong is an error.
            let _ = thread.join();
        }
    }
}

fn serve(listener: &TcpListener, script: Script, asks: &Sender<Instant>) -> Result<(), Error> {
    let firehose = if let Script::Firehose(cut, _) = script { wire::writes(cut) } else { Vec::new() };
    let mut open = Vec::new();
    loop {
        let (mut connection, _) = listener.accept()?;
        if !request(&connection)? {
            return Ok(());
        }
        // Nobody needs to know.
        let _ = asks.send(Instant::now());
        connection.set_nodelay(true)?;
        connection.write_all(wire::HEAD.as_bytes())?;
        match script {
            Script::Firehose(_, passes) => {
                (0..passes).flat_map(|_| &firehose).try_for_each(|write| connection.write_all(write))?;
                connection.write_all(wire::END)?;
            }
            Script::Ticks(count) => ticks(&mut connection, count)?,
            Script::Idle => {
                connection.write_all(&wire::tick(0))?;
                open.push(connection);
            }
        }
    }
}

/// Reads the head of a request. Returns whether it asks for anything.
fn request(connection: &TcpStream) -> io::Result<bool> {
    let mut lines = BufReader::new(connection).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            return Ok(!first.starts_with(QUIT));
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn ticks(connection: &mut TcpStream, count: usize) -> io::Result<()> {
    let start = Instant::now();
    for number in 1..=count {
        let due = TICK * number as u32;
        thread::sleep(due.saturating_sub(start.elapsed()));
        connection.write_all(&wire::tick(monotonic_nanos()))?;
    }
    connection.write_all(wire::END)
}
