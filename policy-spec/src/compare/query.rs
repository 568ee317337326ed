//! Which query keys one operation takes and another refuses.

use policy_core::owned::QueryFacts;

fn takes(query: &QueryFacts, key: &str) -> bool {
    query.any
        || query.names.iter().any(|name| name == key)
        || query.prefixes.iter().any(|prefix| key.starts_with(prefix.as_str()))
}

/// A query key that the first takes and the second refuses.
pub(super) fn key_beyond(query: &QueryFacts, other: &QueryFacts) -> Option<String> {
    if let Some(name) = query.names.iter().find(|name| !takes(other, name)) {
        return Some(name.clone());
    }
    let everything = query.any.then_some("");
    let prefixes = query.prefixes.iter().map(String::as_str).chain(everything);
    prefixes
        .filter(|prefix| !other.any && !other.prefixes.iter().any(|wider| prefix.starts_with(wider.as_str())))
        .find_map(|prefix| {
            // The other operation takes finitely many names below this prefix, and each of its longer prefixes takes one next letter.
            // So some letter is left over.
            let letters = || ('a'..='z').chain('\u{100}'..='\u{2fff}').map(String::from);
            let short = std::iter::once("…".to_owned()).chain(letters());
            let long = letters().map(|letter| letter.repeat(40));
            let keys = short.chain(long).map(|rest| format!("{prefix}{rest}"));
            keys.take(10_000).find(|key| !takes(other, key)).or_else(|| Some(prefix.to_owned()))
        })
}
