//! An overlay on a fixed document. What it changes is told, and what no action can name stays as it was.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use policy_fuzz::{settings, use_it};
use policy_spec::{Loaded, Overlay, PolicyModel, RequirementFacts, Settings};

const DOCUMENT: &str = "
openapi: 3.1.0
info: { title: Notes, version: '1' }
security: [{ Token: [notes:read] }]
paths:
  /notes:
    get: { operationId: list, tags: [a, b] }
    post: { security: [{ Token: [notes:write] }, { Key: [] }] }
  /notes/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { x-required-scopes: [notes:admin] }
  /aside:
    get: { security: [{ Token: [aside] }], description: aside }
components:
  securitySchemes:
    Token: { type: oauth2, flows: { clientCredentials: { tokenUrl: 'https://a.example/t', scopes: { aside: '', notes:read: '', notes:write: '', notes:admin: '' } } } }
    Key: { type: apiKey, in: header, name: X-Key }
";

/// One file for each process.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("policy-fuzz-overlay-{}.yaml", std::process::id())));
static BARE: LazyLock<Loaded> = LazyLock::new(|| policy_spec::read("notes.yaml", DOCUMENT.as_bytes(), &settings()));

/// What of an operation is no telling of overlays.
fn said<'m>(model: &'m PolicyModel, key: &str) -> Option<&'m RequirementFacts> {
    model.operations.iter().find(|operation| operation.key() == key).map(|operation| &operation.requirement)
}

fuzz_target!(|data: &[u8]| {
    std::fs::write(&*FILE, data).unwrap();
    let mut settings: Settings = settings();
    settings.overlays = vec![Overlay::new(&*FILE)];
    let loaded = policy_spec::read("notes.yaml", DOCUMENT.as_bytes(), &settings);
    use_it(&loaded);
    let (Some(model), Some(bare)) = (&loaded.model, &BARE.model) else { return };
    for operation in &bare.operations {
        let (before, after) = (said(bare, &operation.key()), said(model, &operation.key()));
        if before != after {
            let told = model.operations.iter().any(|one| one.key() == operation.key() && one.before_overlays.is_some());
            let removed = model.removed.iter().any(|one| one.key == operation.key());
            assert!(told || removed, "{} was changed and nobody told", operation.key());
        }
    }
    // Without a wildcard, a filter, a union, an escape or the word itself, no target selects what stands under `/aside` alone.
    let text = String::from_utf8_lossy(data);
    let reaches = ["aside", "*", "..", "?", "components", "security", "\\", "paths']", "paths\"]", "$.paths\n", "paths", "%"];
    if !reaches.iter().any(|part| text.contains(part)) {
        assert_eq!(said(bare, "GET /aside"), said(model, "GET /aside"));
    }
});
