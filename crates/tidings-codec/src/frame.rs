//! Writing: what a frame says, and how it goes on the wire (HTML 9.2.5).

#[cfg(feature = "bytes")]
use alloc::vec::Vec;
use alloc::{borrow::Cow, string::String};
use core::time::Duration;

use crate::{EncodeBuffer, EventId, EventType, digits::Digits};

/// A frame to be written: an event, or a comment, an ID or a reconnection time without one.
///
/// Nothing that can be put into it can inject a line: data and comments are split where they have line ends, and an
/// [`EventType`] or [`EventId`] has none.
///
/// # Examples
///
/// ```
/// use tidings_codec::{EventId, EventType, Frame};
///
/// let frame = Frame::event("21.5\n22.0").event_type(EventType::from_static("temperature")).id(EventId::new("7")?);
/// let mut buffer = Vec::new();
/// frame.encode_into(&mut buffer);
/// assert_eq!(buffer, b"event: temperature\nid: 7\ndata: 21.5\ndata: 22.0\n\n");
///
/// let mut buffer = Vec::new();
/// Frame::new().comment("keep-alive").encode_into(&mut buffer);
/// assert_eq!(buffer, b": keep-alive\n\n");
/// # Ok::<(), tidings_codec::InvalidName>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a frame is only a description until it is encoded"]
pub struct Frame<'a> {
    comment: Option<Cow<'a, str>>,
    event_type: Option<EventType>,
    id: Option<EventId>,
    retry: Option<Digits>,
    data: Option<Data<'a>>,
}

/// The data of a [`Frame`]: made from any kind of text.
#[derive(Clone, Debug)]
pub struct Data<'a>(pub(crate) Repr<'a>);

#[derive(Clone, Debug)]
pub(crate) enum Repr<'a> {
    Borrowed(&'a str),
    Owned(String),
    /// Without line ends.
    #[cfg(feature = "json")]
    OneLine(String),
    /// Of an event that was decoded.
    #[cfg(feature = "bytes")]
    Shared(bytes::Bytes),
}

impl<'a> Frame<'a> {
    /// A frame that says nothing yet, and as long as it does is encoded as nothing.
    pub const fn new() -> Self {
        Self { comment: None, event_type: None, id: None, retry: None, data: None }
    }

    /// An event with this data, which may be empty, have several lines, and end in a line end.
    ///
    /// A reader gets it as it is here, but with each CRLF and CR as LF: the format cannot tell them apart.
    pub fn event(data: impl Into<Data<'a>>) -> Self {
        Self::new().data(data)
    }

    /// Sets the data, and so makes the frame an event.
    pub fn data(mut self, data: impl Into<Data<'a>>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// Sets the data to bytes that are UTF-8.
    #[cfg(feature = "bytes")]
    pub(crate) fn data_bytes(mut self, data: bytes::Bytes) -> Self {
        self.data = Some(Data(Repr::Shared(data)));
        self
    }

    /// Sets the event type. Without one, or with the empty one, it is `message`.
    pub fn event_type(mut self, event_type: EventType) -> Self {
        self.event_type = Some(event_type);
        self
    }

    /// Sets the ID, which becomes the client's last event ID: of an event, or for itself. The empty one resets it.
    pub fn id(mut self, id: EventId) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets the client's reconnection time. It is written in whole milliseconds; what is beyond them is cut off.
    pub fn retry(mut self, reconnection_time: Duration) -> Self {
        let milliseconds = u64::try_from(reconnection_time.as_millis()).unwrap_or(u64::MAX);
        self.retry = Some(Digits::new(milliseconds));
        self
    }

    /// Adds a comment, which clients ignore: one line for each of its lines.
    pub fn comment(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// The length of the encoded frame, in bytes: exactly what [`encode_into`](Self::encode_into) adds.
    ///
    /// It costs a look at the data for line ends.
    pub fn encoded_len(&self) -> usize {
        self.len(self.lines())
    }

    /// Encodes the frame to the end of `buffer`: a `Vec<u8>`, or a `BytesMut` with the feature `bytes`.
    ///
    /// # Copies
    ///
    /// The data once.
    pub fn encode_into(&self, buffer: &mut impl EncodeBuffer) {
        buffer.reserve(self.data.as_ref().map_or(0, |data| data.as_bytes().len()) + USUAL_OVERHEAD);
        self.for_each_slice(|slice| buffer.put(slice));
    }

    /// Encodes the frame once, to be sent to any number of clients.
    ///
    /// # Copies
    ///
    /// The data once, into one allocation of exactly the length.
    #[cfg(feature = "bytes")]
    pub fn encode(&self) -> crate::EncodedFrame {
        let lines = self.lines().looked_ahead();
        let mut buffer = Vec::with_capacity(self.len(lines.clone()));
        self.write(lines, |slice| buffer.extend_from_slice(slice));
        crate::EncodedFrame::new(buffer.into())
    }

    /// Calls `write` with the slices whose concatenation is the encoded frame, for vectored I/O.
    ///
    /// # Copies
    ///
    /// Nothing: the data's lines are slices of the data.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{IoSlice, Write};
    /// use tidings_codec::Frame;
    ///
    /// let frame = Frame::event("hello");
    /// let mut slices = Vec::new();
    /// frame.for_each_slice(|slice| slices.push(IoSlice::new(slice)));
    /// assert_eq!(slices.len(), 3);
    ///
    /// let mut out = Vec::new();
    /// out.write_vectored(&slices)?;
    /// assert_eq!(out, b"data: hello\n\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn for_each_slice<'s>(&'s self, write: impl FnMut(&'s [u8])) {
        self.write(self.lines(), write);
    }

    /// The lines of the data.
    #[inline]
    fn lines(&self) -> Lines<'_> {
        match &self.data {
            None => Lines::none(),
            #[cfg(feature = "json")]
            Some(Data(Repr::OneLine(json))) => Lines::one(json.as_bytes()),
            Some(data) => Lines::of(data.as_bytes()),
        }
    }

