//! The one way in which chunks reach an engine, so that all engines get the same ones at the same price.

use std::convert::Infallible;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;

use crate::alloc;

/// Hands out a corpus in chunks, as an iterator or as a stream that is always ready.
///
/// A chunk is a `Bytes` that shares the corpus by reference count, which is what a body of hyper looks like to a
/// decoder; every decoder gets it, also one that only borrows, and drops it. The limits get plain slices.
///
/// The corpus is repeated `passes` times. It consists of whole events, and each pass is cut anew from its first byte, so
/// the last chunk of a pass may be shorter and all passes look alike.
pub struct Feed {
    corpus: Bytes,
    chunk: usize,
    at: usize,
    passes_left: usize,
    count_last: usize,
}

impl Feed {
    /// A feed of `passes` times the corpus.
    pub fn new(corpus: &Bytes, chunk: usize, passes: usize) -> Self {
        assert!(chunk > 0 && !corpus.is_empty());
        Self { corpus: corpus.clone(), chunk, at: 0, passes_left: passes, count_last: 0 }
    }

    /// Switches the allocation counters on at the beginning of the last `count_last` passes: what an engine allocates
    /// once, in the passes before, is its warm-up.
    pub fn counting(mut self, count_last: usize) -> Self {
        self.count_last = count_last;
        self
    }

    /// The next chunk without a reference count.
    #[inline]
    pub fn next_slice(&mut self) -> Option<&[u8]> {
        self.cut().map(|range| &self.corpus[range])
    }

    #[inline]
    fn cut(&mut self) -> Option<Range<usize>> {
        if self.passes_left == 0 {
            return None;
        }
        if self.at == 0 && self.passes_left == self.count_last {
            alloc::start();
        }
        let start = self.at;
        let end = (start + self.chunk).min(self.corpus.len());
        self.at = end;
        if end == self.corpus.len() {
            self.at = 0;
            self.passes_left -= 1;
        }
        Some(start..end)
    }
}

impl Iterator for Feed {
    type Item = Bytes;

    #[inline]
    fn next(&mut self) -> Option<Bytes> {
        self.cut().map(|range| self.corpus.slice(range))
    }
}

impl Stream for Feed {
    type Item = Result<Bytes, Infallible>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next().map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pass_is_cut_alike() {
        let chunks: Vec<_> = Feed::new(&Bytes::from_static(b"abcde"), 2, 2).collect();
        assert_eq!(chunks, ["ab", "cd", "e", "ab", "cd", "e"]);
        let mut feed = Feed::new(&Bytes::from_static(b"abcde"), 3, 1);
        assert_eq!(feed.next_slice(), Some(&b"abc"[..]));
        assert_eq!(feed.next_slice(), Some(&b"de"[..]));
        assert_eq!(feed.next_slice(), None);
    }
}
