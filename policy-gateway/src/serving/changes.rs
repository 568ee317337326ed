//! What a new configuration changes, for whoever reads the log.
//!
//! A document that is replaced can let in more callers than the one before it, and nothing is wrong with it. So each reload says what it
//! changed, the most dangerous first.

use policy_spec::{Danger, compare};

use crate::authorizer::PolicySet;
use crate::configuration::{Configuration, PolicyEntry};

/// How many differences of a policy are told one by one.
const MOST: usize = 20;

/// Tells in which operations the policies differ. It takes a while with large documents.
pub(super) fn tell(before: &PolicySet, after: &PolicySet) {
    for entry in after.entries() {
        let Some(old) = before.entries().iter().find(|old| old.name() == entry.name()) else {
            let operations = entry.engine().served().operations.len();
            tracing::warn!(target: "policy_gateway", policy = entry.name(), operations, "the policy is new");
            continue;
        };
        let (now, then) = (entry.engine().served(), old.engine().served());
        let mut differences: Vec<_> =
            compare(now, then).into_iter().map(|difference| (Danger::of(&difference, now), difference)).collect();
        differences.sort_by_key(|(danger, _)| *danger);
        for (danger, difference) in differences.iter().take(MOST) {
            let words = difference.in_words(now, then, "before");
            let what = words.operation.or(words.scheme).unwrap_or_default();
            let (said, said_before) = (words.said_here.unwrap_or_default(), words.said_there.unwrap_or_default());
            let (policy, change) = (entry.name(), danger.as_str());
            if *danger < Danger::Narrowed {
                tracing::warn!(target: "policy_gateway", policy, change, what, said, said_before, "{}", danger.summary());
            } else {
                tracing::info!(target: "policy_gateway", policy, change, what, said, said_before, "{}", danger.summary());
            }
        }
        let more = differences.len().saturating_sub(MOST);
        if more > 0 {
            tracing::warn!(target: "policy_gateway", policy = entry.name(), more, "the policy has further differences; `cargo policy diff` shows all of them");
        }
    }
    for old in before.entries() {
        if !after.entries().iter().any(|entry| entry.name() == old.name()) {
            tracing::info!(target: "policy_gateway", policy = old.name(), "the policy is gone");
        }
    }
}

/// Tells which keys of each policy differ in the file itself.
pub(super) fn tell_keys(before: &Configuration, after: &Configuration) {
    for entry in &after.policies {
        let Some(old) = before.policies.iter().find(|old| old.name == entry.name) else { continue };
        let keys = keys(old, entry);
        if !keys.is_empty() {
            let (policy, keys) = (&entry.name.value, keys.join(", "));
            tracing::warn!(target: "policy_gateway", policy, keys, "the policy has other settings than before");
        }
    }
}

fn keys(old: &PolicyEntry, new: &PolicyEntry) -> Vec<&'static str> {
    let same = [
        ("source", old.source == new.source),
        ("base-path", old.base_path == new.base_path),
        ("public-origin", old.public_origin == new.public_origin),
        ("listeners", old.listeners == new.listeners),
        ("document-key", old.document_key == new.document_key),
        ("hosts", old.hosts == new.hosts),
        ("schemes", old.schemes == new.schemes),
        ("enablement", old.enablement == new.enablement),
        ("identity", old.identity == new.identity),
        ("assertion", old.assertion == new.assertion),
        ("remove-headers", old.removed_headers == new.removed_headers),
        ("shadow", old.shadow == new.shadow),
    ];
    same.into_iter().filter(|(_, is_same)| !is_same).map(|(key, _)| key).collect()
}
