//! `cargo run -p example-client-hyper -- http://127.0.0.1:3000/feed`
//!
//! An event source without reqwest: hyper makes the connections, and the machine of `tidings-client` says when and with what. Any
//! HTTP library can be put in hyper's place. It prints the data of the events, and ends when the server answers 204.
//!
//! For a plain server to talk to: `cargo run -p example-axum`.

#![forbid(unsafe_code)]

use std::{env, error::Error, pin::pin, time::Duration};

use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Request, Response, Uri,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use tidings_client::machine::{self, Machine, Options, Output, REQUEST_HEADERS};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

type BoxError = Box<dyn Error + Send + Sync>;

struct Client {
    url: Uri,
    machine: Machine<BoxError>,
    /// The body of the open connection. To drop it closes the connection.
    body: Option<Incoming>,
    start: Instant,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let url = env::args().nth(1).ok_or("give it the URL of an event stream")?.parse()?;
    let options = Options::new().idle_timeout(Duration::from_secs(45));
    let mut client = Client { url, machine: Machine::new(options), body: None, start: Instant::now() };
    while client.step().await? {}
    Ok(())
}

impl Client {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Does what the machine says, or waits if it says nothing. Returns whether there is more to come.
    async fn step(&mut self) -> Result<bool, BoxError> {
        match self.machine.poll() {
            Some(Output::Connect) => self.connect().await,
            Some(Output::Event(event)) => println!("{}", event.data()),
            Some(Output::Reconnecting { delay, cause }) => {
                self.body = None;
                eprintln!("{cause}; again in {delay:?}");
            }
            Some(Output::Failed(cause)) => return Err(cause.to_string().into()),
            Some(Output::Ended) => return Ok(false),
            Some(_) => {}
            None => self.wait().await,
        }
        Ok(true)
    }

    /// Makes a request, and tells the machine what comes of it.
    async fn connect(&mut self) {
        self.machine.handle_connecting(self.now(), fastrand::u64(..));
        let id = self.machine.last_event_id_header().map(<[u8]>::to_vec);
        match until(self.deadline(), request(self.url.clone(), id)).await {
            Some(Ok(response)) => {
                let mut head = machine::Response::new(response.status().as_u16());
                if let Some(value) = response.headers().get(CONTENT_TYPE) {
                    head = head.content_type(value.as_bytes());
                }
                if self.machine.handle_response(&head, self.now()) {
                    self.body = Some(response.into_body());
                }
            }
            Some(Err(error)) => self.machine.handle_error(error, self.now()),
            None => self.machine.handle_timeout(self.now()),
        }
    }

    /// Waits for bytes, or for the time that the machine says.
    async fn wait(&mut self) {
        let deadline = self.deadline();
        let Some(body) = &mut self.body else {
            until(deadline, std::future::pending::<()>()).await;
            return self.machine.handle_timeout(self.now());
        };
        match until(deadline, body.frame()).await {
            Some(Some(Ok(frame))) => {
                if let Ok(chunk) = frame.into_data() {
                    self.machine.handle_chunk(chunk, self.now());
                }
            }
            Some(Some(Err(error))) => self.machine.handle_error(error.into(), self.now()),
            Some(None) => self.machine.handle_end(self.now()),
            None => self.machine.handle_timeout(self.now()),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.machine.deadline().map(|deadline| self.start + deadline)
    }
}

/// What the future gives, or `None` if it takes too long.
async fn until<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    let future = pin!(future);
    match deadline {
        Some(deadline) => timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}

async fn request(url: Uri, last_event_id: Option<Vec<u8>>) -> Result<Response<Incoming>, BoxError> {
    let authority = url.authority().ok_or("the URL has no host")?;
    let stream = TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);

    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::get(path).header(HOST, authority.as_str());
    for (name, value) in REQUEST_HEADERS {
        request = request.header(name, value);
    }
    if let Some(id) = last_event_id {
        request = request.header("last-event-id", id);
    }
    Ok(sender.send_request(request.body(Empty::<Bytes>::new())?).await?)
}
