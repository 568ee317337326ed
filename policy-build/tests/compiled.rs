//! The goldens compile without a warning, in a module full of names that would break careless source.
#![deny(missing_docs, warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

extern crate policy_core as renamed_core;

/// The policy of `tests/documents/files.yaml`.
pub mod files {
    include!("goldens/files.rs");
}

/// The policy of a model that wishes to break out.
pub mod hostile {
    #![expect(dead_code, reason = "they stand in the way and are of no other use")]

    enum Option {}
    enum Result {}
    enum String {}
    trait Clone {}
    trait Copy {}
    trait Debug {}
    mod core {}
    mod policy_core {}

    include!("goldens/hostile.rs");
}

/// The same, larger: in columns.
pub mod large {
    #![expect(dead_code, reason = "they stand in the way and are of no other use")]

    enum Option {}
    mod core {}
    mod policy_core {}

    include!("goldens/large.rs");
}

/// The same in the order of templates.
pub mod sorted {
    include!("goldens/sorted.rs");
}

mod models;

use files::operations::{DeleteFile, DeleteFileAlternative, GetFile, ListFiles, ListFilesAlternative};
use files::scopes::{FilesRead, FilesWrite, MetaRead};
use hostile::operations::SelfOperation;
use policy_core::{Access, Alternatives, Branch, Carries, Permit, Stage};

/// Take the map away, or point it elsewhere, and this fails.
#[test]
fn every_operation_is_found_by_method_and_template() {
    let policy = files::POLICY;
    assert_eq!(policy.operations().count(), 5);
    for operation in policy.operations() {
        assert_eq!(policy.operation(operation.method(), operation.template()), Some(operation));
    }
    assert_eq!(hostile::POLICY.operations().count(), models::hostile().operations.len());
    for operation in hostile::POLICY.operations() {
        assert_eq!(hostile::POLICY.operation(operation.method(), operation.template()), Some(operation));
    }
    for (method, template) in [
        ("GET", "/files"),
        ("get", "/v1/files"),
        ("POST", "/v1/files"),
        ("GET", "/v1/files/"),
        ("GET", "/v1/files/{other}"),
        ("GET", "/v1/files/17"),
        ("", ""),
    ] {
        assert_eq!(policy.operation(method, template), None, "{method} {template}");
    }
}

#[test]
fn the_router_finds_the_operations_of_the_policy() {
    let policy = files::POLICY;
    for operation in policy.operations() {
        let path = operation.template().replace("{file_id}", "17").replace("{id}", "17");
        let found = files::ROUTER.find(operation.method(), &path).operation();
        assert_eq!(found.and_then(|place| policy.operation_at(place)), Some(operation), "{path}");
    }
    for (method, path) in
        [("GET", "/v1/files//"), ("PUT", "/v1/files"), ("GET", "/files"), ("GET", "/v1/%2e%2e/v1/files")]
    {
        assert_eq!(files::ROUTER.find(method, path).operation(), None, "{method} {path}");
    }
    assert_eq!(policy.operation_at(policy.operations().count()), None);
}

/// The table holds what the model says, whatever it says.
#[test]
fn the_table_is_the_model() {
    assert_is_the_model(hostile::POLICY, &models::hostile());
    assert_is_the_model(large::POLICY, &models::large());
    assert_is_the_model(sorted::POLICY, &models::sorted());
}

fn assert_is_the_model<D: policy_core::Document>(policy: policy_core::Policy<D>, model: &policy_spec::PolicyModel) {
    assert_eq!(policy.operations().count(), model.operations.len());
    for (operation, said) in policy.operations().zip(&model.operations) {
        assert_eq!(operation.method(), said.method);
        assert_eq!(policy.operation(operation.method(), operation.template()), Some(operation));
        assert_eq!(operation.template(), format!("/v1{}", said.template));
        assert_eq!(operation.access().as_str(), said.requirement.access_word());
        assert_eq!(operation.definition().operation_id(), said.operation_id.as_deref());
        assert_eq!(operation.definition().summary(), said.summary.as_deref());
        // The key of a credential in the query is allowed where that credential may be the one.
        let names = operation.definition().query().names().iter().filter(|name| !name.is_empty());
        assert!(names.eq(&said.query.names));
        assert_eq!(operation.definition().query().any(), said.query.any);
        assert_eq!(operation.definition().location(), said.location.to_string());
        // What only an extension says is spelled out for each scheme that may authenticate the caller.
        let expected: Vec<bool> = said
            .alternatives()
            .iter()
            .flat_map(|said| vec![said.is_anonymous(); if said.accepts_any_scheme() { model.schemes.len() } else { 1 }])
            .collect();
        let anonymous = operation.definition().requirement().alternatives().map(policy_core::Alternative::is_anonymous);
        assert_eq!(anonymous.collect::<Vec<_>>(), expected);
    }
    let names: Vec<&str> = policy.scopes().map(policy_core::Scope::name).collect();
    let said: Vec<&str> = model.scopes.iter().map(|scope| scope.name.as_str()).collect();
    assert_eq!(names, said);
    for said in &model.scopes {
        let scope = policy.scope(&said.name).unwrap();
        assert_eq!(scope.name(), said.name);
        assert_eq!(scope.description(), said.description.as_deref().filter(|text| !text.is_empty()));
        assert_eq!(scope.is_declared(), said.declared, "{scope}");
    }
    assert_eq!(policy.fingerprint(), model.fingerprint());
}

