//! A scripted HTTP/1.1 server: it does what the test says, byte by byte, however wrong.
//!
//! Scripts run on threads of their own and block, so that they read from top to bottom.

use std::{
    fmt::Write as _,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How long a script waits for the client. It is never waited for when all goes well, so it is long.
const DEADLINE: Duration = Duration::from_mins(2);

/// A server on a port of the loopback address. When it is dropped, it is gone, and a script that failed fails the test.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    requests: Mutex<Vec<Request>>,
}

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The target: a path, with the query.
    pub target: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, if its length was told.
    pub body: Vec<u8>,
}

/// A request, and the connection to answer it on. To drop it closes the connection.
#[derive(Debug)]
pub struct Exchange {
    /// The request.
    pub request: Request,
    stream: TcpStream,
}

impl Server {
    /// Starts a server that plays the script for each connection, with its number from 0 on and its first request.
    pub fn start(script: impl Fn(usize, Exchange) + Send + Sync + 'static) -> Self {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), script)
    }

    /// The same at an address: that of a server which is gone, say.
    ///
    /// # Panics
    ///
    /// If somebody listens there.
    pub fn start_at(address: SocketAddr, script: impl Fn(usize, Exchange) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).expect("the address is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared, &Arc::new(script))
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far, in the order of their connections.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn accept<S>(listener: &TcpListener, shared: &Arc<Shared>, script: &Arc<S>) -> Vec<JoinHandle<()>>
where
    S: Fn(usize, Exchange) + Send + Sync + 'static,
{
    let mut scripts = Vec::new();
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            break;
        }
        // Requests are read here, for their order. A connection without one is nothing to a script.
        let Ok(exchange) = stream.and_then(Exchange::read) else { continue };
        let number = {
            let mut requests = shared.requests.lock().unwrap_or_else(PoisonError::into_inner);
            requests.push(exchange.request.clone());
            requests.len() - 1
        };
        let script = Arc::clone(script);
        scripts.push(thread::spawn(move || script(number, exchange)));
    }
    scripts
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // It waits for a connection; this is one.
        drop(TcpStream::connect(self.address));
        if thread::panicking() {
            return; // the test has failed, and its client may never let a script come to its end
        }
        let Some(scripts) = self.accepting.take().and_then(|accepting| accepting.join().ok()) else { return };
        let failed = scripts.into_iter().filter_map(|script| script.join().err()).count();
        assert!(failed == 0, "{failed} scripts failed");
    }
}

impl Exchange {
    fn read(stream: TcpStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(&stream);
        let mut line = || -> io::Result<Vec<u8>> {
            let mut line = Vec::new();
            reader.read_until(b'\n', &mut line)?;
            Ok(line.trim_ascii_end().to_vec())
        };
        let first = String::from_utf8(line()?).map_err(io::Error::other)?;
        let mut words = first.split(' ').map(str::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let mut request = Request { method, target, headers: Vec::new(), body: Vec::new() };
        loop {
            let line = line()?;
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
            let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
            request.headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
        }
        let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        request.body = vec![0; length];
        reader.read_exact(&mut request.body)?;
        Ok(Self { request, stream })
    }

    /// Sends bytes as they are, at once. Returns whether the client could still be there.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends the head of a response whose body ends with the connection.
    pub fn head(&mut self, status: u16, headers: &[(&str, &str)]) {
        let mut head = format!("HTTP/1.1 {status} -\r\nconnection: close\r\n");
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").expect("a string takes all");
        }
        self.send(head + "\r\n");
    }

    /// Sends the head of an event stream whose body ends with the connection.
    pub fn event_stream(&mut self) {
        self.head(200, &[("content-type", "text/event-stream")]);
    }

    /// Sends a whole response.
    pub fn respond(mut self, status: u16, headers: &[(&str, &str)], body: &str) {
        let length = body.len().to_string();
        self.head(status, &[headers, &[("content-length", &length)]].concat());
        self.send(body);
    }

    /// Sends a whole event stream.
    pub fn respond_with_events(mut self, body: &str) {
        self.event_stream();
        self.send(body);
    }

    /// From now on, to send fails when the client has taken nothing for so long.
    ///
    /// # Panics
    ///
    /// If that is zero.
    pub fn set_write_timeout(&mut self, timeout: Duration) {
        self.stream.set_write_timeout(Some(timeout)).expect("it is more than zero");
    }

    /// Ends the response, but listens on.
    pub fn half_close(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Waits until the client closes the connection.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn until_closed(mut self) {
        let mut buffer = [0; 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => panic!("the client does not close"),
                Err(_) => return,
            }
        }
    }
}

impl Request {
    /// The value of a header whose name is given in lower case; of the first, if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header_bytes(name).map(|value| str::from_utf8(value).expect("the header is text"))
    }

    /// The same as bytes.
    pub fn header_bytes(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| &**value)
    }
}
