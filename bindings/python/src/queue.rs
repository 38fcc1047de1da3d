//! What chunks completed, until somebody takes it.

use std::collections::VecDeque;

use pyo3::prelude::*;

use crate::{
    chunk::chunk,
    errors::decode_error,
    stream::{self, Stream},
};

/// A stream, and what it gave.
pub(crate) struct Queue {
    pub(crate) stream: Stream,
    /// The data that ends it.
    stop: Option<String>,
    pub(crate) found: VecDeque<Py<PyAny>>,
}

/// What became of a chunk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It is used up.
    Chunk,
    /// It had the data that ends the stream.
    Stop,
}

impl Queue {
    pub(crate) fn new(stream: Stream, stop: Option<String>) -> Self {
        Self { stream, stop, found: VecDeque::new() }
    }

    /// Decodes a chunk. An error stands behind what was found before it.
    #[inline]
    pub(crate) fn push(&mut self, py: Python<'_>, chunk: &Bound<'_, PyAny>) -> PyResult<End> {
        let chunk = self::chunk(chunk)?;
        let Self { stream, stop, found } = self;
        match stream.feed(py, chunk.as_bytes(), stop.as_deref(), |item| found.push_back(item))? {
            stream::End::Chunk => Ok(End::Chunk),
            stream::End::Stop => Ok(End::Stop),
            stream::End::Failure(error) => Err(decode_error(py, error)),
        }
    }
}
