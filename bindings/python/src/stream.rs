//! An event stream: the codec, and what it finds as objects.

use pyo3::{intern, prelude::*, types::PyString};
use tidings_codec::{DecodeError, Decoder, DecoderOptions, Item};

use crate::{
    block::Block,
    event::event,
    item::{Comment, ReconnectionTime, milliseconds},
    text::text,
};

/// Decodes chunks into objects.
pub(crate) struct Stream {
    decoder: Decoder,
    reconnection_times: bool,
    block: Block,
    types: Types,
    id: LastId,
}

/// What ended the decoding of a chunk.
pub(crate) enum End {
    /// The chunk is used up.
    Chunk,
    /// An event with the data that was to stop it. It was not handed over.
    Stop,
    /// An event is too large.
    Failure(DecodeError),
}

impl Stream {
    pub(crate) fn new(options: DecoderOptions, reconnection_times: bool) -> Self {
        Self {
            decoder: Decoder::with_options(options),
            reconnection_times,
            block: Block::default(),
            types: Types::default(),
            id: LastId::default(),
        }
    }

    /// Decodes a chunk, and hands over the objects it completes in their order.
    #[inline]
    pub(crate) fn feed(
        &mut self,
        py: Python<'_>,
        chunk: &[u8],
        stop: Option<&str>,
        mut each: impl FnMut(Py<PyAny>),
    ) -> PyResult<End> {
        let mut items = self.decoder.feed(chunk);
        let mut looked = 0; // to where the block was looked at
        loop {
            match items.next() {
                Ok(Some(Item::Event(found))) => {
                    if stop == Some(found.data) {
                        return Ok(End::Stop);
                    }
                    let event_type = self.types.get(py, found.event_type)?;
                    let data = text(py, found.data)?;
                    let id = self.id.get(py, found.last_event_id)?;
                    let mut retry = None;
                    if self.block.has_retry() {
                        let end = chunk.len() - items.remaining().len();
                        retry = self.block.take(&chunk[looked..end]).map(milliseconds);
                    }
                    each(event(py, event_type, data, id, retry)?.unbind());
                }
                Ok(Some(Item::ReconnectionTime(time))) => {
                    looked = chunk.len() - items.remaining().len();
                    self.block.set(&chunk[..looked], time);
                    if self.reconnection_times {
                        each(Py::new(py, ReconnectionTime { milliseconds: milliseconds(time) })?.into_any());
                    }
                }
                Ok(Some(Item::Comment(comment))) => {
                    let text = text(py, comment)?.unbind();
                    each(Py::new(py, Comment { text })?.into_any());
                }
                Ok(Some(_)) => {}
                Ok(None) => {
                    self.block.pass(&chunk[looked..]);
                    return Ok(End::Chunk);
                }
                Err(error) => return Ok(End::Failure(error)),
            }
        }
    }

    pub(crate) fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    pub(crate) fn reconnection_time_ms(&self) -> Option<u64> {
        self.decoder.reconnection_time().map(milliseconds)
    }

    /// Ends the stream. Returns whether it was cut.
    pub(crate) fn finish(&mut self) -> bool {
        self.block = Block::default();
        self.decoder.finish()
    }
}

/// The event types seen, each of them one object: a stream has few.
#[derive(Default)]
pub(crate) struct Types {
    seen: Vec<(Box<str>, Py<PyString>)>,
    /// The one that gives way to the next.
    oldest: usize,
}

impl Types {
    const MOST: usize = 8;
    const LONGEST: usize = 64;

    #[inline]
    pub(crate) fn get<'py>(&mut self, py: Python<'py>, event_type: &str) -> PyResult<Bound<'py, PyString>> {
        if event_type == "message" {
            return Ok(intern!(py, "message").clone());
        }
        match self.seen.iter().find(|(seen, _)| **seen == *event_type) {
            Some((_, object)) => Ok(object.bind(py).clone()),
            None => self.add(py, event_type),
        }
    }

    #[cold]
    fn add<'py>(&mut self, py: Python<'py>, event_type: &str) -> PyResult<Bound<'py, PyString>> {
        let object = text(py, event_type)?;
        if event_type.len() <= Self::LONGEST {
            let seen = (event_type.into(), object.clone().unbind());
            if self.seen.len() < Self::MOST {
                self.seen.push(seen);
            } else {
                self.seen[self.oldest] = seen;
                self.oldest = (self.oldest + 1) % Self::MOST;
            }
        }
        Ok(object)
    }
}

/// The last event ID, one object for all the events that have it.
#[derive(Default)]
pub(crate) struct LastId {
    text: String,
    object: Option<Py<PyString>>,
}

impl LastId {
    #[inline]
    pub(crate) fn get<'py>(&mut self, py: Python<'py>, id: &str) -> PyResult<Bound<'py, PyString>> {
        if id.is_empty() {
            // Not compared: `memcmp` of two empty texts, whose pointers point nowhere, takes as long as all of the rest.
            return Ok(intern!(py, "").clone());
        }
        match &self.object {
            Some(object) if self.text == id => Ok(object.bind(py).clone()),
            _ => {
                let object = text(py, id)?;
                id.clone_into(&mut self.text);
                self.object = Some(object.clone().unbind());
                Ok(object)
            }
        }
    }
}
