//! Event types and event IDs: text of one line.

use core::fmt;

/// A text cannot be an event type or an event ID, since it could not be written on one line or would be ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidName {
    /// It has an LF or CR at this byte, which would end the line and let what follows be read as another field.
    LineEnd {
        /// Offset in the text, in bytes.
        at: usize,
    },
    /// It has a NUL at this byte: clients ignore an ID with one (HTML 9.2.6).
    Nul {
        /// Offset in the text, in bytes.
        at: usize,
    },
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineEnd { at } => write!(f, "line end at byte {at} of a name that must be one line"),
            Self::Nul { at } => write!(f, "NUL at byte {at} of an event ID"),
        }
    }
}

impl core::error::Error for InvalidName {}

/// Looks for what must not be in a name. `const`, so that literals are checked when they are compiled.
const fn check(text: &str, allow_nul: bool) -> Result<(), InvalidName> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' | b'\r' => return Err(InvalidName::LineEnd { at }),
            0 if !allow_nul => return Err(InvalidName::Nul { at }),
            _ => at += 1,
        }
    }
    Ok(())
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, allow_nul: $allow_nul:literal, $what:literal, $errors:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name<'a>(&'a str);

        impl<'a> $name<'a> {
            #[doc = concat!("Makes ", $what, " of `text`.")]
            ///
            /// # Errors
            ///
            #[doc = $errors]
            pub const fn new(text: &'a str) -> Result<Self, InvalidName> {
                match check(text, $allow_nul) {
                    Ok(()) => Ok(Self(text)),
                    Err(error) => Err(error),
                }
            }

            #[doc = concat!("Makes ", $what, " of a literal.")]
            ///
            /// # Panics
            ///
            /// Where [`new`](Self::new) would return an error; in a `const`, when compiling.
            pub const fn from_static(text: &'static str) -> Self {
                assert!(check(text, $allow_nul).is_ok(), "a name must be one line, and an ID without NUL");
                Self(text)
            }

            /// The text.
            pub const fn as_str(self) -> &'a str {
                self.0
            }

            /// Takes what a decoder read, which is one line and was checked for NUL where that matters.
            #[cfg(feature = "bytes")]
            pub(crate) fn decoded(text: &'a str) -> Self {
                debug_assert!(check(text, $allow_nul).is_ok());
                Self(text)
            }
        }

        impl<'a> TryFrom<&'a str> for $name<'a> {
            type Error = InvalidName;

            fn try_from(text: &'a str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
    };
}

name! {
    /// An event type: text without LF and CR, so that it cannot inject a line.
    EventType, allow_nul: true, "an event type", "[`InvalidName::LineEnd`] if it has an LF or CR."
}

name! {
    /// An event ID: text without LF, CR and NUL. The empty one resets the client's last event ID.
    EventId, allow_nul: false, "an event ID",
    "[`InvalidName::LineEnd`] if it has an LF or CR, [`InvalidName::Nul`] if it has a NUL."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_inject_cannot_be_made() {
        for (text, want) in [
            ("a\nb", Err(InvalidName::LineEnd { at: 1 })),
            ("\r", Err(InvalidName::LineEnd { at: 0 })),
            ("tick\u{2028}\u{85}", Ok(())),
            ("", Ok(())),
        ] {
            assert_eq!(EventType::new(text).map(|_| ()), want, "{text:?}");
            assert_eq!(EventId::new(text).map(|_| ()), want, "{text:?}");
        }
        assert_eq!(EventId::new("1\0"), Err(InvalidName::Nul { at: 1 }));
        assert_eq!(EventType::new("1\0").map(EventType::as_str), Ok("1\0"));
    }

    #[test]
    #[should_panic(expected = "one line")]
    fn a_literal_with_a_line_end_panics() {
        let _ = EventType::from_static("a\rb");
    }
}
