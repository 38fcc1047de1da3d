//! The event streams, the same for all adapters.

use std::time::Duration;

use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tidings_http::{
    EncodedFrame, EventBody, EventId, EventType, Frame, InvalidName, LastEventId, Options, OptionsBuilder, Shutdown,
};
use tokio::{sync::watch, time::sleep};

use crate::query::Query;

/// How long clients wait before they come back: so short that tests need not wait for it, and unlike the default of browsers.
const RECONNECTION_TIME: Duration = Duration::from_millis(200);

/// What the events come from.
type Source = BoxStream<'static, Result<EncodedFrame, InvalidName>>;

/// What the adapters send.
pub(crate) type Body = EventBody<Source>;

/// What all streams of one server share. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    shutdown: Shutdown,
    /// How many events of `/step` were asked for.
    steps: watch::Sender<u64>,
}

impl Streams {
    /// Nothing is open yet.
    pub(crate) fn new() -> Self {
        Self { shutdown: Shutdown::new(), steps: watch::Sender::new(0) }
    }

    /// What ends all streams.
    pub(crate) fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// The body of `/feed`.
    pub(crate) fn feed(&self, query: Option<&str>, last: &LastEventId) -> Body {
        let query = Query::new(query);
        let first = last.as_str().and_then(|id| id.parse::<u64>().ok()).map_or(1, |last| last + 1);
        let count = query.number("count").unwrap_or(u64::MAX);
        let every = query.number("every").map(Duration::from_millis);
        let filling = "x".repeat(query.number("bytes").unwrap_or_default() as usize);
        let events = stream::iter(first..=count).then(move |number| {
            let event = numbered(number, &filling);
            async move {
                if let Some(every) = every
                    && number > first
                {
                    sleep(every).await;
                }
                event
            }
        });
        self.body(events.map(Ok).chain(stream::pending()).boxed(), Options::builder())
    }

    /// The body of `/kinds`.
    pub(crate) fn kinds(&self, last: &LastEventId) -> Body {
        const GREETING: EventType<'_> = EventType::from_static("greeting");
        const BACK: EventType<'_> = EventType::from_static("back");
        let frames = match last.as_str() {
            Some(last) => vec![Frame::event(last).event_type(BACK).encode()],
            None => vec![
                Frame::event("plain").encode(),
                Frame::event("two\nlines, and one that is empty:\n").event_type(GREETING).encode(),
                Frame::event("grüß dich 🎉").event_type(GREETING).encode(),
                Frame::event(" : a space, a colon").encode(),
                Frame::event("").encode(),
                Frame::event("with an ID").id(EventId::from_static("№ 7")).encode(),
            ],
        };
        self.body(stream::iter(frames).map(Ok).boxed(), Options::builder())
    }

    /// The body of `/quiet`.
    pub(crate) fn quiet(&self) -> Body {
        self.body(stream::pending().boxed(), Options::builder().keep_alive(Duration::from_millis(100)))
    }

    /// The body of `/step`: the events that are asked for from now on.
    pub(crate) fn step(&self) -> Body {
        let steps = self.steps.subscribe();
        let sent = *steps.borrow();
        let events = stream::unfold((steps, sent), |(mut steps, sent)| async move {
            steps.wait_for(|asked| *asked > sent).await.ok()?;
            Some((numbered(sent + 1, ""), (steps, sent + 1)))
        });
        self.body(events.map(Ok).boxed(), Options::builder())
    }

    /// Asks for the next event of `/step`.
    pub(crate) fn next(&self) {
        self.steps.send_modify(|steps| *steps += 1);
    }

    /// The body of `/echo`: a frame of what the query has. It stays open, with the comment as keep-alive.
    pub(crate) fn echo(&self, query: Option<&str>, last: &LastEventId) -> Body {
        let query = Query::new(query);
        let mut options = Options::builder().keep_alive(Duration::from_millis(10));
        if let Some(text) = query.text("comment") {
            options = options.keep_alive_text(text);
        }
        let frame = echo(&query, last);
        let frames = stream::iter(frame.transpose()).chain(stream::pending());
        self.body(frames.boxed(), options)
    }

    /// The body of `/private`.
    pub(crate) fn private(&self, user: &str) -> Body {
        let frame = Frame::event(user).encode();
        self.body(stream::iter([Ok(frame)]).chain(stream::pending()).boxed(), Options::builder())
    }

    fn body(&self, source: Source, options: OptionsBuilder) -> Body {
        let options = options.reconnection_time(RECONNECTION_TIME).shutdown(&self.shutdown);
        options.build().expect("the options are in their ranges").body(source)
    }
}

/// The event with this number as ID, and as data with something behind it.
fn numbered(number: u64, filling: &str) -> EncodedFrame {
    let number = number.to_string();
    let id = EventId::new(&number).expect("digits are an ID");
    Frame::event(&format!("{number}{filling}")).id(id).encode()
}

fn echo(query: &Query<'_>, last: &LastEventId) -> Result<Option<EncodedFrame>, InvalidName> {
    let [data, event_type, id, comment] = ["data", "type", "id", "comment"].map(|name| query.text(name));
    let mut frame = Frame::new();
    if let Some(comment) = &comment {
        frame = frame.comment(comment);
    }
    if let Some(data) = &data {
        frame = frame.data(data);
    }
    if let Some(event_type) = &event_type {
        frame = frame.event_type(EventType::new(event_type)?);
    }
    if let Some(id) = &id {
        frame = frame.id(EventId::new(id)?);
    } else if let Some(id) = last.as_event_id() {
        frame = frame.id(id);
    }
    let is_something = data.is_some() || comment.is_some();
    Ok(is_something.then(|| frame.encode()))
}
