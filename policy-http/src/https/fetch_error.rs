//! Why an address gave no answer.

use std::error::Error;
use std::fmt;

use super::address::Address;

/// Why an address gave no answer. Displays the address, without its query, and the reason.
///
/// It becomes [`Unavailable`](crate::Unavailable) by `?`, and then stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchError {
    url: String,
    fault: FetchFault,
}

/// What went wrong with a question to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchFault {
    /// The address may not be asked, and why. Nothing was sent.
    NotAllowed(&'static str),
    /// There is no tokio runtime here. Nothing was sent.
    NoRuntime,
    /// There is no connection: the name is not known, or nobody listens.
    Unreachable(String),
    /// The server's certificate is not trusted, or TLS failed in another way. Nothing was sent within it.
    Untrusted(String),
    /// The time was over.
    TimedOut,
    /// The connection ended before an answer, or what came is no HTTP.
    NoAnswer,
    /// The answer is a redirect, with this status. It is not followed.
    Redirected(u16),
    /// The answer has this status.
    Status(u16),
    /// The body is larger than 1 MiB.
    TooLarge,
    /// The body is no text: not UTF-8.
    NoText,
}

impl FetchError {
    pub(super) fn new(address: &Address, fault: FetchFault) -> Self {
        Self { url: address.shown(), fault }
    }

    pub(super) fn of(url: String, fault: FetchFault) -> Self {
        Self { url, fault }
    }

    /// What went wrong.
    #[must_use]
    pub fn fault(&self) -> &FetchFault {
        &self.fault
    }

    /// Whether the other side is down or overloaded, so that the same question may be answered later. Otherwise somebody has to change
    /// something: the address, the certificate, the credential of this service.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self.fault {
            FetchFault::Unreachable(_) | FetchFault::TimedOut | FetchFault::NoAnswer => true,
            FetchFault::Status(status) => status >= 500 || status == 429,
            _ => false,
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", self.url)?;
        match &self.fault {
            FetchFault::NotAllowed(because) => write!(f, "is not asked: {because}"),
            FetchFault::NoRuntime => f.write_str("is not asked: there is no tokio runtime"),
            FetchFault::Unreachable(cause) => write!(f, "cannot be reached: {cause}"),
            FetchFault::Untrusted(cause) => write!(f, "is not trusted: {cause}"),
            FetchFault::TimedOut => f.write_str("took too long to answer"),
            FetchFault::NoAnswer => f.write_str("gave no answer that can be read"),
            FetchFault::Redirected(status) => {
                write!(f, "answered {status}, a redirect, which is not followed: name the address that it leads to")
            }
            FetchFault::Status(401 | 403) => f.write_str("does not accept the credential of this service"),
            FetchFault::Status(status) => write!(f, "answered {status}"),
            FetchFault::TooLarge => f.write_str("answered more than 1 MiB"),
            FetchFault::NoText => f.write_str("answered what is no text"),
        }
    }
}

impl Error for FetchError {}
