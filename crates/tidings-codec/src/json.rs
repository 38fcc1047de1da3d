//! Data that is JSON, through any serde type.

use std::io;

use serde::{Deserialize, Serialize};

use crate::{EncodeBuffer, Event, Frame};

impl Event<'_> {
    /// Reads the data as JSON.
    ///
    /// # Errors
    ///
    /// If the data is not JSON, or not of this shape. An event without text, such as a `[DONE]` that ends a stream, is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use tidings_codec::{Decoder, Item};
    ///
    /// let mut decoder = Decoder::new();
    /// let mut items = decoder.feed(b"data: [1, 2]\n\n");
    /// let Some(Item::Event(event)) = items.next()? else { panic!("there is an event") };
    /// let numbers: Vec<u32> = event.json()?;
    /// assert_eq!(numbers, [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json<'de, T: Deserialize<'de>>(&'de self) -> serde_json::Result<T> {
        serde_json::from_str(self.data)
    }
}

#[cfg(feature = "bytes")]
impl crate::OwnedEvent {
    /// Reads the data as JSON, as [`Event::json`] does.
    ///
    /// # Errors
    ///
    /// If the data is not JSON, or not of this shape.
    pub fn json<'de, T: Deserialize<'de>>(&'de self) -> serde_json::Result<T> {
        serde_json::from_str(self.data())
    }
}

impl Frame<'_> {
    /// Encodes the frame once, with `value` as JSON for its data, in place of any it has; to be sent to any number of clients.
    ///
    /// # Errors
    ///
    /// If the value's `Serialize` fails, or it has a map whose keys are not strings.
    #[cfg(feature = "bytes")]
    pub fn encode_json<T: Serialize + ?Sized>(&self, value: &T) -> serde_json::Result<crate::EncodedFrame> {
        let mut buffer = alloc::vec::Vec::new();
        self.encode_json_into(value, &mut buffer)?;
        Ok(crate::EncodedFrame::new(buffer.into()))
    }

    /// Encodes the frame to the end of `buffer`, with `value` as JSON for its data, in place of any it has.
    ///
    /// # Copies
    ///
    /// Nothing: the value is serialized straight into the buffer.
    ///
    /// # Errors
    ///
    /// If the value's `Serialize` fails, or it has a map whose keys are not strings. The buffer is then as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use tidings_codec::{EventType, Frame};
    ///
    /// let frame = Frame::new().event_type(EventType::from_static("numbers"));
    /// let mut buffer = Vec::new();
    /// frame.encode_json_into(&[1, 2], &mut buffer)?;
    /// assert_eq!(buffer, b"event: numbers\ndata: [1,2]\n\n");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn encode_json_into<T: Serialize + ?Sized>(
        &self,
        value: &T,
        buffer: &mut impl EncodeBuffer,
    ) -> serde_json::Result<()> {
        let before = buffer.end();
        if self.write_fields(|slice| buffer.put(slice)) {
            buffer.put(b"\n");
        }
        buffer.put(b"data: ");
        let start = buffer.end();
        if let Err(error) = serde_json::to_writer(Writer(buffer), value) {
            buffer.cut_back(before);
            return Err(error);
        }
        on_one_line(buffer.since(start));
        buffer.put(b"\n\n");
        Ok(())
    }
}

/// Takes the line ends out of JSON. A serializer writes none, but raw JSON that a value carries may have some, and since they
/// cannot stand inside its strings, a space means the same.
fn on_one_line(mut json: &mut [u8]) {
    while let Some(at) = memchr::memchr2(b'\n', b'\r', json) {
        json[at] = b' ';
        json = &mut json[at + 1..];
    }
}

struct Writer<'b, B>(&'b mut B);

impl<B: EncodeBuffer> io::Write for Writer<'_, B> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.put(bytes);
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.put(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
