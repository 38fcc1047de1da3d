//! An event source: the rules of `tidings_client::machine`, which `lib/driver.js` drives.
//!
//! Inputs and what can be asked are methods. What the machine says comes as a table, as from a decoder: the events of a chunk, up to
//! the first output of another kind.

// napi exports methods that are public, and no others.
#![allow(unreachable_pub)]

use std::{cell::RefCell, rc::Rc, time::Duration};

use bytes::Bytes;
use napi::{
    Env, Error, Result, Status, Unknown,
    bindgen_prelude::{Uint8Array, Uint16Array, Uint32Array},
};
use napi_derive::napi;
use tidings_client::{
    EventId, OwnedEvent,
    machine::{Cause, Machine, Options, Output, REQUEST_HEADERS, Response, TRANSIENT_STATUSES},
};

use crate::{
    decoder::{MORE, Types},
    raw::{Answer, Chunk, create_function},
    table::{Kind, LONGEST_IN_WINDOW, Memory, Table, Text},
    text::same,
};

/// Where in a result the output stands that follows the events.
const OUTPUT: u32 = 24;
/// An event is looked for so far behind the one before it, in bytes.
const RANGE: usize = 512;
/// By so many bytes, at most, the end of an event is found.
const TAIL: usize = 32;

/// What JavaScript says of an event source. It has checked it. Times are in milliseconds; what is not there has the default of the
/// machine.
#[napi(object)]
pub(crate) struct SourceOptions {
    /// A whole number, or infinite.
    pub max_event_bytes: f64,
    /// One line without NUL.
    pub last_event_id: String,
    /// The options of the machine.
    pub reconnect: Option<bool>,
    pub reconnection_time: Option<f64>,
    pub max_backoff: Option<f64>,
    pub jitter: Option<f64>,
    pub stable_after: Option<f64>,
    pub connect_timeout: Option<f64>,
    pub idle_timeout: Option<f64>,
    pub retry_statuses: Option<Vec<u32>>,
    pub max_failures: Option<u32>,
}

/// The rules of an event source.
#[napi]
pub(crate) struct SourceMachine(Rc<RefCell<Source>>);

#[napi]
impl SourceMachine {
    #[napi(constructor)]
    #[allow(clippy::needless_pass_by_value)] // it is what Node hands over
    pub fn new(options: SourceOptions) -> Result<Self> {
        let options = machine_options(&options)?;
        Ok(Self(Rc::new(RefCell::new(Source {
            machine: Machine::new(options),
            chunk: Bytes::new(),
            at: 0,
            last_event_id: String::new(),
            types: Types::default(),
        }))))
    }

