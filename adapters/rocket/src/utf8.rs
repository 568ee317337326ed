//! Headers that are not UTF-8. rocket drops them before anybody sees them, so that a malformed credential is none.
//!
//! Where each alternative of an operation needs the header that was dropped, its request is refused all the same. Where one
//! does not, that one would decide, though the sender meant to be known by another: such operations are found here.

use policy_core::owned::AlternativeFacts;
use policy_core::{Document, OperationRef, OperationSet, Policy, Scheme, SchemeKind};
use policy_http::mount::{Framework as _, MountFault};

use crate::framework::Rocket;

/// What the audit says of such an operation.
pub(crate) const ACCEPTED: &str = "a credential that is not UTF-8 counts as none";

/// The header field that a scheme's credential stands in, in lower case. `None` where it is in no header.
fn field(kind: SchemeKind) -> Option<String> {
    match kind {
        SchemeKind::ApiKeyHeader(name) => Some(name.to_ascii_lowercase()),
        SchemeKind::ApiKeyCookie(_) => Some("cookie".to_owned()),
        SchemeKind::Basic | SchemeKind::HttpOther(_) => Some("authorization".to_owned()),
        kind if kind.is_bearer() => Some("authorization".to_owned()),
        _ => None,
    }
}

/// The header fields that each alternative needs: nothing of the others is looked at where that one lets a request in.
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

/// The operations that one alternative may open although a header that another one needs was dropped.
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
