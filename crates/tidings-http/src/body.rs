//! The response body.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderName, HeaderValue};
use pin_project_lite::pin_project;
use tidings_codec::Frame;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{
    Chunk, IntoFrames, Options, RESPONSE_HEADERS,
    into_frames::Causes,
    machine::{Due, Machine},
    shutdown::Member,
};

pin_project! {
    /// The body of a response that sends the events of a source: any stream whose items [become frames](IntoFrames).
    ///
    /// It is an [`http_body::Body`], and a [`Stream`] of the same chunks. Each chunk has whole events only, and is never empty.
    /// Nothing is asked of the source before the server asks for a chunk, or while there is an end to be written. It is never
    /// [`Unpin`]: to read one yourself, pin it.
    ///
    /// When the source ends, so does the body. When it fails, the body ends after the last whole event, and the error is logged
    /// with its causes through `tracing` (or `log`, where that is used): the client sees the end of a response, and comes back.
    /// Nothing is asked of a source that has ended or failed; it is dropped at once.
    ///
    /// # Panics
    ///
    /// Waiting for anything panics outside of a tokio runtime with time enabled. All servers that this is for have one.
    #[must_use = "a body does nothing unless a server sends it"]
    pub struct EventBody<S> {
        // `None` once the body is to end.
        #[pin]
        source: Option<S>,
        // Set when there is first something to wait for.
        #[pin]
        timer: Option<Sleep>,
        // In a box, because it is large, and a server that ends otherwise has none.
        member: Option<Pin<Box<Member>>>,
        machine: Machine,
        options: Options,
        begun: bool,
        last_len: usize,
    }
}