    /// The length of the encoded frame, whose data has these lines.
    fn len(&self, lines: Lines<'_>) -> usize {
        let mut length = 0;
        self.write(lines, |slice| length += slice.len());
        length
    }

    /// The encoded frame in slices.
    #[inline(always)]
    fn write<'s>(&'s self, lines: Lines<'s>, mut write: impl FnMut(&'s [u8])) {
        let mut open = self.write_fields(&mut write);
        for text in lines {
            if open {
                write(b"\ndata: ");
            } else {
                write(b"data: ");
            }
            write(text);
            open = true;
        }
        if open {
            write(b"\n\n");
        }
    }

    /// The encoded fields other than data, without the end of the last line. Returns whether there are any.
    #[inline(always)]
    pub(crate) fn write_fields<'s>(&'s self, mut write: impl FnMut(&'s [u8])) -> bool {
        let mut open = false;
        macro_rules! field {
            ($name:literal, $value:expr) => {
                if open {
                    write(concat!("\n", $name).as_bytes());
                } else {
                    write($name.as_bytes());
                }
                open = true;
                write($value);
            };
        }
        if let Some(comment) = &self.comment {
            for text in Lines::of(comment.as_bytes()) {
                field!(": ", text);
            }
        }
        if let Some(event_type) = &self.event_type {
            field!("event: ", event_type.as_bytes());
        }
        if let Some(id) = &self.id {
            field!("id: ", id.as_bytes());
        }
        if let Some(retry) = &self.retry {
            field!("retry: ", retry.as_bytes());
        }
        open
    }
}

/// What a frame takes beside its data if it has short names, in bytes.
const USUAL_OVERHEAD: usize = 64;

impl Data<'_> {
    #[inline]
    fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Borrowed(text) => text.as_bytes(),
            Repr::Owned(text) => text.as_bytes(),
            #[cfg(feature = "json")]
            Repr::OneLine(text) => text.as_bytes(),
            #[cfg(feature = "bytes")]
            Repr::Shared(bytes) => bytes,
        }
    }
}

impl<'a> From<&'a str> for Data<'a> {
    fn from(text: &'a str) -> Self {
        Self(Repr::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Data<'a> {
    fn from(text: &'a String) -> Self {
        Self(Repr::Borrowed(text))
    }
}

impl From<String> for Data<'_> {
    fn from(text: String) -> Self {
        Self(Repr::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Data<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

/// The lines of a text, as a reader of the format sees them: what stands between LF, CR and CRLF.
#[derive(Clone)]
struct Lines<'s> {
    rest: Option<&'s [u8]>,
    /// `rest` is known to have no line end.
    one: bool,
}

impl<'s> Lines<'s> {
    fn none() -> Self {
        Self { rest: None, one: true }
    }

    #[cfg(feature = "json")]
    fn one(text: &'s [u8]) -> Self {
        Self { rest: Some(text), one: true }
    }

    #[inline]
    fn of(text: &'s [u8]) -> Self {
        Self { rest: Some(text), one: false }
    }

    /// The same lines; if it is one, that is found out now and for good.
    #[cfg(feature = "bytes")]
    #[inline]
    fn looked_ahead(self) -> Self {
        let one = self.one || self.rest.is_none_or(|text| memchr::memchr2(b'\n', b'\r', text).is_none());
        Self { one, ..self }
    }
}

impl<'s> Iterator for Lines<'s> {
    type Item = &'s [u8];

    #[inline]
    fn next(&mut self) -> Option<&'s [u8]> {
        let text = self.rest.take()?;
        if self.one {
            return Some(text);
        }
        let Some(end) = memchr::memchr2(b'\n', b'\r', text) else { return Some(text) };
        let (line, rest) = text.split_at(end);
        self.rest = rest.strip_prefix(b"\r\n").or(rest.get(1..));
        Some(line)
    }
}