    /// A function `(chunk, take, now) → text`: takes a chunk, if there is one, and says what there is to say.
    #[napi]
    pub fn reader<'env>(
        &self,
        env: &'env Env,
        words: Uint32Array,
        scratch: Uint8Array,
        wide: Uint16Array,
    ) -> Result<Unknown<'env>> {
        create_function(env, Rc::clone(&self.0), words, scratch, wide)
    }

    /// The request is made now. `random` is a whole number of 32 bits, all that counts.
    #[napi]
    pub fn connecting(&self, now: f64, random: u32) {
        self.machine(|machine| machine.handle_connecting(time(now), u64::from(random) << 32));
    }

    /// The head of the response; whether its body is to be read. `wall_time` is what `Date.now()` says.
    #[napi]
    #[allow(clippy::needless_pass_by_value)] // they are what Node hands over
    pub fn response(
        &self,
        status: u16,
        content_type: Option<String>,
        retry_after: Option<String>,
        wall_time: f64,
        now: f64,
    ) -> bool {
        let mut response = Response::new(status);
        if let Some(value) = &content_type {
            response = response.content_type(value.as_bytes());
        }
        if let Some(value) = &retry_after {
            response = response.retry_after(value.as_bytes(), time(wall_time));
        }
        self.machine(|machine| machine.handle_response(&response, time(now)))
    }

    #[napi]
    pub fn reading(&self, now: f64) {
        self.machine(|machine| machine.handle_reading(time(now)));
    }

    #[napi]
    pub fn end(&self, now: f64) {
        self.machine(|machine| machine.handle_end(time(now)));
    }

    /// The connection failed: JavaScript keeps the cause.
    #[napi]
    pub fn error(&self, now: f64) {
        self.machine(|machine| machine.handle_error((), time(now)));
    }

    #[napi]
    pub fn fatal(&self, now: f64) {
        self.machine(|machine| machine.handle_fatal((), time(now)));
    }

    #[napi]
    pub fn timeout(&self, now: f64) {
        self.machine(|machine| machine.handle_timeout(time(now)));
    }

    #[napi]
    pub fn close(&self) {
        let source = &mut *self.0.borrow_mut();
        source.machine.close();
        source.chunk = Bytes::new();
    }

    /// In milliseconds, as `now`.
    #[napi]
    pub fn deadline(&self) -> Option<f64> {
        self.machine(|machine| machine.deadline().map(milliseconds))
    }

    #[napi]
    pub fn reconnection_time(&self) -> f64 {
        self.machine(|machine| milliseconds(machine.reconnection_time()))
    }

    #[napi]
    pub fn failures(&self) -> u32 {
        self.machine(|machine| machine.failures())
    }

    /// The value of the header `Last-Event-ID`, a character for each byte, as `fetch` takes it.
    ///
    /// To connect without an ID that no header can carry would leave events out without a word, so it is an error.
    #[napi]
    pub fn last_event_id_header(&self) -> Result<Option<String>> {
        self.machine(|machine| match machine.last_event_id_header() {
            Some(id) if id.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') => {
                Err(Error::new(Status::InvalidArg, "the last event ID cannot be sent in a header"))
            }
            id => Ok(id.map(|id| id.iter().copied().map(char::from).collect())),
        })
    }

    fn machine<T>(&self, act: impl FnOnce(&mut Machine<()>) -> T) -> T {
        act(&mut self.0.borrow_mut().machine)
    }
}

/// The headers of every request, unless the user sets others.
#[napi]
pub(crate) fn request_headers() -> Vec<Vec<&'static str>> {
    REQUEST_HEADERS.iter().map(|(name, value)| vec![*name, *value]).collect()
}

/// The statuses of trouble that passes.
#[napi]
pub(crate) fn transient_statuses() -> Vec<u32> {
    TRANSIENT_STATUSES.map(u32::from).into()
}

/// A machine, and what JavaScript knows of its events.
struct Source {
    machine: Machine<()>,
    /// A copy of the chunk whose events are being told, which are looked for in it.
    chunk: Bytes,
    /// The end of the last one there.
    at: usize,
    last_event_id: String,
    types: Types,
}

impl Answer for Rc<RefCell<Source>> {
    #[inline(always)]
    fn answer<'a>(&mut self, chunk: Chunk<'a>, now: f64, memory: Memory<'a>) -> u32 {
        let source = &mut *self.borrow_mut();
        if let Chunk::Bytes(chunk) = chunk {
            source.chunk = Bytes::copy_from_slice(chunk);
            source.at = 0;
            source.machine.handle_chunk(source.chunk.clone(), time(now));
        }
        source.say(memory)
    }
}

impl Source {
    /// Tells what the machine says, up to the first output that is no event.
    fn say(&mut self, memory: Memory<'_>) -> u32 {
        let chunk = self.chunk.clone();
        // The chunk does not live as long as this memory does.
        let Memory { words, scratch, wide, make_text } = memory;
        let mut make_text = |text: Text<'_>| make_text(text);
        let mut table = Table::new(Memory { words, scratch, wide, make_text: &mut make_text }, &chunk, chunk.len());
        let result = loop {
            if table.is_full() {
                break MORE;
            }
            match self.machine.poll() {
                Some(Output::Event(event)) => self.event(&event, &mut table),
                Some(output) => break say(output, &mut table) << OUTPUT,
                None => {
                    self.chunk = Bytes::new();
                    break 0;
                }
            }
        };
        // A block without data has changed it.
        if !same(self.last_event_id.as_bytes(), self.machine.last_event_id().as_bytes()) && result & MORE == 0 {
            self.machine.last_event_id().clone_into(&mut self.last_event_id);
            table.text(Kind::LastEventId, 0, &self.last_event_id);
        }
        table.finish() as u32 | result
    }