#[test]
fn the_document_is_in_the_table() {
    let policy = files::POLICY;
    assert_eq!(policy.base_path(), "/v1");
    assert_eq!(policy.check_order(), [Stage::Authentication, Stage::Scopes, Stage::Enablement, Stage::Query]);
    let access: Vec<Access> = policy.operations().map(policy_core::OperationRef::access).collect();
    assert_eq!(access, [Access::Required, Access::Required, Access::Required, Access::Public, Access::Optional]);
    assert_eq!(files::schemes::OAUTH2.name(), "OAuth2");
    assert_eq!(policy.scheme("Key"), Some(files::schemes::KEY));
}

/// Scopes that every alternative requires are on the permit, others on the branch alone.
#[test]
fn permits_and_branches_carry_what_the_document_says() {
    const fn carries<T: Carries<S>, S: policy_core::ScopeType>() {}
    const fn branches<O: Alternatives>() {}
    carries::<Permit<GetFile>, FilesRead>();
    carries::<Permit<GetFile>, MetaRead>();
    carries::<Permit<DeleteFile>, FilesWrite>();
    carries::<Branch<'_, ListFiles, 0>, FilesRead>();
    carries::<Branch<'_, DeleteFile, 0>, FilesRead>();
    carries::<Branch<'_, DeleteFile, 1>, MetaRead>();
    branches::<ListFiles>();
    let _: fn(&Permit<ListFiles>) -> ListFilesAlternative<'_> = |permit| permit.alternative();
    let _: fn(&Permit<DeleteFile>) -> DeleteFileAlternative<'_> = |permit| permit.alternative();
}

#[renamed_core::operation(DeleteFile, scopes(any(all("files:read", "files:write"), all("files:write", "meta:read"))))]
fn delete_file(_: Permit<DeleteFile>) {}

#[renamed_core::operation(SelfOperation)]
fn self_operation(_: Permit<SelfOperation>) {}

/// The macro under the type's own name says where core is, by the path that the source was generated with.
#[test]
fn handlers_are_held_to_the_facts_of_their_operation() {
    let _: (fn(_), fn(_)) = (delete_file, self_operation);
    assert_eq!(DELETE_FILE.method(), "DELETE");
    assert_eq!(DELETE_FILE.template(), "/v1/files/{id}");
    assert_eq!(DELETE_FILE_SCOPES, [["files:read", "files:write"], ["files:write", "meta:read"]]);
    assert_eq!(SELF_OPERATION.method(), "GET");
    assert!(ListFiles!(@doc).contains("`GET /v1/files`"));
}

/// What `policy.toml` and overlays say stands in the audit that a service snapshots, from rows and from columns.
#[test]
fn the_audit_shows_what_was_said_beside_the_document() {
    for audit in [hostile::POLICY.audit().to_string(), large::POLICY.audit().to_string()] {
        assert!(audit.contains("overlays     a\"b.yaml"), "{audit}");
        assert!(
            audit
                .contains("    access    public, no credential is looked at\n    because   */ {} \"why\" \u{202e}\\\n"),
            "{audit}"
        );
        assert!(audit.contains("    overlays  changed it; before: not in the document\n"), "{audit}");
        assert!(audit.contains("    overlays  removed it; before: undeclared\n"), "{audit}");
    }
    let audit = files::POLICY.audit().to_string();
    assert!(!audit.contains("because") && !audit.contains("overlays"), "{audit}");
}
