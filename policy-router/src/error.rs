//! Why a set of operations is not a table.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Everything that is wrong with a set of operations, not only the first of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError {
    problems: Vec<Problem>,
}

impl BuildError {
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// The problems, in the order of the operations that have them.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for BuildError {}

/// One thing wrong with a set of operations.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
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

impl fmt::Display for Problem {
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
            Self::TooManyMethods => f.write_str("more than 32 distinct methods"),
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
    /// A byte that no path may hold: a control byte, one outside ASCII, a backslash, `?` or `#`.
    ForbiddenByte(u8),
    /// An encoded slash, backslash or dot.
    ForbiddenEncoding,
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLeadingSlash => f.write_str("a template starts with `/`"),
            Self::EmptySegment => f.write_str("an empty segment matches no request; help: write one `/`"),
            Self::DotSegment => f.write_str("a segment `.` or `..` matches no request; help: write the resolved path"),
            Self::UnbalancedBrace => f.write_str("a brace is not balanced; help: a parameter is written `{name}`"),
            Self::EmptyName => f.write_str("a parameter has no name; help: write `{name}`"),
            Self::AdjacentParameters => {
                f.write_str("two parameters touch; help: put a literal between them or make them one")
            }
            Self::ForbiddenByte(byte @ (b'?' | b'#')) => {
                write!(f, "`{}` is not part of a path; help: leave the query and the fragment out", char::from(*byte))
            }
            Self::ForbiddenByte(byte) => {
                write!(f, "byte 0x{byte:02x} matches no request; help: write it percent-encoded, as clients send it")
            }
            Self::ForbiddenEncoding => f.write_str("an encoded slash, backslash or dot matches no request"),
        }
    }
}
