//! Where bytes are no UTF-8, over the boundaries of chunks.

/// Checks a stream of bytes chunk by chunk.
#[derive(Debug, Default)]
pub(super) struct Utf8 {
    /// A sequence that the end of a chunk left unfinished: at most three bytes.
    rest: Vec<u8>,
    /// How many bytes came before it.
    position: u64,
}

impl Utf8 {
    /// Checks the next chunk, and calls `wrong` with the position and the bytes of each sequence that is no UTF-8.
    pub(super) fn feed(&mut self, mut chunk: &[u8], mut wrong: impl FnMut(u64, &[u8])) {
        // A sequence has four bytes at most: one by one it is soon complete, or wrong.
        while let Some((first, others)) = chunk.split_first().filter(|_| !self.rest.is_empty()) {
            self.rest.push(*first);
            chunk = others;
            let bytes = std::mem::take(&mut self.rest);
            self.check(&bytes, &mut wrong);
        }
        self.check(chunk, &mut wrong);
    }

    /// Says what the end of the stream leaves unfinished.
    pub(super) fn finish(&mut self, mut wrong: impl FnMut(u64, &[u8])) {
        if !self.rest.is_empty() {
            wrong(self.position, &self.rest);
            self.rest.clear();
        }
    }

    fn check(&mut self, mut bytes: &[u8], wrong: &mut impl FnMut(u64, &[u8])) {
        while let Err(error) = str::from_utf8(bytes) {
            let (valid, invalid) = bytes.split_at(error.valid_up_to());
            self.position += valid.len() as u64;
            let Some(length) = error.error_len() else {
                self.rest = invalid.to_vec();
                return;
            };
            wrong(self.position, &invalid[..length]);
            self.position += length as u64;
            bytes = &invalid[length..];
        }
        self.position += bytes.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong, if the bytes come in chunks of this size.
    fn wrong(bytes: &[u8], size: usize) -> Vec<(u64, Vec<u8>)> {
        let (mut utf8, mut all) = (Utf8::default(), Vec::new());
        for chunk in bytes.chunks(size) {
            utf8.feed(chunk, |position, bytes| all.push((position, bytes.to_vec())));
        }
        utf8.finish(|position, bytes| all.push((position, bytes.to_vec())));
        all
    }

    #[test]
    fn in_chunks_of_any_size() {
        for (bytes, expected) in [
            (&b"ascii"[..], &[][..]),
            ("\u{E9}\u{20AC}\u{1F600}x".as_bytes(), &[]),
            (b"a\xFFb", &[(1, &b"\xFF"[..])]),
            (b"\xC3\n", &[(0, b"\xC3")]),
            (b"x\xE2\x82", &[(1, b"\xE2\x82")]),
            (b"\xF0\x9F\x98A\xE2\x82\xAC\x80", &[(0, b"\xF0\x9F\x98"), (7, b"\x80")]),
            (b"\xE2\xE2\x82\xAC", &[(0, b"\xE2")]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(position, bytes)| (*position, bytes.to_vec())).collect();
            for size in 1..=bytes.len() {
                assert_eq!(wrong(bytes, size), expected, "{bytes:?} in chunks of {size}");
            }
        }
    }
}
