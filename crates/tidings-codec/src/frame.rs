//! Writing: what a frame says, and how it goes on the wire (HTML 9.2.5).

use core::time::Duration;

use crate::{
    EncodeBuffer, EventId, EventType,
    digits::Digits,
    raw::{LineEnds, Writer, length_of_lines, write_into},
};

/// What a frame is to say: an event, or a comment, an ID or a reconnection time without one.
///
/// It borrows all of it, and is encoded into a buffer or into an `EncodedFrame`, which is what to keep, send and share.
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
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a frame is only a description until it is encoded"]
pub struct Frame<'a> {
    comment: Option<&'a str>,
    event_type: Option<EventType<'a>>,
    id: Option<EventId<'a>>,
    retry: Option<Digits>,
    data: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// A frame that says nothing yet, and as long as it does is encoded as nothing.
    #[inline]
    pub const fn new() -> Self {
        Self { comment: None, event_type: None, id: None, retry: None, data: None }
    }

    /// An event with this data, which may be empty, have several lines, and end in a line end.
    ///
    /// A reader gets it as it is here, but with each CRLF and CR as LF: the format cannot tell them apart.
    #[inline]
    pub const fn event(data: &'a str) -> Self {
        Self::new().data(data)
    }

    /// Sets the data, and so makes the frame an event.
    #[inline]
    pub const fn data(mut self, data: &'a str) -> Self {
        self.data = Some(data);
        self
    }

    /// Sets the event type. Without one, or with the empty one, it is `message`.
    #[inline]
    pub const fn event_type(mut self, event_type: EventType<'a>) -> Self {
        self.event_type = Some(event_type);
        self
    }

    /// Sets the ID, which becomes the client's last event ID: of an event, or for itself. The empty one resets it.
    #[inline]
    pub const fn id(mut self, id: EventId<'a>) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets the client's reconnection time. It is written in whole milliseconds; what is beyond them is cut off.
    #[inline]
    pub fn retry(mut self, reconnection_time: Duration) -> Self {
        let milliseconds = u64::try_from(reconnection_time.as_millis()).unwrap_or(u64::MAX);
        self.retry = Some(Digits::new(milliseconds));
        self
    }

    /// Adds a comment, which clients ignore: one line for each of its lines.
    #[inline]
    pub const fn comment(mut self, text: &'a str) -> Self {
        self.comment = Some(text);
        self
    }

    /// The length of the encoded frame, in bytes: exactly what [`encode_into`](Self::encode_into) adds.
    ///
    /// It costs a look at the data for line ends.
    pub fn encoded_len(&self) -> usize {
        self.len(self.data.map(Data::new))
    }

    /// Encodes the frame to the end of `buffer`: a `Vec<u8>`, or a `BytesMut` with the feature `bytes`.
    ///
    /// # Copies
    ///
    /// The data once.
    pub fn encode_into(&self, buffer: &mut impl EncodeBuffer) {
        const LONGEST_FIELD: usize = "retry: \n".len() + Digits::MOST;
        let (None, Some(data)) = (self.comment, self.data) else {
            return self.for_each_slice(|slice| buffer.put(slice));
        };
        let data = Data::new(data);
        let names =
            self.event_type.map_or(0, |text| text.as_str().len()) + self.id.map_or(0, |text| text.as_str().len());
        let room = names + 4 * LONGEST_FIELD + data.likely_len();
        self.put_event(data, room, buffer);
    }

    /// Encodes the frame once, to be sent to any number of clients.
    ///
    /// # Copies
    ///
    /// The data once, into one allocation of exactly the length.
    #[cfg(feature = "bytes")]
    pub fn encode(&self) -> crate::EncodedFrame {
        crate::EncodedFrame::new(self.encode_exact(0).into())
    }

    /// Encodes the frame into room for it and for `more` bytes, and for nothing else.
    #[cfg(feature = "bytes")]
    pub(crate) fn encode_exact(&self, more: usize) -> alloc::vec::Vec<u8> {
        let data = self.data.map(Data::new);
        let length = self.len(data);
        let mut buffer = alloc::vec::Vec::with_capacity(length + more);
        match data {
            Some(data) if self.comment.is_none() => self.put_event(data, length, &mut buffer),
            _ => self.for_each_slice(|slice| buffer.extend_from_slice(slice)),
        }
        buffer
    }

    /// Encodes all of the frame but its ID, which is given last, with room for one of `id_bytes`. An ID that the frame has is
    /// left out.
    ///
    /// # Copies
    ///
    /// The data once.
    #[cfg(feature = "bytes")]
    pub fn encode_open(&self, id_bytes: usize) -> crate::OpenFrame {
        crate::OpenFrame::new(Frame { id: None, ..*self }, id_bytes)
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
    pub fn for_each_slice<'s>(&'s self, mut write: impl FnMut(&'s [u8])) {
        // The end of a line is part of the slice that begins the next one.
        let mut open = self.write_fields(&mut write);
        if let Some(data) = self.data {
            for_each_line(data, |line| {
                write(if open { b"\ndata: " } else { b"data: " });
                write(line);
                open = true;
            });
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
        if let Some(comment) = self.comment {
            for_each_line(comment, |line| {
                field!(": ", line);
            });
        }
        if let Some(event_type) = self.event_type {
            field!("event: ", event_type.as_str().as_bytes());
        }
        if let Some(id) = self.id {
            field!("id: ", id.as_str().as_bytes());
        }
        if let Some(retry) = &self.retry {
            field!("retry: ", retry.as_bytes());
        }
        open
    }

    /// The length of the encoded frame, which has this data.
    #[inline(always)]
    fn len(&self, data: Option<Data<'_>>) -> usize {
        let mut length = 0;
        let open = self.write_fields(|slice| length += slice.len());
        if let Some(data) = data {
            length += usize::from(open) + "data: ".len() + data.len();
        }
        if length == 0 { 0 } else { length + "\n\n".len() }
    }

    /// Encodes an event without a comment, for which `room` bytes are made. They need not be enough for the line ends of the data.
    #[inline(always)]
    fn put_event(&self, data: Data<'_>, room: usize, buffer: &mut impl EncodeBuffer) {
        let left = write_into(buffer, room, |out| self.write_event(data, out));
        if !left.is_empty() {
            write_rest(left, buffer);
        }
    }

    /// Writes an event without a comment. Returns what there was no room for of the data.
    #[inline(always)]
    fn write_event<'s>(&self, data: Data<'s>, out: &mut Writer<'_>) -> &'s [u8] {
        if let Some(event_type) = self.event_type {
            out.put(b"event: ");
            out.put_short(event_type.as_str().as_bytes());
            out.put(b"\n");
        }
        if let Some(id) = self.id {
            out.put(b"id: ");
            out.put_short(id.as_str().as_bytes());
            out.put(b"\n");
        }
        if let Some(retry) = &self.retry {
            out.put(b"retry: ");
            out.put(retry.as_bytes());
            out.put(b"\n");
        }
        out.put(b"data: ");
        out.put_short(data.first);
        let left = if data.rest.is_empty() { data.rest } else { out.put_lines(data.rest) };
        if left.is_empty() {
            out.put(b"\n\n");
        }
        left
    }
}

/// Writes the rest of the data of an event, for which there was no room, and ends the event.
#[cold]
fn write_rest(rest: &[u8], buffer: &mut impl EncodeBuffer) {
    write_into(buffer, length_of_lines(rest) + "\n\n".len(), |out| {
        let left = out.put_lines(rest);
        debug_assert!(left.is_empty(), "there is the room that is needed");
        out.put(b"\n\n");
    });
}

/// Data to be written.
#[derive(Clone, Copy)]
struct Data<'s> {
    /// Most data is one line, for which a search and a copy are faster than a pass that does both.
    first: &'s [u8],
    /// The line end behind the first line, and all that follows.
    rest: &'s [u8],
}

impl<'s> Data<'s> {
    #[inline(always)]
    fn new(text: &'s str) -> Self {
        let text = text.as_bytes();
        let first = memchr::memchr2(b'\n', b'\r', text).unwrap_or(text.len());
        let (first, rest) = text.split_at(first);
        Self { first, rest }
    }

    /// How long it is with what begins each further line, in bytes.
    #[inline(always)]
    fn len(self) -> usize {
        self.first.len() + if self.rest.is_empty() { 0 } else { length_of_lines(self.rest) }
    }

    /// How long it is if its lines are not very short, without a look at them. For one line it is the length.
    #[inline(always)]
    fn likely_len(self) -> usize {
        self.first.len() + self.rest.len() + self.rest.len() / 4
    }
}

/// The lines of a text, as a reader of the format sees them: what stands between LF, CR and CRLF.
#[inline(always)]
fn for_each_line<'s>(text: &'s str, mut each: impl FnMut(&'s [u8])) {
    let text = text.as_bytes();
    if memchr::memchr2(b'\n', b'\r', text).is_none() {
        return each(text);
    }
    let mut line_ends = LineEnds::new();
    let mut lines = line_ends.lines(text, 0);
    let mut lines = lines.cursor();
    while let Some(line) = lines.next() {
        each(line.slice.bytes());
    }
    each(lines.rest().slice.bytes());
}

/// The event as it was dispatched: with its type, its data, and its last event ID as ID, unless that is empty.
///
/// Only an owned event is known to be as it was decoded: the fields of a borrowed one can be set.
#[cfg(feature = "bytes")]
impl<'a> From<&'a crate::OwnedEvent> for Frame<'a> {
    fn from(event: &'a crate::OwnedEvent) -> Self {
        let event = event.as_event();
        let mut frame = Frame::event(event.data);
        if event.event_type != crate::parser::DEFAULT_EVENT_TYPE {
            frame = frame.event_type(EventType::decoded(event.event_type));
        }
        if !event.last_event_id.is_empty() {
            frame = frame.id(EventId::decoded(event.last_event_id));
        }
        frame
    }
}
