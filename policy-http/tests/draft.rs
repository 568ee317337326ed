//! A draft lets a program compile that writes its document. It is never served, and it denies whoever asks.
//!
//! The policy is what policy-build's tests make of a document and of handlers that it does not have yet.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[allow(unreachable_pub, reason = "generated for a module that a crate may export")]
mod policy {
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../policy-build/tests/goldens/draft.rs"));
}

use policy::operations::{ListFiles, ListReports};
use policy::schemes::KEY;
use policy::{Api, POLICY};
use policy_core::{Operation, OperationRef, Principal, ScopeSet};
use policy_http::mount::{Framework, MountFault, Plan};
use policy_http::{Authenticator, Credential, EnableAll, Options};

/// Lets anybody in, with everything.
struct Everything;

fn everything() -> Principal<Api> {
    let mut all = ScopeSet::EMPTY;
    POLICY.scopes().for_each(|scope| all.insert(scope));
    POLICY.schemes().fold(Principal::new("anybody"), |caller, scheme| caller.with_grant(scheme, all))
}

impl Authenticator<Api> for Everything {
    async fn authenticate(
        &self,
        _: &Credential<'_, Api>,
    ) -> Result<Principal<Api>, policy_core::AuthenticationFailure> {
        Ok(everything())
    }
}

enum Any {}

impl Framework for Any {
    const NAME: &'static str = "any";
}

/// The one way in which every adapter mounts.
#[test]
fn no_adapter_mounts_a_draft() {
    let mut plan: Plan<Api, ()> = Plan::new();
    for operation in POLICY.operations() {
        plan.handler(operation, ());
    }
    let served = plan.serve::<Any, _, _, ()>(Everything, EnableAll, Options::new(), |handler| handler);
    let error = served.map(drop).unwrap_err();
    assert_eq!(error.faults(), [MountFault::Draft]);
    assert!(error.to_string().contains("nothing is served by a draft"), "{error}");
}

#[test]
fn a_draft_denies_a_caller_who_has_everything() {
    assert!(POLICY.is_draft());
    let caller = everything();
    assert!(caller.grant(KEY).is_some());
    for operation in POLICY.operations() {
        assert!(!operation.is_met_by(&caller), "{operation}");
        assert!(!operation.is_met_by(&Principal::new("nobody")), "{operation}");
    }
    // The old document's, and one that only the sources name.
    for operation in [of::<ListFiles>(), of::<ListReports>()] {
        assert!(!operation.is_met_by(&caller), "{operation}");
    }
}

fn of<O: Operation<Document = Api>>() -> OperationRef<Api> {
    OperationRef::of::<O>()
}
