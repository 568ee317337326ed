//! How other readers take a path: those that decode before they route, those that cut parameters off, and those that take upper case for
//! lower.
//!
//! A path is decided as it was sent. But the server behind the proxy may read it in another way, and run another operation than the one that
//! was allowed: `/files/%65xport`, `/files/export;a=b` and `/files/Export` are values of `/files/{id}` here, and may be `/files/export`
//! there. So a request is denied if such a reader finds another operation.

use policy_router::{BuildError, Match, OwnedRouter, Router};
use policy_spec::Engine;

/// How many times a server may decode a path.
const READERS: usize = 4;

/// What a reader that takes upper case for lower finds.
#[derive(Debug)]
pub(super) struct Folded {
    router: OwnedRouter,
}

impl Folded {
    /// The templates in lower case. `None` where two of them differ only in case: the server that serves both tells case apart.
    pub(super) fn of(engine: &Engine) -> Option<Self> {
        let operations = engine.served().operations.iter();
        let folded = operations.map(|one| (one.method.as_str(), one.path.to_ascii_lowercase()));
        let router: Result<OwnedRouter, BuildError> = Router::build(folded);
        router.ok().map(|router| Self { router })
    }

    /// Whether such a reader finds the operation with this index for the path.
    pub(super) fn finds(&self, index: usize, method: &str, path: &str) -> bool {
        let path = path.to_ascii_lowercase();
        let found = self.router.find(method, &path);
        matches!(found, Match::Found { operation, .. } if operation == index)
    }
}

/// The path in every other way in which a server may read it: decoded once, twice and so on, each time that makes a difference, and all of
/// these without parameters. `None` where it is encoded without end.
pub(super) fn readings(path: &str) -> Option<Vec<String>> {
    let mut all = decodings(path)?;
    let without = |path: &str| path.contains(';').then(|| without_parameters(path));
    let mut cut: Vec<String> = all.iter().filter_map(|path| without(path)).collect();
    cut.extend(without(path));
    all.append(&mut cut);
    Some(all)
}

fn decodings(path: &str) -> Option<Vec<String>> {
    let mut all: Vec<String> = Vec::new();
    let mut last = path;
    while last.contains('%') {
        let next = decoded(last);
        if next == last {
            break;
        }
        if all.len() == READERS {
            return None;
        }
        all.push(next);
        last = all.last().map_or("", String::as_str);
    }
    Some(all)
}

/// Without what follows a `;` in each segment (RFC 3986, section 3.3): some servers route without it.
fn without_parameters(path: &str) -> String {
    let segments = path.split('/').map(|segment| segment.split(';').next().unwrap_or_default());
    segments.collect::<Vec<_>>().join("/")
}

/// The path with what stands for a visible character decoded. What would end the path, or is no visible ASCII, stays encoded: a server that
/// decodes it takes it for a part of a value.
fn decoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let is_digits = after.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
        match byte.filter(|byte| is_digits && matches!(byte, b'!'..=b'~') && !matches!(byte, b'?' | b'#')) {
            Some(byte) => {
                text.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                text.push('%');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_in_every_way_that_makes_a_difference() {
        for (path, expected) in [
            ("/a/b", vec![]),
            ("/a/%20%C3%A4%3F%23%00", vec![]),
            ("/a/%62", vec!["/a/b"]),
            ("/a/%2562", vec!["/a/%62", "/a/b"]),
            ("/a/100%25", vec!["/a/100%"]),
            ("/a/%zz%4", vec![]),
            ("/a/%+1", vec![]),
            ("/a%252fb", vec!["/a%2fb", "/a/b"]),
            ("/a;x=1/b;y", vec!["/a/b"]),
            ("/a/%3bb", vec!["/a/;b", "/a/"]),
        ] {
            assert_eq!(
                readings(path).as_deref(),
                Some(&*expected.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()),
                "{path}"
            );
        }
        assert_eq!(readings(&format!("/%{}41", "25".repeat(9))), None);
    }
}
