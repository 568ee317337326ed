//! A stable name for a policy.

use std::borrow::Cow;

use hmac_sha256::Hash;
use policy_core::ScopeMapping;
use policy_core::owned::AlternativeFacts;

use crate::model::{PolicyModel, SchemeKind};

/// Begins the normal form. Its number is raised when the form changes, so that two forms never share a fingerprint.
const FORM: &str = "policy-fingerprint/2";

impl PolicyModel {
    /// The first 16 hexadecimal digits of the SHA-256 of the normalised model.
    ///
    /// It covers everything that decides: the check order, the base path, the kinds of schemes and the names of scopes. It covers each
    /// operation's method, template, access, alternatives and query keys, the follow-up operations of webhooks, the scope map, and which
    /// credentials count as nobody.
    ///
    /// Comments and the order of keys, alternatives and parameters do not change it. Neither do descriptions, summaries, titles,
    /// `operationId`s and positions.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut form: Vec<u8> = Vec::new();
        form.text(FORM);
        form.text(&self.base_path);
        form.list(self.check_order.iter().map(|stage| stage.as_str().to_owned()).collect());
        form.sorted(
            self.schemes
                .iter()
                .map(|scheme| {
                    encode(|form| {
                        form.text(&scheme.name);
                        let (kind, name) = kind(&scheme.kind);
                        form.text(kind);
                        form.text(&name);
                        // A scheme of which nothing is said keeps the form that it had before anything could be.
                        if !scheme.as_nobody.is_empty() {
                            form.list(scheme.as_nobody.iter().map(|stale| stale.as_str().to_owned()).collect());
                        }
                    })
                })
                .collect(),
        );
        form.sorted(self.scopes.iter().map(|scope| scope.name.as_bytes()).collect());
        form.sorted(
            self.operations
                .iter()
                .map(|operation| {
                    encode(|form| {
                        form.text(&operation.method);
                        form.text(&operation.path);
                        form.text(operation.requirement.access_word());
                        form.sorted(operation.alternatives().iter().map(alternative).collect());
                        form.sorted(operation.query.names.iter().map(String::as_bytes).collect());
                        form.sorted(operation.query.prefixes.iter().map(String::as_bytes).collect());
                        form.text(match (operation.query.any, operation.query.ignores_others) {
                            (true, _) => "any",
                            (false, true) => "others ignored",
                            (false, false) => "listed",
                        });
                    })
                })
                .collect(),
        );
        form.sorted(
            self.webhooks
                .iter()
                .map(|webhook| {
                    encode(|form| {
                        form.text(&webhook.name);
                        let operations = webhook.follow_up.iter().filter_map(|index| self.operations.get(*index));
                        form.sorted(operations.map(|operation| operation.key().into_bytes()).collect());
                    })
                })
                .collect(),
        );
        // A policy without a map keeps the form that it had before there were any.
        if !self.scope_map.is_empty() {
            form.sorted(self.scope_map.iter().map(mapping).collect());
        }
        Hash::hash(&form).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The normal form of an alternative.
pub(crate) fn alternative(alternative: &AlternativeFacts) -> Vec<u8> {
    encode(|form| {
        form.text(if alternative.is_anonymous() { "anonymous" } else { "authenticated" });
        form.sorted(
            alternative
                .schemes()
                .iter()
                .map(|(scheme, scopes)| {
                    encode(|form| {
                        form.text(scheme);
                        form.sorted(scopes.iter().map(String::as_bytes).collect());
                    })
                })
                .collect(),
        );
        form.sorted(alternative.extension().iter().map(String::as_bytes).collect());
    })
}

/// The normal form of an entry of the scope map.
fn mapping(mapping: &ScopeMapping) -> Vec<u8> {
    encode(|form| {
        form.text(&mapping.scheme);
        form.list(mapping.claim.clone());
        form.text(&mapping.from);
        form.sorted(mapping.to.iter().map(String::as_bytes).collect());
        form.text(&mapping.until.map(|until| until.to_string()).unwrap_or_default());
    })
}

/// A kind of scheme in the normal form. It is equal for kinds that are the [same](SchemeKind::is_same).
fn kind(kind: &SchemeKind) -> (&'static str, Cow<'_, str>) {
    match kind.parts() {
        ("header", name) => ("header", name.to_ascii_lowercase().into()),
        (kind, name) => (kind, name.into()),
    }
}

/// Where the normal form is written. Each part is written with its length, so that two different models never have the same form.
trait Form {
    fn bytes(&mut self, bytes: &[u8]);

    fn number(&mut self, number: usize) {
        self.bytes(&(number as u64).to_be_bytes());
    }
    fn part(&mut self, part: &[u8]) {
        self.number(part.len());
        self.bytes(part);
    }
    fn text(&mut self, text: &str) {
        self.part(text.as_bytes());
    }
    fn list(&mut self, parts: Vec<String>) {
        self.number(parts.len());
        for part in parts {
            self.text(&part);
        }
    }
    fn sorted(&mut self, mut parts: Vec<impl AsRef<[u8]> + Ord>) {
        parts.sort_unstable();
        self.number(parts.len());
        for part in parts {
            self.part(part.as_ref());
        }
    }
}

impl Form for Vec<u8> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

fn encode(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut buffer = Vec::new();
    write(&mut buffer);
    buffer
}
