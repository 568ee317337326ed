//! The reference API's document, as the model sees it.
#![allow(clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

use policy_spec::{Access, Settings};

#[test]
fn the_reference_document_says_what_the_reference_documentation_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/charthero.yaml");
    let loaded = policy_spec::load(path.as_ref(), &Settings::default());
    assert!(loaded.findings.is_empty(), "{}", loaded.render(false));
    let model = loaded.model.expect("no finding, so a model");

    let stages: Vec<_> = model.check_order.iter().map(|stage| stage.as_str()).collect();
    assert_eq!(stages, ["authentication", "enablement", "scopes", "query"]);
    assert_eq!(model.base_path, "/external/v1");
    let scopes: Vec<_> = model.scopes.iter().map(|scope| scope.name.as_str()).collect();
    assert_eq!(scopes, ["documents:read", "encounters:read", "patients:read", "recordings:read"]);
    assert!(model.scopes.iter().all(|scope| scope.declared && scope.description.is_some()));

    let list: &[&str] = &["end_at", "limit", "offset", "sort_order", "start_at"];
    let expected: [(&str, &[&str], &[&str]); 5] = [
        ("GET /encounters", &["documents:read", "encounters:read", "patients:read"], list),
        ("GET /encounters/{encounter_id}", &["documents:read", "encounters:read", "patients:read"], &[]),
        ("GET /encounters/{encounter_id}/documents/{document_id}", &["documents:read", "encounters:read"], &[]),
        (
            "GET /encounters/{encounter_id}/documents/{document_id}/transcript",
            &["documents:read", "encounters:read"],
            &[],
        ),
        (
            "GET /encounters/{encounter_id}/documents/{document_id}/audio",
            &["documents:read", "encounters:read", "recordings:read"],
            &[],
        ),
    ];
    assert_eq!(model.operations.len(), expected.len());
    for (operation, (key, scopes, query)) in model.operations.iter().zip(expected) {
        assert_eq!(operation.key(), key);
        assert_eq!(operation.access(), Some(Access::Required), "{key}");
        let [alternative] = operation.alternatives() else { panic!("{key} has one alternative") };
        assert_eq!(alternative.schemes(), [("ApiKey".to_owned(), Vec::new())], "{key}");
        assert_eq!(alternative.extension(), scopes, "{key}");
        assert_eq!(operation.query.names, query, "{key}");
        assert!(operation.query.prefixes.is_empty() && !operation.query.any, "{key}");
    }
    let [webhook] = model.webhooks.as_slice() else { panic!("there is one webhook") };
    assert_eq!(
        (webhook.name.as_str(), webhook.follow_up.as_slice()),
        ("recording.transcript_ready", [1, 2, 3, 4].as_slice())
    );
}
