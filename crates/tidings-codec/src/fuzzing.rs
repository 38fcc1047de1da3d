//! What the fuzz targets need to see of the inside: only there with `--cfg fuzzing`.
#![allow(missing_docs)]

use alloc::vec::Vec;

use crate::{Decoder, DecoderOptions, raw};
use raw::LineEnds;

/// The names of the kernels that this machine can run.
pub fn kernels() -> Vec<&'static str> {
    LineEnds::kernels()
}

/// A decoder that uses one of them.
pub fn decoder(options: DecoderOptions, kernel: usize) -> Decoder {
    Decoder::with_line_ends(options, LineEnds::with_kernel(kernel))
}

/// The positions of all LF and CR that one of them finds.
pub fn line_ends(kernel: usize, bytes: &[u8]) -> Vec<usize> {
    LineEnds::with_kernel(kernel).positions(bytes)
}

/// A text as one of them writes it as lines of data, without what begins the first one.
pub fn lines_of_data(kernel: usize, text: &str) -> Vec<u8> {
    raw::lines_of_data(kernel, text)
}
