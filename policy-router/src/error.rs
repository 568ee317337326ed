//! Why a set of operations is not a table.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Everything that is wrong with a set of operations, not only the first of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError {
    faults: Vec<BuildFault>,
}

impl BuildError {
    pub(crate) fn new(faults: Vec<BuildFault>) -> Self {
        Self { faults }
    }

    /// The faults, in the order of the operations that have them.
    pub fn faults(&self) -> &[BuildFault] {
        &self.faults
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for BuildError {}

/// One thing wrong with a set of operations.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildFault {
    /// No request could reach the template.
    Template {
        /// The operation's method.
        method: String,
        /// The template as given.
        template: String,
        /// What is wrong with it.
        fault: TemplateFault,
    },
    /// The method is not an HTTP token.
    Method {
        /// The method as given.
        method: String,
        /// The operation's template.
        template: String,
    },
    /// Two operations with one method have the same template but for the names of parameters.
    Collision {
        /// The method of both.
        method: String,
        /// The template that came first.
        first: String,
        /// The template that came later.
        second: String,
    },
    /// There are more distinct methods than a table holds (32).
    TooManyMethods,
    /// The table would not fit the integers it is made of.
    TooLarge,
}

impl fmt::Display for BuildFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template { method, template, fault } => write!(f, "`{method} {template}`: {fault}"),
            Self::Method { method, template } => {
                write!(
                    f,
                    "`{method} {template}`: the method is not a token; help: write it as the request does, like `GET`"
                )
            }
            Self::Collision { method, first, second } => {
                write!(f, "`{method} {first}` and `{method} {second}` match the same paths")?;
                f.write_str("; help: keep one of them, names of parameters make no difference")
            }
            Self::TooManyMethods => write!(f, "more than {} distinct methods", crate::Router::MOST_METHODS),
            Self::TooLarge => f.write_str("the table is too large for 32-bit indices"),
        }
    }
}

/// Why no request could ever reach a template, or why it would not be clear what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateFault {
    /// It does not start with `/`.
    NoLeadingSlash,
    /// Two slashes stand next to each other.
    EmptySegment,
    /// A segment is `.` or `..`.
    DotSegment,
    /// A brace is opened and not closed, or closed and not opened.
    UnbalancedBrace,
    /// A parameter has no name.
    EmptyName,
    /// Nothing stands between two parameters, so nothing says where one ends.
    AdjacentParameters,
    /// A byte that is no `pchar` (RFC 3986, section 3.3), such as a space, a control byte, one outside ASCII, a backslash,
    /// `?` or `#`.
    ForbiddenByte(u8),
    /// An encoded slash, backslash or dot.
    ForbiddenEncoding,
    /// A `%` without two hexadecimal digits behind it.
    MalformedEncoding,
    /// The byte is percent-encoded as clients do not send it (RFC 3986, section 6.2.2): in lower-case digits, or although
    /// it needs no encoding.
    UnusualEncoding(u8),
    /// A segment is longer than [`Template::LONGEST_SEGMENT`](crate::Template::LONGEST_SEGMENT).
    TooLong,
}

impl TemplateFault {
    /// What is wrong, as half a sentence.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::NoLeadingSlash => "a path starts with `/`".into(),
            Self::EmptySegment => "an empty segment matches no request".into(),
            Self::DotSegment => "a segment `.` or `..` matches no request".into(),
            Self::UnbalancedBrace => "a brace is not balanced".into(),
            Self::EmptyName => "a parameter has no name".into(),
            Self::AdjacentParameters => "two parameters touch".into(),
            Self::ForbiddenByte(byte @ (b'?' | b'#')) => format!("`{}` is not part of a path", char::from(*byte)),
            Self::ForbiddenByte(b' ') => "no request has a space in its path".into(),
            Self::ForbiddenByte(byte @ 0x21..=0x7e) => {
                format!("no request has `{}` in its path as it stands", char::from(*byte))
            }
            Self::ForbiddenByte(0x80..) => "a path is ASCII, and a character in it is not".into(),
            Self::ForbiddenByte(byte) => format!("no request has the byte {byte:#04x} in its path"),
            Self::ForbiddenEncoding => "an encoded slash, backslash or dot matches no request".into(),
            Self::MalformedEncoding => "a `%` is not followed by two hexadecimal digits".into(),
            Self::UnusualEncoding(byte) => format!("clients write `%{byte:02X}` in another way"),
            Self::TooLong => format!("a segment is longer than {} bytes", crate::Template::LONGEST_SEGMENT),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NoLeadingSlash => "write the slash".into(),
            Self::EmptySegment => "write one `/`".into(),
            Self::DotSegment => "write the resolved path".into(),
            Self::UnbalancedBrace => "write each parameter as `{name}`, with the braces in one segment".into(),
            Self::EmptyName => "write `{name}`".into(),
            Self::AdjacentParameters => "put a literal between them or make them one".into(),
            Self::ForbiddenByte(b'?' | b'#') => "leave the query and the fragment out".into(),
            Self::ForbiddenByte(b'\\') => "write a slash, or leave it out".into(),
            Self::ForbiddenByte(b'<' | b'>') => {
                "write a parameter as `{name}`, or the character percent-encoded".into()
            }
            Self::ForbiddenByte(0..0x20 | 0x7f) => "leave it out".into(),
            Self::ForbiddenByte(_) => "write it percent-encoded, as clients send it".into(),
            Self::ForbiddenEncoding => "write a slash as `/` and a dot as `.`".into(),
            Self::MalformedEncoding => "write a percent sign as `%25`".into(),
            Self::UnusualEncoding(byte) if crate::strict::is_unreserved(*byte) => {
                format!("write `{}` (RFC 3986, 6.2.2.2)", char::from(*byte))
            }
            Self::UnusualEncoding(byte) => format!("write `%{byte:02X}` (RFC 3986, 6.2.2.1)"),
            Self::TooLong => "shorten it".into(),
        }
    }
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; help: {}", self.what(), self.help())
    }
}

impl core::error::Error for TemplateFault {}
