//! What is answered to a request that no operation matches. Enforcement points, gateways and explanations share these rules.
//!
//! ```
//! use policy_core::unmatched::{BasePath, Unmatched, deciding_method};
//!
//! let base = BasePath::new("/v1");
//! // Below the base path only a known caller learns that there is nothing. Anybody else is answered 401.
//! assert!(Unmatched::NotFound.is_hidden(base, "/v1/none"));
//! assert!(!Unmatched::NotFound.is_hidden(base, "/healthz"));
//! // A template that lacks the method always belongs to the policy.
//! assert!(Unmatched::MethodNotAllowed.is_hidden(base, "/v1/files"));
//! // Where HEAD is not declared, the operation of GET decides.
//! assert_eq!(deciding_method("HEAD"), Some("GET"));
//! assert_eq!(deciding_method("OPTIONS"), None);
//! ```

use alloc::vec::Vec;
use core::fmt;

use crate::percent::percent_decoded;

/// Why a request reached no operation. It displays as what its caller may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unmatched {
    /// No route has this path: 404.
    NotFound,
    /// The route does not serve this method: 405.
    MethodNotAllowed,
}

impl Unmatched {
    /// All of them. [`index`](Self::index) says where one stands.
    pub const ALL: [Self; 2] = [Unmatched::NotFound, Unmatched::MethodNotAllowed];

    /// Where it stands in [`ALL`](Self::ALL). It is for arrays within a process. What is stored is the [name](Self::code).
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Unmatched::NotFound => 0,
            Unmatched::MethodNotAllowed => 1,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Unmatched::NotFound => 404,
            Unmatched::MethodNotAllowed => 405,
        }
    }

    /// A stable name, for clients and logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Unmatched::NotFound => "not_found",
            Unmatched::MethodNotAllowed => "method_not_allowed",
        }
    }

    /// Whether only a known caller may learn it. Anybody else is answered as by an operation that needs a credential, and cannot tell the
    /// two apart. Where the document has no security scheme, nobody can be known, and nothing is hidden.
    #[must_use]
    pub fn is_hidden(self, base: BasePath<'_>, path: &str) -> bool {
        match self {
            Unmatched::NotFound => base.contains(path),
            Unmatched::MethodNotAllowed => true,
        }
    }
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unmatched::NotFound => "no such resource",
            Unmatched::MethodNotAllowed => "the resource does not serve this method",
        })
    }
}

/// The method whose operation decides about a request with this undeclared method: GET decides about HEAD (RFC 9110, section 9.3.2). An
/// allowed request is answered 405, unless the application lets GET's handler answer.
#[must_use]
pub fn deciding_method(undeclared: &str) -> Option<&'static str> {
    (undeclared == "HEAD").then_some("GET")
}

/// The path below which a policy is served; empty, or `/`, for the root.
#[derive(Clone, Copy, Debug)]
pub struct BasePath<'p>(&'p str);

impl<'p> BasePath<'p> {
    /// As [`Policy::base_path`](crate::Policy::base_path) has it.
    #[must_use]
    pub const fn new(path: &'p str) -> Self {
        Self(path)
    }

    /// Whether the base path stands in the path of a request as whole segments, wherever a router could find it: after the prefix of a
    /// mount, with several slashes for one, or percent-encoded.
    ///
    /// Frameworks disagree about all three. An operation that one of them serves there is answered 401 to an unknown caller. If other paths
    /// were answered 404, an unknown caller could tell the two apart. Where the answer is wrong, a caller is only asked for a credential.
    ///
    /// ```
    /// use policy_core::unmatched::BasePath;
    ///
    /// let base = BasePath::new("/v1");
    /// assert!(base.contains("//v1/none") && base.contains("/%76%31/none") && base.contains("/gateway/v1/none"));
    /// assert!(!base.contains("/v10/none"));
    /// ```
    #[must_use]
    pub fn contains(self, path: &str) -> bool {
        // What is encoded in the document is decoded here too.
        let (base, path) = (decoded(self.0.as_bytes()), decoded(path.as_bytes()));
        let mut rest = segments(&path);
        loop {
            let mut here = rest.clone();
            if segments(&base).all(|segment| here.next() == Some(segment)) {
                return true;
            }
            if rest.next().is_none() {
                return false;
            }
        }
    }

    /// Whether the path leads below the base path for any reader that decodes it, merges its slashes, takes `\` for a slash or resolves
    /// dot segments. The application beside the policy may be such a reader, or pass the request to one. Every path is below an empty
    /// base path.
    #[must_use]
    pub fn is_reached_by(self, path: &str) -> bool {
        let base = decoded(self.0.as_bytes());
        let mut read = path.as_bytes().to_vec();
        // A path that was encoded twice is decoded by two readers. Honest paths do not have more layers, and each costs a pass.
        for _ in 0..READERS {
            let next = decoded(&read);
            if next.len() == read.len() {
                return passes(&base, &read);
            }
            read = next;
        }
        true
    }
}

