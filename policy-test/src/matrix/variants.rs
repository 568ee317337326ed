//! Other ways to write a path, which fooled guards that compare paths. Each is what a router, a proxy or a framework takes for the path.

/// A way to write a path anew. It gives `None` where the path has no place for it.
type Rewrite = fn(&str) -> Option<String>;

/// A kind of variant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    /// What it has, in words that stand behind "the path with".
    pub(crate) name: &'static str,
    /// Whether a caller without scopes tries it too, beside nobody.
    pub(crate) is_common: bool,
    rewrite: Rewrite,
}

impl Variant {
    /// The path written in this way.
    pub(crate) fn of(&self, path: &str) -> Option<String> {
        (self.rewrite)(path).filter(|written| written != path)
    }
}

const fn common(name: &'static str, rewrite: Rewrite) -> Variant {
    Variant { name, is_common: true, rewrite }
}

const fn rare(name: &'static str, rewrite: Rewrite) -> Variant {
    Variant { name, is_common: false, rewrite }
}

/// All of them.
pub(crate) const VARIANTS: [Variant; 22] = [
    common("a trailing slash", |path| Some(path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned))),
    common("a double slash", |path| at_last(path, "//")),
    common("a dot segment", |path| at_last(path, "/./")),
    common("two dot segments that cancel", |path| at_last(path, "/x/../")),
    common("an encoded slash", |path| at_last(path, "%2F")),
    common("an encoded letter", |path| letter(path, |byte| format!("%{byte:02X}"))),
    common("an upper-case letter", |path| letter(path, |byte| char::from(byte.to_ascii_uppercase()).to_string())),
    rare("a letter that is encoded twice", |path| letter(path, |byte| format!("%25{byte:02X}"))),
    rare("a slash that is encoded twice", |path| at_last(path, "%252F")),
    rare("two slashes in front", |path| Some(format!("/{path}"))),
    rare("two trailing slashes", |path| Some(format!("{path}//"))),
    rare("an encoded trailing slash", |path| Some(format!("{path}%2F"))),
    rare("an encoded dot segment", |path| at_last(path, "/%2e/")),
    rare("two encoded dot segments", |path| at_last(path, "/x/%2e%2e/")),
    rare("a dot segment with a parameter", |path| at_last(path, "/x/..;/")),
    rare("a path parameter", |path| Some(format!("{path};x=1"))),
    rare("an encoded backslash", |path| at_last(path, "%5C")),
    rare("a suffix", |path| Some(format!("{path}.json"))),
    rare("a trailing dot", |path| Some(format!("{path}."))),
    rare("an encoded space", |path| Some(format!("{path}%20"))),
    rare("an encoded NUL", |path| Some(format!("{path}%00"))),
    rare("an encoded line feed", |path| Some(format!("{path}%0A"))),
];

/// The path with its last slash, but for the one at its end, written in another way.
fn at_last(path: &str, written: &str) -> Option<String> {
    let end = path.len() - usize::from(path.ends_with('/'));
    let at = path.get(..end)?.rfind('/')?;
    Some(format!("{}{written}{}", path.get(..at)?, path.get(at + 1..)?))
}

/// The path with the first letter of its first segment written in another way: that is a literal in nearly every document.
fn letter(path: &str, written: impl Fn(u8) -> String) -> Option<String> {
    let (at, byte) = path.bytes().enumerate().find(|(_, byte)| byte.is_ascii_lowercase())?;
    Some(format!("{}{}{}", path.get(..at)?, written(byte), path.get(at + 1..)?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use std::collections::BTreeSet;

    use super::VARIANTS;

    fn of(name: &str, path: &str) -> Option<String> {
        VARIANTS.iter().find(|variant| variant.name == name).unwrap().of(path)
    }

    #[test]
    fn each_is_another_path_and_no_two_are_the_same() {
        for path in ["/files", "/files/7", "/a/b/c/", "/"] {
            let written: Vec<String> = VARIANTS.iter().filter_map(|variant| variant.of(path)).collect();
            // In front of a single segment two variants are one.
            let single = usize::from(path.matches('/').count() == 1);
            assert!(written.iter().collect::<BTreeSet<_>>().len() + single >= written.len(), "{written:?}");
            assert!(written.iter().all(|one| one != path));
        }
    }

    #[test]
    fn they_are_written_as_their_names_say() {
        for (name, path, expected) in [
            ("a trailing slash", "/files", "/files/"),
            ("a trailing slash", "/files/", "/files"),
            ("a double slash", "/files/7", "/files//7"),
            ("a dot segment", "/files", "/./files"),
            ("two dot segments that cancel", "/files/7", "/files/x/../7"),
            ("an encoded slash", "/files/7", "/files%2F7"),
            ("an encoded letter", "/files/7", "/%66iles/7"),
            ("a letter that is encoded twice", "/files/7", "/%2566iles/7"),
            ("an upper-case letter", "/files/7", "/Files/7"),
        ] {
            assert_eq!(of(name, path).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(of("an encoded letter", "/7"), None);
    }
}
