//! From a request to its permit: what each step tells, whose the permit is, and what a hand-written operation cannot claim.
#![allow(
    clippy::unwrap_used,
    clippy::result_large_err,
    missing_docs,
    unused_macros,
    dead_code,
    unreachable_pub,
    reason = "a test; a denial is as large as a principal, and is moved, not stored"
)]

mod fixture;

use fixture::operations::{DeleteFile, GetFile, GetStatus, ListFiles, ListFilesAlternative, Search};
use fixture::{Api, POLICY, schemes};
use policy_core::__private::{End, Fork, Leaf, Nothing, One, Row, ScopeProof, Zero, check_row, row_key};
use policy_core::{
    Allowed, Holder, Operation, OperationRef, OperationSet, Pending, Permit, Principal, Reason, ScopeSet, ScopeType,
    Stage, Wrapper,
};

fn caller(scopes: &str) -> Principal<Api> {
    Principal::new("ali").with_grant(schemes::OAUTH2, ScopeSet::parse(scopes).unwrap().set())
}

fn allowed(operation: OperationRef<Api>, caller: Principal<Api>) -> Allowed<Api> {
    let pending = Pending::start(operation).authenticate(Ok(Some(caller)));
    let pending = pending.and_then(|pending| pending.enablement(Ok(&OperationSet::all())));
    pending.and_then(Pending::scopes).and_then(|pending| pending.query(None)).map(Pending::allow).unwrap()
}

#[test]
fn each_step_tells_what_it_needs() {
    for (operation, needs_authentication) in [
        (OperationRef::of::<ListFiles>(), true),
        (OperationRef::of::<Search>(), true),
        (OperationRef::of::<GetStatus>(), false),
    ] {
        let pending = Pending::start(operation);
        assert_eq!((pending.operation(), pending.needs_authentication()), (operation, needs_authentication));
        assert_eq!(format!("{pending:?}"), format!("Pending {{ operation: {operation:?}, .. }}"));
    }
    let search = || Pending::start(OperationRef::of::<Search>());
    let known = search().authenticate(Ok(Some(caller("")))).unwrap();
    assert!(known.needs_enablement() && known.principal().subject() == Some("ali"));
    let nobody = search().authenticate(Ok(None)).unwrap();
    assert!(!nobody.needs_enablement() && nobody.principal().is_anonymous());
    // A public operation looks at no credential, so that nobody is known there.
    let public = Pending::start(OperationRef::of::<GetStatus>()).authenticate(Ok(Some(caller("files:read")))).unwrap();
    assert!(!public.needs_enablement() && public.principal().is_anonymous());
}

#[test]
fn a_denial_of_known_schemes_keeps_the_caller_and_of_unknown_ones_does_not() {
    let key = Principal::<Api>::new("ali").with_grant(schemes::KEY, ScopeSet::EMPTY);
    let denial = Pending::start(OperationRef::of::<GetFile>()).authenticate(Ok(Some(key))).unwrap_err();
    assert_eq!((denial.reason(), denial.stage()), (Reason::SchemeNotSatisfied, Stage::Authentication));
    assert_eq!(denial.principal().and_then(Principal::subject), Some("ali"));
    let denial = Pending::start(OperationRef::of::<GetFile>()).authenticate(Ok(None)).unwrap_err();
    assert!(denial.principal().is_none());
}

#[test]
fn an_allowed_request_is_of_one_operation_until_it_is_refused_after_all() {
    let list = OperationRef::of::<ListFiles>();
    let request = || allowed(list, caller("files:read"));
    assert_eq!((request().operation(), request().alternative_index(), request().would_deny()), (list, 0, None));
    assert_eq!(request().principal().subject(), Some("ali"));
    assert_eq!(format!("{:?}", request()), format!("Allowed {{ operation: {list:?}, .. }}"));
    let denial = request().without_handler();
    assert_eq!((denial.operation(), denial.stage(), denial.reason()), (Some(list), Stage::Query, Reason::NoHandler));
    assert_eq!(denial.principal().and_then(Principal::subject), Some("ali"));
}

#[test]
fn a_permit_says_whose_it_is_and_which_policy_decided() {
    struct Call<O: Operation>(Permit<O>);
    impl<O: Operation> Wrapper for Call<O> {
        type Held = Permit<O>;
        fn held(&self) -> &Permit<O> {
            &self.0
        }
    }
    let permit: Permit<GetFile> =
        allowed(OperationRef::of::<GetFile>(), caller("files:read meta:read")).into_permit().unwrap();
    assert_eq!((permit.operation(), permit.fingerprint()), (OperationRef::of::<GetFile>(), POLICY.fingerprint()));
    assert_eq!((permit.would_deny(), permit.principal().subject()), (None, Some("ali")));
    assert_eq!(format!("{permit:?}"), "Permit { operation: OperationRef(GET /v1/files/{id}), .. }");
    assert_eq!(Holder::principal(&Call(permit)).subject(), Some("ali"));
}

