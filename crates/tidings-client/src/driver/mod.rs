//! The client: the [machine](crate::machine) driven with reqwest, on tokio.

mod body;
mod builder;
mod client;
mod error;
mod head;
mod redirect;
mod request;
mod response;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use body::Body;
pub use body::ResponseBody;
pub use builder::EventSourceBuilder;
use bytes::Bytes;
pub use client::client_builder;
pub use error::{Error, ErrorKind};
use futures_core::{Stream, stream::FusedStream};
pub use head::Head;
use request::{Answer, Request};
pub use request::{Attempt, HeadersError};
use reqwest::{IntoUrl, Url, header};
pub use response::{events, events_with};
use tidings_codec::OwnedEvent;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::machine::{Machine, Output, ReadyState, Response};

/// A client that keeps a connection to an event stream: what a browser's `EventSource` is, with what services need beyond it.
///
/// It is a stream of [`Item`]s. It connects when it is first polled, reconnects by itself, and resumes behind the last event that
/// it has given. It ends after an error, which is final; after [`close`](Self::close); and, without an error, when the server
/// answers 204. Everything that can be set is in [`EventSourceBuilder`].
///
/// It works only while it is polled: there is no task behind it, so it reads no further than the user does. Dropping it closes its
/// connection.
///
/// # Examples
///
/// ```no_run
/// use futures_util::StreamExt as _;
/// use tidings_client::{EventSource, Item};
///
/// # async fn example() -> Result<(), tidings_client::Error> {
/// let mut source = EventSource::new("https://example.com/feed")?;
/// while let Some(item) = source.next().await {
///     match item? {
///         Item::Event(event) => println!("{}: {}", event.event_type(), event.data()),
///         Item::Reconnecting { delay, error } => eprintln!("{error}; again in {delay:?}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// Polling it and then doing something else, in a `select!` for instance, loses nothing.
///
/// # Panics
///
/// When it is polled outside of a tokio runtime that has IO and time.
#[must_use = "streams do nothing unless they are polled"]
pub struct EventSource {
    machine: Machine<Error>,
    connection: Connection,
    /// Due at the machine's deadline or before it: it is not set anew with every chunk.
    timer: Option<Pin<Box<Sleep>>>,
    /// The user was given something, so that time has passed in which nothing was read.
    away: bool,
    /// When the machine's time began.
    start: Instant,
    request: Arc<Request>,
    /// That of the last answer, until it is handed over.
    head: Option<Box<Head>>,
    /// The beginning of the body of the last answer, if that was no event stream.
    refusal: Bytes,
    /// The status of the last answer.
    status: Option<u16>,
}

enum Connection {
    None,
    Connecting(Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send>>),
    /// The answer is no event stream: the beginning of its body is read, which takes a time of its own.
    Refused(Box<Head>, Pin<Box<dyn Future<Output = Bytes> + Send>>),
    Reading(Body),
}

/// What an [`EventSource`] gives.
#[derive(Debug)]
#[non_exhaustive]
pub enum Item {
    /// The connection is open: its response.
    Open(Box<Head>),
    /// An event.
    Event(OwnedEvent),
    /// A comment, if [asked for](crate::machine::Options::comments).
    Comment(String),
    /// The connection is gone, or there was none. The next attempt comes after the delay: there is nothing to do.
    Reconnecting {
        /// How long it takes to the next attempt.
        delay: Duration,
        /// Why.
        error: Error,
    },
}

impl EventSource {
    /// An event source for this URL, with the default options.
    ///
    /// Each has an HTTP client of its own. Many in one program better share one: [`EventSourceBuilder::client`].
    ///
    /// # Errors
    ///
    /// If it is no URL that begins with http or https, or TLS cannot be set up.
    pub fn new(url: impl IntoUrl) -> Result<Self, Error> {
        Self::builder(url).build()
    }

    /// An event source for this URL, with whatever is to be set.
    pub fn builder(url: impl IntoUrl) -> EventSourceBuilder {
        EventSourceBuilder::new(url)
    }

    fn with(machine: Machine<Error>, request: Request) -> Self {
        Self {
            machine,
            connection: Connection::None,
            timer: None,
            away: false,
            start: Instant::now(),
            request: Arc::new(request),
            head: None,
            refusal: Bytes::new(),
            status: None,
        }
    }

