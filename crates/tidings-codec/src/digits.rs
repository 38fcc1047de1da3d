//! Decimal digits of a number, kept where they can be borrowed.

use core::fmt;

/// A number in base ten.
#[derive(Clone, Copy)]
pub(crate) struct Digits {
    /// Right-aligned.
    digits: [u8; Self::MOST],
    start: u8,
}

impl Digits {
    /// The most a `u64` has.
    pub(crate) const MOST: usize = 20;

    pub(crate) fn new(mut number: u64) -> Self {
        let mut digits = [b'0'; Self::MOST];
        let mut start = Self::MOST;
        loop {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return Self { digits, start: start as u8 };
            }
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.digits[usize::from(self.start)..]
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn as_the_standard_library_writes_them() {
        for number in [0, 1, 9, 10, 99, 100, 3000, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            assert_eq!(Digits::new(number).as_bytes(), number.to_string().as_bytes());
        }
    }
}
