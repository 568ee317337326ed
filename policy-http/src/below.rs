//! Whether a request that matches nothing is one for the API: only a caller who is known may learn that there is nothing.

use percent_encoding::percent_decode;

/// Whether the base path stands in the path, as whole segments, wherever a router could have found it: behind the prefix of a
/// mount, with slashes that it takes for one, or encoded. Where it errs, a caller is asked who they are and learns no route.
///
/// Frameworks disagree about all three, and whatever one of them serves below the base path is answered 401 to an unknown
/// caller. Were what it does not serve answered 404 there, the two could be told apart.
pub(crate) fn is_below(base: &str, path: &str) -> bool {
    // What is encoded in the document is decoded here too.
    let (base, path) = (decoded(base.as_bytes()), decoded(path.as_bytes()));
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

/// Whether the path leads below the base path for any reader that decodes it, merges its slashes, takes `\` for one or resolves
/// its dots. The application itself may be such a reader, or hand the request on to one. Everything is below an empty base path.
pub(crate) fn leads_below(base: &str, path: &str) -> bool {
    let base = decoded(base.as_bytes());
    let mut read = path.as_bytes().to_vec();
    // What was encoded twice is read by two readers. There is no honest path with more layers, and each costs a pass.
    for _ in 0..READERS {
        let next = decoded(&read);
        if next.len() == read.len() {
            return passes(&base, &read);
        }
        read = next;
    }
    true
}

/// How many times a path may be encoded before it counts as leading everywhere.
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
        // Not every reader resolves dots: `/v1/../x` is below `/v1` for one that does not.
        passed |= segments(base).eq(here.iter().copied());
    }
    passed
}

fn decoded(text: &[u8]) -> Vec<u8> {
    percent_decode(text).collect()
}

/// The segments that are not empty.
fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{is_below, leads_below};

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
