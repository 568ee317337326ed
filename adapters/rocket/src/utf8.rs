//! Headers that are not UTF-8. rocket drops them before the guard sees them, so that a malformed credential counts as none.
//!
//! If each alternative of an operation needs the dropped header, the request is refused nevertheless. If one alternative does not need it,
//! that one would decide, although the sender presented another credential. This file finds such operations.

use policy_core::owned::AlternativeFacts;
use policy_core::{Document, OperationRef, OperationSet, Policy, Scheme, SchemeKind};
use policy_http::mount::{Framework as _, MountFault};

use crate::framework::Rocket;

/// What the audit says of an operation for which this is accepted.
pub(crate) const ACCEPTED: &str = "a credential that is not UTF-8 counts as none";

/// The header field of a scheme's credential, in lower case. `None` if the credential is in no header.
fn field(kind: SchemeKind) -> Option<String> {
    match kind {
        SchemeKind::ApiKeyHeader(name) => Some(name.to_ascii_lowercase()),
        SchemeKind::ApiKeyCookie(_) => Some("cookie".to_owned()),
        SchemeKind::Basic | SchemeKind::HttpOther(_) => Some("authorization".to_owned()),
        kind if kind.is_bearer() => Some("authorization".to_owned()),
        _ => None,
    }
}

/// The header fields that each alternative needs. An alternative that is met decides, without a look at the fields of the others.
fn needs<D: Document>(alternatives: &[AlternativeFacts<&'static str>]) -> Vec<Vec<String>> {
    let policy = Policy::<D>::new();
    let fields =
        |schemes: &mut dyn Iterator<Item = Scheme<D>>| schemes.filter_map(|scheme| field(scheme.kind())).collect();
    let mut needs = Vec::new();
    for alternative in alternatives {
        if alternative.accepts_any_scheme() {
            // Any scheme of the document will do.
            needs.extend(policy.schemes().map(|scheme| fields(&mut std::iter::once(scheme))));
        } else {
            needs.push(fields(&mut alternative.schemes().iter().filter_map(|(name, _)| policy.scheme(name))));
        }
    }
    needs
}

/// The operations that one alternative could open after rocket dropped a header that another one needs.
pub(crate) fn undecidable<D: Document>() -> OperationSet<D> {
    let policy = Policy::<D>::new();
    let audited = policy.audit().data().operations;
    let undecidable = policy.operations().zip(audited).filter(|(_, audited)| {
        let needs = needs::<D>(&audited.alternatives);
        needs.iter().flatten().any(|field| !needs.iter().all(|alternative| alternative.contains(field)))
    });
    undecidable.map(|(operation, _)| operation).collect()
}

/// Why such an operation is not mounted.
pub(crate) fn fault<D: Document>(operation: OperationRef<D>) -> MountFault {
    MountFault::Template {
        framework: Rocket::NAME,
        route: operation.to_string(),
        because: "rocket drops a header that is not UTF-8, and one of the operation's alternatives does without a credential \
                  that another reads from a header, so that a malformed credential would count as none; where that may be, \
                  say so with `.non_utf8_credentials_count_as_none(reason)`",
    }
}
