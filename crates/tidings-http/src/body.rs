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
use http::{HeaderMap, HeaderName, HeaderValue};
use pin_project_lite::pin_project;
use tidings_codec::Frame;

use crate::{
    Chunk, IntoFrames, Options, RESPONSE_HEADERS,
    into_frames::Causes,
    machine::{Due, Machine, Moment},
    shutdown::Member,
    timer::Timer,
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
        machine: Machine,
        timer: Timer,
        options: Options,
        // In a box, because it is large, and a server that ends otherwise has none.
        member: Option<Pin<Box<Member>>>,
        last_len: u32,
        begun: bool,
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
        let now = settings.now();
        let mut machine = Machine::new(settings.grid.as_ref(), now, fastrand::f64());
        if let Some(lifetime) = settings.lifetime {
            let lasts = lifetime.longest.saturating_sub(lifetime.jitter.mul_f64(fastrand::f64()));
            machine.end(now.after(lasts), None);
        }
        Self {
            source: Some(source),
            machine,
            timer: Timer::default(),
            options: options.clone(),
            member: settings.shutdown.as_ref().map(|shutdown| Box::pin(Member::new(shutdown))),
            last_len: 0,
            begun: false,
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
        self.machine.end(self.options.settings().now().after(time), None);
        self
    }

    /// A response with this body, status 200, and the [headers](RESPONSE_HEADERS) of an event stream.
    pub fn into_response(self) -> http::Response<Self> {
        // As large as it must be, since hyper keeps it as long as the connection.
        let mut headers = HeaderMap::with_capacity(RESPONSE_HEADERS.len());
        for (name, value) in RESPONSE_HEADERS {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let mut response = http::Response::new(self);
        *response.headers_mut() = headers;
        response
    }

    fn poll_chunk(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = self.as_mut().project();
        if this.source.is_none() {
            return Poll::Ready(None);
        }
        let now = this.options.settings().now();
        if let Some(member) = this.member {
            drain(member.as_mut(), this.machine, now);
        }
        if let Due::End(reconnection_time) = this.machine.poll(this.options.settings().grid.as_ref(), now) {
            return Poll::Ready(self.end(reconnection_time));
        }
        match self.as_mut().gather(cx) {
            Gathered::Chunk(chunk) => {
                self.project().machine.wrote(now);
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
        let mut chunk = Chunk::new(*this.last_len as usize);
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
            *this.last_len = u32::try_from(chunk.len() + chunk.len() / 8).unwrap_or(u32::MAX);
            return Gathered::Chunk(chunk.into_bytes());
        }
        if this.source.is_none() { Gathered::End } else { Gathered::Nothing }
    }

    /// Waits for what else can happen while the source has nothing.
    fn poll_idle(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut now: Moment) -> Poll<Option<Bytes>> {
        loop {
            let this = self.as_mut().project();
            if let Some(member) = this.member
                && member.as_mut().poll_called(cx).is_ready()
            {
                drain(member.as_mut(), this.machine, now);
                continue;
            }
            let settings = this.options.settings();
            match this.machine.poll(settings.grid.as_ref(), now) {
                Due::End(reconnection_time) => return Poll::Ready(self.end(reconnection_time)),
                Due::KeepAlive => {
                    this.machine.kept_alive(now);
                    return Poll::Ready(Some(settings.comment.clone().into_bytes()));
                }
                Due::Nothing => {}
            }
            let Some(deadline) = this.machine.deadline(settings.grid.as_ref()) else { return Poll::Pending };
            ready!(this.timer.poll(deadline, now, &settings.timers, settings.origin, cx));
            now = settings.now();
        }
    }

    /// Drops the source and tells the reconnection time, if there is one to tell.
    fn end(self: Pin<&mut Self>, reconnection_time: Option<Duration>) -> Option<Bytes> {
        self.project().source.set(None);
        reconnection_time.map(|time| Frame::new().retry(time).encode().into_bytes())
    }
}

/// Lets the machine know if the server drains its bodies, and it has not heard of that.
fn drain(member: Pin<&mut Member>, machine: &mut Machine, now: Moment) {
    if let Some(window) = member.window() {
        machine.drain(window, now, [fastrand::f64(), fastrand::f64()]);
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