/// A path that is still encoded after this many passes counts as below every base path.
const READERS: usize = 4;

/// Whether one of the places that the path goes through, segment by segment, is the base path.
fn passes(base: &[u8], path: &[u8]) -> bool {
    let mut here: Vec<&[u8]> = Vec::new();
    let mut passed = segments(base).next().is_none();
    for segment in path.split(|byte| matches!(byte, b'/' | b'\\')) {
        match segment {
            b"" | b"." => {}
            b".." => drop(here.pop()),
            _ => here.push(segment),
        }
        // Some readers do not resolve dots. For them `/v1/../x` is below `/v1`.
        passed |= segments(base).eq(here.iter().copied());
    }
    passed
}

fn decoded(text: &[u8]) -> Vec<u8> {
    percent_decoded(text, b'+').collect()
}

/// The segments that are not empty.
fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;

    use super::{BasePath, Unmatched, deciding_method, decoded};

    fn is_below(base: &str, path: &str) -> bool {
        BasePath::new(base).contains(path)
    }

    fn leads_below(base: &str, path: &str) -> bool {
        BasePath::new(base).is_reached_by(path)
    }

    #[test]
    fn what_reaches_no_operation_has_a_status_a_name_and_a_sentence_and_is_hidden_below_the_base_path() {
        let expected = [
            (404, "not_found", "no such resource", false),
            (405, "method_not_allowed", "the resource does not serve this method", true),
        ];
        for (index, (unmatched, (status, code, sentence, is_hidden_elsewhere))) in
            Unmatched::ALL.into_iter().zip(expected).enumerate()
        {
            assert_eq!((unmatched.index(), unmatched.status(), unmatched.code()), (index, status, code));
            assert_eq!(unmatched.to_string(), sentence);
            let base = BasePath::new("/v1");
            assert!(unmatched.is_hidden(base, "/v1/none"), "{code}");
            assert_eq!(unmatched.is_hidden(base, "/healthz"), is_hidden_elsewhere, "{code}");
        }
    }

    #[test]
    fn get_decides_about_an_undeclared_head_and_nothing_about_another_method() {
        let decides = ["HEAD", "head", "GET", "OPTIONS", "POST", ""].map(deciding_method);
        assert_eq!(decides, [Some("GET"), None, None, None, None, None]);
    }

    #[test]
    fn a_path_is_decoded_once_and_what_is_no_encoding_stays() {
        for (text, expected) in [
            ("", ""),
            ("/%76%31", "/v1"),
            ("%2576", "%76"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
            ("%%41", "%A"),
        ] {
            assert_eq!(decoded(text.as_bytes()), expected.as_bytes(), "{text}");
        }
        assert_eq!(decoded(b"%c3%A9+"), "é+".as_bytes());
    }

    #[test]
    fn a_path_leads_below_the_base_path_however_it_is_read() {
        for path in [
            "/v1",
            "/v1/",
            "/v1/none",
            "/v1//none",
            "//v1",
            "/./v1/none",
            "/x/../v1/none",
            "/%76%31/none",
            "/%2576%2531/none",
            "/v1%2Fnone",
            "/\\v1/none",
            "/%5Cv1/none",
            "/v1/../none",
            "/%2e/v1",
            "/../v1/none",
        ] {
            assert!(leads_below("/v1", path) && leads_below("/v1/", path), "{path}");
        }
        for path in ["", "/", "*", "/v10", "/shop/v1", "/v2/v1", "/none"] {
            assert!(!leads_below("/v1", path), "{path}");
            assert!(leads_below("", path) && leads_below("/", path), "{path}");
        }
        assert!(leads_below("/external/v1", "/external/none/..//v1/none"));
        // Encoded without end: not followed, and not handed on.
        assert!(leads_below("/v1", &format!("/%{}20", "25".repeat(30_000))));
    }

    #[test]
    fn the_base_path_is_found_as_whole_segments_however_it_is_reached() {
        for path in ["/v1", "/v1/none", "//v1//none", "/gateway/v1/none", "/%76%31/none", "/v1%2Fnone", "/v1/"] {
            assert!(is_below("/v1", path), "{path}");
        }
        for path in ["", "/", "*", "/v10/none", "/gatewayv1/none", "/V1/none", "/healthz"] {
            assert!(!is_below("/v1", path), "{path}");
        }
        assert!(is_below("/external/v1", "/gateway/external//v1/none"));
        assert!(!is_below("/external/v1", "/external/none/v1"));
        for path in ["", "/", "*", "/none"] {
            assert!(is_below("", path) && is_below("/", path), "{path}");
        }
    }
}