impl<S> EventBody<S>
where
    S: Stream,
    S::Item: IntoFrames,
{
    /// How many items of the source are taken for one chunk, so that a source of nothing cannot hold the thread for ever.
    const MOST_ITEMS: usize = 16 * 1024;

    /// A body with the default options.
    pub fn new(source: S) -> Self {
        Self::with_options(source, &Options::default())
    }

    /// A body with these options. The same as [`Options::body`].
    pub fn with_options(source: S, options: &Options) -> Self {
        let settings = options.settings();
        let now = Instant::now();
        let mut machine = Machine::new(settings.keep_alive, now.into_std(), fastrand::f64());
        if let Some(lifetime) = settings.lifetime {
            let lasts = lifetime.longest.saturating_sub(lifetime.jitter.mul_f64(fastrand::f64()));
            machine.end((now + lasts).into_std(), None);
        }
        Self {
            source: Some(source),
            timer: None,
            member: settings.shutdown.as_ref().map(|shutdown| Box::pin(Member::new(shutdown))),
            machine,
            options: options.clone(),
            begun: false,
            last_len: 0,
        }
    }

    /// Ends the body at this time, if it has not ended before: when the token that the client came with expires, say. A time in
    /// the past is now.
    ///
    /// It counts by the clock of the system as it is now, and is not moved when that clock is set.
    pub fn ends_at(self, time: SystemTime) -> Self {
        self.ends_after(time.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// Ends the body after this time, if it has not ended before.
    pub fn ends_after(mut self, time: Duration) -> Self {
        if let Some(at) = Instant::now().checked_add(time) {
            self.machine.end(at.into_std(), None);
        }
        self
    }

    /// A response with this body, status 200, and the [headers](RESPONSE_HEADERS) of an event stream.
    pub fn into_response(self) -> http::Response<Self> {
        let mut response = http::Response::new(self);
        for (name, value) in RESPONSE_HEADERS {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response
    }

    fn poll_chunk(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let now = Instant::now();
        let this = self.as_mut().project();
        if this.source.is_none() {
            return Poll::Ready(None);
        }
        if let Some(member) = this.member {
            drain(member.as_mut(), this.machine, now);
        }
        if let Due::End(reconnection_time) = this.machine.poll(&this.options.settings().grid, now.into_std()) {
            return Poll::Ready(self.end(reconnection_time));
        }
        match self.as_mut().gather(cx) {
            Gathered::Chunk(chunk) => {
                self.project().machine.wrote(now.into_std());
                Poll::Ready(Some(chunk))
            }
            Gathered::End => Poll::Ready(None),
            Gathered::Nothing => self.poll_idle(cx, now),
        }
    }

    /// Takes from the source what is ready.
    fn gather(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Gathered {
        let mut this = self.project();
        let settings = this.options.settings();
        let mut chunk = Chunk::new(*this.last_len);
        let begins = !std::mem::replace(this.begun, true);
        if begins && let Some(retry) = &settings.retry {
            chunk.push_encoded(retry.clone());
        }
        let mut items = 0;
        while chunk.len() < settings.chunk_bytes {
            let Some(source) = this.source.as_mut().as_pin_mut() else { break };
            match source.poll_next(cx) {
                Poll::Ready(Some(item)) => {
                    if let Err(error) = item.write_to(&mut chunk) {
                        tracing::error!(error = %Causes(&error), "the source of an event stream failed, which ends the response");
                        this.source.set(None);
                    }
                }
                Poll::Ready(None) => this.source.set(None),
                Poll::Pending => {
                    if begins && chunk.is_empty() {
                        chunk.push_encoded(settings.comment.clone());
                    }
                    break;
                }
            }
            items += 1;
            if items == Self::MOST_ITEMS {
                cx.waker().wake_by_ref();
                break;
            }
        }
        if !chunk.is_empty() {
            // A little more than the last time, so that one allocation does for chunks that do not grow.
            *this.last_len = chunk.len() + chunk.len() / 8;
            return Gathered::Chunk(chunk.into_bytes());
        }
        if this.source.is_none() { Gathered::End } else { Gathered::Nothing }
    }

    /// Waits for what else can happen while the source has nothing.
    fn poll_idle(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut now: Instant) -> Poll<Option<Bytes>> {
        loop {
            let mut this = self.as_mut().project();
            if let Some(member) = this.member
                && member.as_mut().poll_called(cx).is_ready()
            {
                drain(member.as_mut(), this.machine, now);
                continue;
            }
            match this.machine.poll(&this.options.settings().grid, now.into_std()) {
                Due::End(reconnection_time) => return Poll::Ready(self.end(reconnection_time)),
                Due::KeepAlive => {
                    this.machine.kept_alive(&this.options.settings().grid, now.into_std());
                    return Poll::Ready(Some(this.options.settings().comment.clone().into_bytes()));
                }
                Due::Nothing => {}
            }
            let Some(deadline) = this.machine.deadline(&this.options.settings().grid) else { return Poll::Pending };
            let deadline = Instant::from_std(deadline);
            match this.timer.as_mut().as_pin_mut() {
                None => this.timer.set(Some(sleep_until(deadline))),
                // Each write moves the deadline further away. To move the timer with it costs more than to be woken once too early.
                Some(timer) if timer.deadline() > deadline || timer.deadline() <= now => timer.reset(deadline),
                Some(_) => {}
            }
            if let Some(timer) = this.timer.as_pin_mut() {
                ready!(timer.poll(cx));
            }
            now = Instant::now();
        }
    }

    /// Drops the source and tells the reconnection time, if there is one to tell.
    fn end(self: Pin<&mut Self>, reconnection_time: Option<Duration>) -> Option<Bytes> {
        self.project().source.set(None);
        reconnection_time.map(|time| Frame::new().retry(time).encode().into_bytes())
    }
}

/// Lets the machine know if the server drains its bodies, and it has not heard of that.
fn drain(member: Pin<&mut Member>, machine: &mut Machine, now: Instant) {
    if let Some(window) = member.window(now) {
        machine.drain(window, now.into_std(), [fastrand::f64(), fastrand::f64()]);
    }
}

/// What there was to gather.
enum Gathered {
    Chunk(Bytes),
    Nothing,
    End,
}

impl<S> http_body::Body for EventBody<S>
where
    S: Stream,
    S::Item: IntoFrames,
{
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        self.poll_chunk(cx).map(|chunk| chunk.map(|chunk| Ok(http_body::Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.source.is_none()
    }
}

impl<S> Stream for EventBody<S>
where
    S: Stream,
    S::Item: IntoFrames,
{
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx).map(|chunk| chunk.map(Ok))
    }
}

impl<S> fmt::Debug for EventBody<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventBody")
            .field("ended", &self.source.is_none())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
