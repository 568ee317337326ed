//! How other readers take a path: those that decode before they route, those that cut parameters off, those that end at a null, and those
//! that take upper case for lower.
//!
//! A path is decided as it was sent. But the server behind the proxy may read it in another way, and run another operation than the one that
//! was allowed: `/files/%65xport`, `/files/export;a=b` and `/files/Export` are values of `/files/{id}` here, and may be `/files/export`
//! there. Some decode more than the standards have: `%u0065`, and the forms of UTF-8 that are longer than they may be (`%c1%a5`). So a request is denied if such a reader finds another operation.

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
/// these up to a null, and without parameters. `None` where it is encoded without end.
pub(super) fn readings(path: &str) -> Option<Vec<String>> {
    let mut all = decodings(path)?;
    let ends_early = |path: &str| path.split_once("%00").map(|(before, _)| before.to_owned());
    let mut ended: Vec<String> = all.iter().filter_map(|path| ends_early(path)).collect();
    ended.extend(ends_early(path));
    all.append(&mut ended);
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
        let found = stands_for(after).filter(|(byte, _)| matches!(byte, b'!'..=b'~') && !matches!(byte, b'?' | b'#'));
        match found {
            Some((byte, length)) => {
                text.push(char::from(byte));
                rest = after.get(length..).unwrap_or_default();
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

/// The ASCII byte that stands after a `%`, and the length of what stands for it. It is written as two digits, as `u` and four digits, or in a
/// form of UTF-8 with more bytes than it needs.
fn stands_for(after: &str) -> Option<(u8, usize)> {
    if let Some(digits) = after.strip_prefix(['u', 'U']) {
        let high = digit_pair(digits)?;
        let low = digit_pair(digits.get(2..)?)?;
        return (high == 0).then_some((low, 5));
    }
    let first = digit_pair(after)?;
    // How many bytes follow, and the bits of the first one that count.
    let (more, bits) = match first {
        0..0x80 => return Some((first, 2)),
        0xc0 | 0xc1 => (1, first & 0x1f),
        0xe0 => (2, 0),
        0xf0 => (3, 0),
        _ => return None,
    };
    let (mut value, mut length) = (u32::from(bits), 2_usize);
    for _ in 0..more {
        let next = digit_pair(after.get(length..)?.strip_prefix('%')?)?;
        if next & 0xc0 != 0x80 {
            return None;
        }
        value = (value << 6) | u32::from(next & 0x3f);
        length = length.checked_add(3)?;
    }
    u8::try_from(value).ok().filter(u8::is_ascii).map(|byte| (byte, length))
}

fn digit_pair(text: &str) -> Option<u8> {
    let digits = text.get(..2)?;
    let is_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_in_every_way_that_makes_a_difference() {
        for (path, expected) in [
            ("/a/b", vec![]),
            ("/a/%20%C3%A4%3F%23", vec![]),
            ("/a/%62", vec!["/a/b"]),
            ("/a/%2562", vec!["/a/%62", "/a/b"]),
            ("/a/100%25", vec!["/a/100%"]),
            ("/a/%zz%4", vec![]),
            ("/a/%+1", vec![]),
            ("/a%252fb", vec!["/a%2fb", "/a/b"]),
            ("/a;x=1/b;y", vec!["/a/b"]),
            ("/a/%3bb", vec!["/a/;b", "/a/"]),
            ("/a/%00b", vec!["/a/"]),
            ("/a/%2500b", vec!["/a/%00b", "/a/"]),
            ("/a/%u0062%U002f%u1234%u00", vec!["/a/b/%u1234%u00"]),
            ("/a%c0%af%c1%a2", vec!["/a/b"]),
            ("/a%e0%80%af%f0%80%80%afb", vec!["/a//b"]),
            ("/a/%c3%a4%e2%82%ac%c0%2f%c0", vec!["/a/%c3%a4%e2%82%ac%c0/%c0"]),
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