    /// The next event: what lies between is passed over. `None` at the end.
    ///
    /// # Errors
    ///
    /// The one that the stream of items ends with.
    ///
    /// # Cancel safety
    ///
    /// It loses nothing.
    pub async fn next_event(&mut self) -> Option<Result<OwnedEvent, Error>> {
        loop {
            match std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await? {
                Ok(Item::Event(event)) => return Some(Ok(event)),
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The state, as of the last item.
    pub fn ready_state(&self) -> ReadyState {
        self.machine.ready_state()
    }

    /// The URL that was given, and that every attempt goes to.
    pub fn url(&self) -> &Url {
        &self.request.url
    }

    /// The last event ID: that of the last event given, or one that came without an event behind it. Empty if there is none.
    pub fn last_event_id(&self) -> &str {
        self.machine.last_event_id()
    }

    /// The reconnection time: what the stream has set, else what the options say.
    pub fn reconnection_time(&self) -> Duration {
        self.machine.reconnection_time()
    }

    /// Closes the connection, for good. Nothing comes after it.
    pub fn close(&mut self) {
        self.machine.close();
        self.disconnect();
        self.timer = None;
    }

    fn disconnect(&mut self) {
        self.connection = Connection::None;
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Now, if the machine waits for any time: without an idle timeout a chunk may come whenever it likes, and to look at the clock
    /// would cost more than to hand it over.
    fn now_if_it_counts(&self) -> Duration {
        if self.machine.deadline().is_some() { self.now() } else { Duration::ZERO }
    }

    fn connect(&mut self) {
        self.machine.handle_connecting(self.now(), fastrand::u64(..));
        let attempt = Attempt { failures: self.machine.failures(), status: self.status.take() };
        let id = self.machine.last_event_id_header().map(header::HeaderValue::from_bytes);
        match id.transpose() {
            Ok(id) => self.connection = Connection::Connecting(Box::pin(Arc::clone(&self.request).send(attempt, id))),
            Err(error) => self.machine.handle_fatal(Error::with(ErrorKind::LastEventId, error), self.now()),
        }
    }

    /// Waits for whatever the connection does next, and tells the machine.
    fn poll_connection(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.connection {
            Connection::None => return Poll::Pending,
            Connection::Connecting(attempt) => {
                let answer = ready!(attempt.as_mut().poll(cx));
                self.disconnect();
                self.answered(answer);
            }
            Connection::Refused(_, beginning) => {
                self.refusal = ready!(beginning.as_mut().poll(cx));
                if let Connection::Refused(head, _) = std::mem::replace(&mut self.connection, Connection::None) {
                    self.respond(head);
                }
            }
            Connection::Reading(body) => {
                let chunk = ready!(body.poll_chunk(cx));
                match chunk {
                    Some(Ok(chunk)) => {
                        let now = self.now_if_it_counts();
                        self.machine.handle_chunk(chunk, now);
                    }
                    Some(Err(error)) => {
                        let error = Error::with(ErrorKind::Transport, error);
                        self.machine.handle_error(error, self.now());
                    }
                    None => self.machine.handle_end(self.now()),
                }
            }
        }
        Poll::Ready(())
    }

    fn answered(&mut self, answer: Result<Answer, Error>) {
        match answer {
            Ok(Answer { head, body }) if response::is_event_stream(&head) => {
                self.respond(head);
                self.connection = Connection::Reading(body);
            }
            Ok(Answer { head, body }) => {
                self.connection = Connection::Refused(head, Box::pin(response::beginning(body)));
            }
            Err(error) if error.is_futile() => self.machine.handle_fatal(error, self.now()),
            Err(error) => self.machine.handle_error(error, self.now()),
        }
    }

    /// Tells the machine of an answer.
    fn respond(&mut self, head: Box<Head>) {
        let status = head.status.as_u16();
        let mut response = Response::new(status);
        if let Some(value) = head.headers.get_all(header::CONTENT_TYPE).iter().next_back() {
            response = response.content_type(value.as_bytes());
        }
        if let Some(value) = head.headers.get(header::RETRY_AFTER) {
            let wall_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            response = response.retry_after(value.as_bytes(), wall_time);
        }
        self.machine.handle_response(&response, self.now());
        self.status = Some(status);
        self.head = Some(head);
    }

    /// Waits for the machine's deadline, and tells it when that has come.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Connection::Refused(..) = self.connection {
            // The head has come in time: that it is late would be tried again, where what it says is final.
            return Poll::Pending;
        }
        if std::mem::take(&mut self.away) {
            self.machine.handle_reading(self.now_if_it_counts());
        }
        let deadline = self.machine.deadline().and_then(|deadline| self.start.checked_add(deadline));
        let Some(deadline) = deadline else {
            self.timer = None;
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline || timer.is_elapsed() {
            timer.as_mut().reset(deadline);
        }
        ready!(timer.as_mut().poll(cx));
        self.machine.handle_timeout(self.start.elapsed());
        Poll::Ready(())
    }
}

impl Stream for EventSource {
    type Item = Result<Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let item = match this.machine.poll() {
                Some(Output::Event(event)) => Item::Event(event),
                Some(Output::Comment(text)) => Item::Comment(text),
                Some(output) => match this.perform(output) {
                    Some(item) => return Poll::Ready(item),
                    None => continue,
                },
                None if this.is_terminated() => return Poll::Ready(None),
                None => {
                    if this.poll_connection(cx).is_pending() {
                        ready!(this.poll_timer(cx));
                    }
                    continue;
                }
            };
            this.away = true;
            return Poll::Ready(Some(Ok(item)));
        }
    }
}

impl EventSource {
    /// Does what the machine says: what to give to the user, if anything.
    #[expect(clippy::option_option, reason = "the inner one is that of a stream")]
    fn perform(&mut self, output: Output<Error>) -> Option<Option<Result<Item, Error>>> {
        self.away = true;
        Some(match output {
            Output::Connect => {
                self.connect();
                return None;
            }
            Output::Open => Some(Ok(Item::Open(self.head.take()?))),
            Output::Reconnecting { delay, cause } => {
                self.disconnect();
                let error = self.error(cause).that_is_retried();
                Some(Ok(Item::Reconnecting { delay, error }))
            }
            Output::Failed(cause) => {
                self.close();
                Some(Err(self.error(cause)))
            }
            _ => {
                self.close();
                None
            }
        })
    }

    fn error(&mut self, cause: crate::machine::Cause<Error>) -> Error {
        let answer = self.head.take().map(|head| (head, std::mem::take(&mut self.refusal)));
        Error::of(cause, answer)
    }
}

impl FusedStream for EventSource {
    fn is_terminated(&self) -> bool {
        self.machine.ready_state() == ReadyState::Closed
    }
}

impl fmt::Debug for EventSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource")
            .field("ready_state", &self.ready_state())
            .field("last_event_id", &self.last_event_id())
            .finish_non_exhaustive()
    }
}
