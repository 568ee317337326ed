//! Why a path is no route, whatever the templates. For whoever explains a 404; finding asks the same rules as it walks.

use core::fmt;

use crate::strict;

/// Why no template can match a path. Offsets are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathFault {
    /// It does not start with `/`.
    NoLeadingSlash,
    /// A segment other than the last is empty: two slashes touch.
    EmptySegment {
        /// Where the second slash is.
        at: usize,
    },
    /// A segment is `.` or `..`.
    DotSegment {
        /// Where the segment starts.
        at: usize,
    },
    /// A control byte, one outside ASCII, a backslash, `?` or `#`.
    ForbiddenByte {
        /// Where it is.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// A slash, a backslash or a dot, percent-encoded.
    ForbiddenEncoding {
        /// Where its `%` is.
        at: usize,
    },
}

impl PathFault {
    /// The first fault of a raw path, from the left. A path without one is a route where a template matches it.
    ///
    /// ```
    /// use policy_router::PathFault;
    ///
    /// assert_eq!(PathFault::of("/items/%20"), None);
    /// assert_eq!(PathFault::of("/items/a%2Fb"), Some(PathFault::ForbiddenEncoding { at: 8 }));
    /// ```
    pub fn of(path: impl AsRef<[u8]>) -> Option<Self> {
        let path = path.as_ref();
        let Some(rest) = path.strip_prefix(b"/") else { return Some(Self::NoLeadingSlash) };
        let mut at = 1;
        let mut segments = rest.split(|byte| *byte == b'/').peekable();
        while let Some(segment) = segments.next() {
            if segment.is_empty() && segments.peek().is_some() {
                return Some(Self::EmptySegment { at });
            }
            if strict::is_dots(segment) {
                return Some(Self::DotSegment { at });
            }
            if let Some(fault) = in_segment(segment, at) {
                return Some(fault);
            }
            at += segment.len() + 1;
        }
        None
    }
}

fn in_segment(segment: &[u8], start: usize) -> Option<PathFault> {
    (0..segment.len()).zip(segment).find_map(|(offset, byte)| {
        let (at, byte) = (start + offset, *byte);
        if strict::is_forbidden(byte) {
            return Some(PathFault::ForbiddenByte { at, byte });
        }
        let encoding = segment.get(offset..offset + 3).unwrap_or_default();
        strict::has_forbidden_encoding(encoding).then_some(PathFault::ForbiddenEncoding { at })
    })
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLeadingSlash => f.write_str("the path does not start with `/`"),
            Self::EmptySegment { at } => write!(f, "an empty segment, two slashes that touch, at byte {at}"),
            Self::DotSegment { at } => write!(f, "a segment `.` or `..` at byte {at}; paths are not resolved"),
            Self::ForbiddenByte { at, byte: byte @ 0x21..=0x7e } => {
                write!(f, "`{}`, which no path may hold, at byte {at}", char::from(*byte))
            }
            Self::ForbiddenByte { at, byte } => {
                write!(f, "the byte {byte:#04x}, which no path may hold, at byte {at}; it is sent percent-encoded")
            }
            Self::ForbiddenEncoding { at } => {
                write!(f, "a slash, a backslash or a dot, percent-encoded, at byte {at}; nothing is decoded")
            }
        }
    }
}
