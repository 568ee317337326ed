//! One `tracing` event for each decision, with the target `policy`. No field holds a credential or a request's path.

use std::fmt;

use policy_core::{Allowed, Denial, Document, Policy, Principal, Reason};
use tracing::field::{DisplayValue, display};

/// Text from outside, for a log line: at most 128 characters, control characters escaped.
///
/// ```
/// assert_eq!(policy_http::Bounded("a\nb").to_string(), "a\\nb");
/// assert_eq!(policy_http::Bounded(&"a".repeat(500)).to_string().chars().count(), 129);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bounded<'a>(
    /// The text.
    pub &'a str,
);

impl fmt::Display for Bounded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(128) {
            write!(f, "{}", character.escape_debug())?;
        }
        if characters.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}

type Shown<'a> = Option<DisplayValue<Bounded<'a>>>;

fn shown(text: Option<&str>) -> Shown<'_> {
    text.map(|text| display(Bounded(text)))
}

fn caller<D: Document>(principal: Option<&Principal<D>>) -> (Shown<'_>, Shown<'_>) {
    (shown(principal.and_then(Principal::credential_id)), shown(principal.and_then(Principal::tenant)))
}

pub(crate) fn allowed<D: Document>(allowed: &Allowed<D>) {
    let (credential_id, tenant) = caller(Some(allowed.principal()));
    tracing::info!(
        target: "policy",
        decision = "allow",
        http.request.method = allowed.operation().method(),
        http.route = allowed.operation().template(),
        credential_id,
        tenant,
        fingerprint = Policy::<D>::new().fingerprint(),
        "request allowed"
    );
}

pub(crate) fn denied<D: Document>(denial: &Denial<'_, D>) {
    let (credential_id, tenant) = caller(denial.principal());
    let operation = denial.operation();
    let missing = denial.missing();
    let query_key = match denial.reason() {
        Reason::UnsupportedQuery(key) => Some(key.to_string()),
        _ => None,
    };
    tracing::info!(
        target: "policy",
        decision = "deny",
        http.request.method = operation.map(|operation| operation.method()),
        http.route = operation.map(|operation| operation.template()),
        stage = denial.stage().as_str(),
        reason = denial.reason_code(),
        status = denial.status(),
        missing_scopes = (!missing.is_empty()).then(|| display(missing)),
        query_key = shown(query_key.as_deref()),
        credential_id,
        tenant,
        fingerprint = Policy::<D>::new().fingerprint(),
        "request denied"
    );
}
