//! Writing: what a frame says, and how it goes on the wire (HTML 9.2.5).

use core::time::Duration;

use crate::{
    EncodeBuffer, EventId, EventType,
    digits::Digits,
    raw::{LineEnds, Lines, write_into},
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
        self.len(&mut self.lines(&mut None))
    }

    /// Encodes the frame to the end of `buffer`: a `Vec<u8>`, or a `BytesMut` with the feature `bytes`.
    ///
    /// # Copies
    ///
    /// The data once.
    pub fn encode_into(&self, buffer: &mut impl EncodeBuffer) {
        match self.lines(&mut None) {
            DataLines::One(data) if self.comment.is_none() => self.write_one_line(data, buffer),
            mut lines => self.write(&mut lines, |slice| buffer.put(slice)),
        }
    }

    /// Encodes the frame once, to be sent to any number of clients.
    ///
    /// # Copies
    ///
    /// The data once, into one allocation of exactly the length.
    #[cfg(feature = "bytes")]
    pub fn encode(&self) -> crate::EncodedFrame {
        let mut line_ends = None;
        let mut lines = self.lines(&mut line_ends);
        let mut buffer = alloc::vec::Vec::with_capacity(self.len(&mut lines));
        self.write(&mut lines, |slice| buffer.extend_from_slice(slice));
        crate::EncodedFrame::new(buffer.into())
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
    pub fn for_each_slice<'s>(&'s self, write: impl FnMut(&'s [u8])) {
        self.write(&mut self.lines(&mut None), write);
    }

    /// The lines of the data.
    #[inline]
    fn lines<'e, 's>(&'s self, line_ends: &'e mut Option<LineEnds>) -> DataLines<'e, 's> {
        match self.data {
            None => DataLines::None,
            Some(data) => DataLines::of(data, line_ends),
        }
    }

    /// The length of the encoded frame, whose data has these lines.
    fn len<'s>(&'s self, lines: &mut DataLines<'_, 's>) -> usize {
        let mut length = 0;
        self.write(lines, |slice| length += slice.len());
        length
    }

    /// The encoded frame in slices. The end of a line is part of the slice that begins the next one.
    #[inline(always)]
    fn write<'s>(&'s self, lines: &mut DataLines<'_, 's>, mut write: impl FnMut(&'s [u8])) {
        let mut open = self.write_fields(&mut write);
        lines.for_each(|line| {
            if open {
                write(b"\ndata: ");
            } else {
                write(b"data: ");
            }
            write(line);
            open = true;
        });
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
            DataLines::of(comment, &mut None).for_each(|line| {
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

    /// Writes a frame without a comment, whose data is one line: what [`write`](Self::write) would, but into room made at once.
    #[inline(always)]
    fn write_one_line(&self, data: &[u8], buffer: &mut impl EncodeBuffer) {
        const LONGEST_FIELD: usize = "retry: \n".len() + Digits::MOST;
        let event_type = self.event_type.map_or("", EventType::as_str);
        let id = self.id.map_or("", EventId::as_str);
        write_into(buffer, event_type.len() + id.len() + data.len() + 4 * LONGEST_FIELD, |out| {
            if self.event_type.is_some() {
                out.put(b"event: ");
                out.put_short(event_type);
                out.put(b"\n");
            }
            if self.id.is_some() {
                out.put(b"id: ");
                out.put_short(id);
                out.put(b"\n");
            }
            if let Some(retry) = &self.retry {
                out.put(b"retry: ");
                out.put(retry.as_bytes());
                out.put(b"\n");
            }
            out.put(b"data: ");
            out.put(data);
            out.put(b"\n\n");
        });
    }
}

/// The lines of a text, as a reader of the format sees them: what stands between LF, CR and CRLF.
enum DataLines<'e, 's> {
    None,
    One(&'s [u8]),
    Many(Lines<'e, 's>),
}

impl<'e, 's> DataLines<'e, 's> {
    #[inline]
    fn of(text: &'s str, line_ends: &'e mut Option<LineEnds>) -> Self {
        let text = text.as_bytes();
        match memchr::memchr2(b'\n', b'\r', text) {
            None => Self::One(text),
            Some(_) => Self::Many(line_ends.insert(LineEnds::new()).lines(text, 0)),
        }
    }

    #[inline(always)]
    fn for_each(&mut self, mut each: impl FnMut(&'s [u8])) {
        match self {
            Self::None => {}
            Self::One(line) => each(line),
            Self::Many(lines) => {
                lines.rewind();
                let mut lines = lines.cursor();
                while let Some(line) = lines.next() {
                    each(line.slice.bytes());
                }
                each(lines.rest().slice.bytes());
            }
        }
    }
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
