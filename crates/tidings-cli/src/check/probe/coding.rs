//! The content codings that are asked for.

use std::io::{self, Write as _};

use flate2::write::{GzDecoder, ZlibDecoder};

/// What is asked for: a server that compresses for browsers then does so here.
pub(super) const ACCEPT: &str = "gzip, deflate";
/// So many bytes are decoded at once: they become a thousand times as many at most.
const PIECE: usize = 1024;

/// Decodes a body.
pub(super) enum Coding {
    Identity,
    Gzip(GzDecoder<Vec<u8>>),
    Deflate(ZlibDecoder<Vec<u8>>),
}

impl Coding {
    /// By the value of `content-encoding`; `None` for one that is not known.
    pub(super) fn new(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip(GzDecoder::new(Vec::new()))),
            "deflate" => Some(Self::Deflate(ZlibDecoder::new(Vec::new()))),
            _ => None,
        }
    }

    /// Calls `with` with all bytes that can be had of the chunk.
    pub(super) fn decode(&mut self, chunk: &[u8], mut with: impl FnMut(&[u8])) -> io::Result<()> {
        for piece in chunk.chunks(PIECE) {
            match self {
                Self::Identity => with(piece),
                Self::Gzip(decoder) => {
                    decoder.write_all(piece)?;
                    decoder.flush()?;
                    with(decoder.get_ref());
                    decoder.get_mut().clear();
                }
                Self::Deflate(decoder) => {
                    decoder.write_all(piece)?;
                    decoder.flush()?;
                    with(decoder.get_ref());
                    decoder.get_mut().clear();
                }
            }
        }
        Ok(())
    }
}
