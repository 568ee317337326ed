//! Whether a request that matches nothing is one for the API: only a caller who is known may learn that there is nothing.

use percent_encoding::percent_decode_str;

/// Whether the base path stands in the path, as whole segments, wherever a router could have found it: behind the prefix of a
/// mount, with slashes that it takes for one, or encoded. Where it errs, a caller is asked who they are and learns no route.
///
/// Frameworks disagree about all three, and whatever one of them serves below the base path is answered 401 to an unknown
/// caller. Were what it does not serve answered 404 there, the two could be told apart.
pub(crate) fn is_below(base: &str, path: &str) -> bool {
    // What is encoded in the document is decoded here too.
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let (base, path) = (decoded(base), decoded(path));
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

/// Whether the path begins with the base path, as whole segments, byte by byte: where a router compares the path as it was sent,
/// no operation can be reached by any other. Everything is below an empty base path.
pub(crate) fn begins_with(base: &str, path: &str) -> bool {
    path.strip_prefix(base.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The segments that are not empty.
fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{begins_with, is_below};

    #[test]
    fn a_path_begins_with_the_base_path_as_it_was_sent() {
        for path in ["/v1", "/v1/", "/v1/none", "/v1//none"] {
            assert!(begins_with("/v1", path) && begins_with("/v1/", path), "{path}");
        }
        for path in ["", "/", "*", "/v10", "//v1", "/%76%31/none", "/shop/v1"] {
            assert!(!begins_with("/v1", path), "{path}");
        }
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