    /// An event owns a copy of its text, unless it is large. In the chunk it stands behind the one before it.
    #[inline(always)]
    fn event(&mut self, event: &OwnedEvent, table: &mut Table<'_>) {
        let (event, at) = (event.as_event(), self.at);
        if !same(event.last_event_id.as_bytes(), self.last_event_id.as_bytes()) {
            event.last_event_id.clone_into(&mut self.last_event_id);
            table.copied_text(Kind::LastEventId, 0, event.last_event_id, at..self.until(0));
        }
        let event_type = self.types.of(event.event_type, table);
        // To look for long text would take long, and gain nothing: it is not cut out of a window.
        if event.data.len() <= LONGEST_IN_WINDOW {
            let range = at..self.until(event.data.len());
            let end = table.copied_text(Kind::Event, event_type, event.data, range);
            self.at = end.unwrap_or_else(|| self.end_of(event.data));
        } else {
            table.text(Kind::Event, event_type, event.data);
            self.at = self.end_of(event.data);
        }
    }

    /// Up to where text of this length is looked for.
    #[inline(always)]
    fn until(&self, length: usize) -> usize {
        (self.at + length + RANGE).min(self.chunk.len())
    }

    /// The end of data that is not in the chunk as it is, by its last bytes. A wrong answer costs some time and nothing else.
    #[inline(never)]
    fn end_of(&self, data: &str) -> usize {
        let tail = &data.as_bytes()[data.len().saturating_sub(TAIL)..];
        let found = memchr::memmem::find(&self.chunk[self.at..self.until(data.len())], tail);
        found.map_or(self.at, |at| self.at + at + tail.len())
    }
}

/// Writes the header of an output that is no event: its number.
fn say(output: Output<()>, table: &mut Table<'_>) -> u32 {
    match output {
        Output::Connect => 1,
        Output::Open => 2,
        Output::Reconnecting { delay, cause } => {
            write_cause(&cause, u32::try_from(delay.as_millis()).unwrap_or(u32::MAX), table);
            3
        }
        Output::Failed(cause) => {
            write_cause(&cause, 0, table);
            4
        }
        // Ended.
        _ => 5,
    }
}

/// The number of a cause in `lib/driver.js` and its text, and two words: the status and the delay, or a position.
fn write_cause(cause: &Cause<()>, delay: u32, table: &mut Table<'_>) {
    let (number, words) = match cause {
        Cause::End => (0, [0, delay]),
        Cause::ConnectTimeout => (2, [0, delay]),
        Cause::IdleTimeout => (3, [0, delay]),
        Cause::Status(status) => (4, [u32::from(*status), delay]),
        Cause::ContentType(_) => (5, [0, delay]),
        Cause::Decode(error) => (6, [error.position() as u32, (error.position() >> 32) as u32]),
        _ => (1, [0, delay]),
    };
    let text = table.make_text(&cause.to_string());
    table.words([number | text << 8, words[0], words[1]]);
}

type SetTime = fn(Options, Duration) -> Options;

fn machine_options(given: &SourceOptions) -> Result<Options> {
    #[expect(clippy::cast_sign_loss, reason = "it was checked")]
    let max_event_bytes = given.max_event_bytes as usize;
    let id = EventId::new(&given.last_event_id).map_err(|error| Error::new(Status::InvalidArg, error.to_string()))?;
    let mut options = Options::new().max_event_bytes(max_event_bytes).last_event_id(id);
    if let Some(reconnect) = given.reconnect {
        options = options.reconnect(reconnect);
    }
    if let Some(statuses) = &given.retry_statuses {
        options = options.retry_statuses(statuses.iter().map(|status| *status as u16));
    }
    if let Some(jitter) = given.jitter {
        options = options.jitter(jitter);
    }
    if given.max_failures.is_some() {
        options = options.max_failures(given.max_failures);
    }
    let times: [(Option<f64>, SetTime); 5] = [
        (given.reconnection_time, Options::reconnection_time),
        (given.max_backoff, Options::max_backoff),
        (given.stable_after, Options::stable_after),
        (given.connect_timeout, |options, timeout| options.connect_timeout(timeout)),
        (given.idle_timeout, |options, timeout| options.idle_timeout(timeout)),
    ];
    Ok(times.into_iter().fold(options, |options, (given, set)| match given {
        Some(given) => set(options, time(given)),
        None => options,
    }))
}

/// A time of JavaScript. An infinite one is longer than anything.
fn time(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or(Duration::MAX)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