#[test]
fn a_branch_is_found_step_by_step() {
    let met = |caller| -> Permit<ListFiles> { allowed(OperationRef::of::<ListFiles>(), caller).into_permit().unwrap() };
    let first = met(caller("files:read"));
    let branch = first.met().split::<1>().unwrap();
    assert_eq!(branch.permit().alternative_index(), 0);
    assert_eq!(Holder::principal(&branch).subject(), Some("ali"));
    assert_eq!(format!("{branch:?}"), "Branch { operation: OperationRef(GET /v1/files), alternative: 0 }");
    let second = met(Principal::new("eve").with_grant(schemes::KEY, ScopeSet::EMPTY));
    let rest = second.met().split::<1>().unwrap_err();
    assert_eq!(format!("{rest:?}"), "Met { operation: OperationRef(GET /v1/files), from: 1 }");
    assert_eq!(Holder::principal(&rest.last()).subject(), Some("eve"));
    assert!(matches!(second.alternative(), ListFilesAlternative::Key(_)));
}

/// An operation that nobody generated. Its proof is never made, since that would be an error of the build.
struct Claims<const KEY: u64, Always>(std::marker::PhantomData<Always>);

impl<const KEY: u64, Always: policy_core::__private::ScopeTree + 'static> Operation for Claims<KEY, Always> {
    type Document = Api;
    type Always = Always;
    type Row = Row<KEY>;
}

fn is_refused(check: impl FnOnce() + std::panic::UnwindSafe) -> bool {
    std::panic::catch_unwind(check).is_err()
}

#[test]
fn an_operation_claims_its_own_place_and_no_more_scopes_than_it_requires() {
    type Write = Fork<Fork<Nothing, Leaf>, Nothing>;
    type Both = Fork<Fork<Leaf, Leaf>, Nothing>;
    macro_rules! refused {
        ($index:literal, $method:literal, $template:literal, $always:ty) => {
            is_refused(|| assert_eq!(check_row::<Claims<{ row_key($index, $method, $template) }, $always>>(), $index))
        };
    }
    assert!(!refused!(2, "DELETE", "/v1/files/{id}", Write));
    assert!(refused!(2, "GET", "/v1/files/{id}", Write) && refused!(2, "DELETE", "/v1/files", Write));
    assert!(refused!(2, "DELETE", "/v1/files/{xx}", Write) && refused!(1, "DELETE", "/v1/files/{id}", Nothing));
    assert!(!refused!(2, "DELETE", "/v1/files/{id}", Nothing));
    // One of its alternatives does not require `admin`.
    assert!(refused!(2, "DELETE", "/v1/files/{id}", Both));
    assert!(refused!(5, "", "", Nothing) && refused!(65535, "DELETE", "/v1/files/{id}", Nothing));
}

struct Named<const INDEX: u16, Path>(std::marker::PhantomData<Path>);

impl<const INDEX: u16, Path: policy_core::__private::ScopePath + 'static> ScopeType for Named<INDEX, Path> {
    type Document = Api;
    type Path = Path;
    const INDEX: u16 = INDEX;
    const PROOF: ScopeProof<Self> = ScopeProof::check("");
}

#[test]
fn a_scope_has_the_name_and_the_path_of_its_place() {
    type Two = Zero<One<End>>;
    assert!(!is_refused(|| drop(ScopeProof::<Named<2, Two>>::check("files:write"))));
    assert!(is_refused(|| drop(ScopeProof::<Named<2, Two>>::check("files:read"))));
    assert!(is_refused(|| drop(ScopeProof::<Named<2, Two>>::check("files:writ"))));
    assert!(is_refused(|| drop(ScopeProof::<Named<2, Two>>::check("files:wrote"))));
    assert!(is_refused(|| drop(ScopeProof::<Named<2, One<End>>>::check("files:write"))));
    assert!(is_refused(|| drop(ScopeProof::<Named<4, Zero<Zero<One<End>>>>>::check(""))));
}

#[cfg(feature = "test-permits")]
#[test]
fn a_permit_for_a_test_needs_a_caller_whom_the_operation_lets_in() {
    let permit = policy_core::testing::permit::<ListFiles>(caller("files:read")).unwrap();
    assert_eq!((permit.alternative_index(), permit.principal().subject()), (0, Some("ali")));
    let key = Principal::new("eve").with_grant(schemes::KEY, ScopeSet::EMPTY);
    assert_eq!(policy_core::testing::permit::<ListFiles>(key).unwrap().alternative_index(), 1);
    let denial = policy_core::testing::permit::<DeleteFile>(caller("files:read")).unwrap_err();
    assert_eq!((denial.stage(), denial.missing().to_string()), (Stage::Scopes, "files:write".to_owned()));
}
