//! Gathering what is ready into what is written at once.

use bytes::Bytes;
use tidings_codec::{EncodedFrame, Frame};

/// The chunk of the response that is being gathered: whole frames only. See [`IntoFrames`](crate::IntoFrames).
#[derive(Debug)]
pub struct Chunk {
    /// The only frame so far, if it came encoded: then it is sent as it is.
    only: Option<EncodedFrame>,
    buffer: Vec<u8>,
    /// What to allocate when more than one frame comes.
    capacity: usize,
}

impl Chunk {
    /// The least that is allocated for more than one frame.
    const LEAST: usize = 512;

    /// An empty chunk, of which `capacity` bytes are expected. It allocates nothing yet.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { only: None, buffer: Vec::new(), capacity: capacity.max(Self::LEAST) }
    }

    /// Adds a frame.
    ///
    /// # Copies
    ///
    /// The data once.
    pub fn push(&mut self, frame: Frame<'_>) {
        frame.encode_into(self.buffer());
    }

    /// Adds a frame that is encoded.
    ///
    /// # Copies
    ///
    /// Nothing if it stays the only one of the chunk; else the frame once.
    pub fn push_encoded(&mut self, frame: EncodedFrame) {
        if self.is_empty() {
            self.only = Some(frame);
        } else {
            self.buffer().extend_from_slice(&frame);
        }
    }

    /// Adds a frame whose data is a value as JSON.
    ///
    /// # Errors
    ///
    /// If the value cannot be serialized; the chunk is then as it was.
    #[cfg(feature = "json")]
    pub fn push_json<T: serde::Serialize + ?Sized>(
        &mut self,
        frame: Frame<'_>,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        frame.encode_json_into(value, self.buffer())
    }

    /// The length of the chunk so far, in bytes.
    pub fn len(&self) -> usize {
        match &self.only {
            Some(only) if self.buffer.is_empty() => only.len(),
            _ => self.buffer.len(),
        }
    }

    /// Whether nothing was added that is encoded as anything.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of the chunk.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.only.map_or_else(|| self.buffer.into(), EncodedFrame::into_bytes)
    }

    /// The buffer, with all that was added so far.
    #[inline]
    fn buffer(&mut self) -> &mut Vec<u8> {
        if self.buffer.is_empty() {
            self.begin();
        }
        &mut self.buffer
    }

    /// Makes room, and moves the frame there that came alone.
    #[cold]
    fn begin(&mut self) {
        if self.buffer.capacity() == 0 {
            self.buffer.reserve_exact(self.capacity);
        }
        if let Some(only) = self.only.take() {
            self.buffer.extend_from_slice(&only);
        }
    }
}
