//! What a path may mean to whoever reads it. Readers decode, merge slashes, resolve dots or cut parameters off, and no two of them agree.
//!
//! The application that gets a request may be such a reader, or hand it on to one. What means an operation to any of them is not for it.

use percent_encoding::percent_decode;

/// How many times a path may be encoded before it counts as meaning everything. No honest path has more layers, and each costs a pass.
const LAYERS: usize = 4;

/// One way to take a path apart, beside how often it is decoded and where it ends.
#[derive(Clone, Copy)]
struct Reader {
    /// It takes `\` for a slash, as the WHATWG's URL parser does.
    backslash: bool,
    /// It cuts what follows a `;` off each segment (RFC 3986, section 3.3, calls this a parameter of the segment).
    parameters: bool,
    /// It takes several slashes for one, and one at the end for none.
    merge: bool,
    /// It resolves `.` and `..` (RFC 3986, section 5.2.4).
    dots: bool,
}

impl Reader {
    /// The reader who changes nothing.
    const PLAIN: Self = Self { backslash: false, parameters: false, merge: false, dots: false };

    fn all() -> impl Iterator<Item = Self> {
        (0..16_u8).map(|bits| Self {
            backslash: bits & 1 > 0,
            parameters: bits & 2 > 0,
            merge: bits & 4 > 0,
            dots: bits & 8 > 0,
        })
    }

    fn segments(self, path: &[u8]) -> Vec<&[u8]> {
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let mut read: Vec<&[u8]> = Vec::new();
        for segment in path.split(|byte| *byte == b'/' || (self.backslash && *byte == b'\\')) {
            let cut = segment.iter().position(|byte| *byte == b';').filter(|_| self.parameters);
            let segment = cut.and_then(|end| segment.get(..end)).unwrap_or(segment);
            match segment {
                b"" if self.merge => {}
                b"." if self.dots => {}
                b".." if self.dots => drop(read.pop()),
                _ => read.push(segment),
            }
        }
        read
    }
}

/// Whether the segments pass the test as some reader sees them. A path that is encoded again and again passes untested.
pub(super) fn any_reading(path: &str, test: impl Fn(&[&[u8]]) -> bool) -> bool {
    let mut read = path.as_bytes().to_vec();
    for _ in 0..LAYERS {
        // A reader may take an encoded `?`, `#` or zero byte for the end of the path.
        let end = read.iter().position(|byte| matches!(byte, b'?' | b'#' | 0));
        let ends = [Some(read.as_slice()), end.and_then(|end| read.get(..end))];
        if ends.into_iter().flatten().any(|path| any_reader(path, &test)) {
            return true;
        }
        let next: Vec<u8> = percent_decode(&read).collect();
        if next.len() == read.len() {
            return false;
        }
        read = next;
    }
    true
}

fn any_reader(path: &[u8], test: &impl Fn(&[&[u8]]) -> bool) -> bool {
    let differs = |pair: &[u8]| matches!(pair, b"//" | b"/." | b"\\." | [b';' | b'\\', _] | [_, b';' | b'\\']);
    if path.windows(2).any(differs) || path.ends_with(b"/") {
        return Reader::all().any(|reader| test(&reader.segments(path)));
    }
    test(&Reader::PLAIN.segments(path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::any_reading;

    /// Whether some reader takes the path for `/orders/mine`.
    fn means(path: &str) -> bool {
        any_reading(path, |segments| segments == [b"orders".as_slice(), b"mine"])
    }

    #[test]
    fn every_reading_is_tried() {
        for path in [
            "/orders/mine",
            "/orders/%6dine",
            "/%6Frders/%6Dine",
            "/orders/%256dine",
            "/orders%2fmine",
            "/orders%252Fmine",
            "//orders//mine",
            "/orders/mine/",
            "/orders/mine//",
            "/./orders/mine",
            "/orders/./mine",
            "/orders/x/../mine",
            "/x/../orders/mine",
            "/x/%2e%2e/orders/mine",
            "/../orders/mine",
            "/orders;a=b/mine;c",
            "/orders/mine;",
            "/orders%3Bx/mine",
            "/orders\\mine",
            "\\orders\\mine",
            "/orders%5cmine",
            "/x%5c..%5corders/mine/.",
            "/orders/mine%3Fx",
            "/orders/mine%23",
            "/orders/mine%00.html",
            "/x//../orders/mine",
            "/x;/..;/orders/mine",
        ] {
            assert!(means(path), "{path}");
        }
        for path in
            ["", "/", "*", "/orders", "/orders/mine/x", "/orders/minee", "/orders/Mine", "/x/orders/mine", "/a%20b"]
        {
            assert!(!means(path), "{path}");
        }
    }

    #[test]
    fn a_path_without_an_end_of_its_encoding_is_not_followed() {
        assert!(!any_reading("/%252520", |_| false));
        assert!(any_reading(&format!("/%{}20", "25".repeat(30_000)), |_| false));
    }
}
