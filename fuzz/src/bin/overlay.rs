//! An overlay on a fixed document. What it changes is told, and what no action can name stays as it was.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use policy_core::ScopeString;
use policy_core::owned::{Grant, Request};
use policy_fuzz::{settings, use_it};
use policy_spec::{Engine, Loaded, Overlay, Settings};

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

const SCOPES: [&str; 4] = ["aside", "notes:read", "notes:write", "notes:admin"];

/// One file for each process.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("policy-fuzz-overlay-{}.yaml", std::process::id())));

/// Whether each of some callers may use the operation: nobody, and those with either scheme and any of the document's scopes.
/// `None` where the policy has no such operation.
fn opens(engine: &Engine, key: &str) -> Option<Vec<bool>> {
    let place = engine.served().operations.iter().position(|operation| operation.key() == key)?;
    let operation = engine.policy().operation(place)?;
    let subsets = &*SUBSETS;
    let decide = |grants: Option<&[Grant<'_>]>| {
        operation.decide(&Request { caller: Ok(grants), enabled: Ok(true), query: None }).is_allowed()
    };
    let mut opened = vec![decide(None)];
    for token in [None].into_iter().chain(subsets.iter().map(Some)) {
        for key in [None, subsets.first(), subsets.last()] {
            let mut grants = Vec::new();
            for (scheme, scopes) in [("Token", token), ("Key", key)] {
                let Some(scopes) = scopes.and_then(|scopes| ScopeString::new(scopes).ok()) else { continue };
                grants.extend(engine.policy().grant(scheme, scopes));
            }
            opened.push(decide(Some(&grants)));
        }
    }
    Some(opened)
}

/// All sets of the document's scopes, as scope strings.
static SUBSETS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let scopes = |bits: usize| {
        let named = SCOPES.iter().enumerate().filter(|(at, _)| bits >> at & 1 != 0).map(|(_, name)| *name);
        named.collect::<Vec<_>>().join(" ")
    };
    (0..1 << SCOPES.len()).map(scopes).collect()
});

fn engine(loaded: &Loaded) -> Option<Engine> {
    Engine::new(loaded.model.as_ref()?).ok()
}

/// Each operation of the document, with whom it lets in.
static BEFORE: LazyLock<Vec<(String, Option<Vec<bool>>)>> = LazyLock::new(|| {
    let loaded = policy_spec::read("notes.yaml", DOCUMENT.as_bytes(), &settings());
    let engine = engine(&loaded).expect("the document is a policy");
    let keys = engine.served().operations.iter().map(|operation| operation.key());
    keys.map(|key| (key.clone(), opens(&engine, &key))).collect()
});

fuzz_target!(|data: &[u8]| {
    std::fs::write(&*FILE, data).unwrap();
    let mut settings: Settings = settings();
    settings.overlays = vec![Overlay::new(&*FILE)];
    let loaded = policy_spec::read("notes.yaml", DOCUMENT.as_bytes(), &settings);
    use_it(&loaded);
    let (Some(model), Some(after)) = (&loaded.model, engine(&loaded)) else { return };
    // A target that goes through one path by its name, and the root's own members, are no business of another path.
    let text = String::from_utf8_lossy(data);
    let parts = ["aside", "*", "..", "?", "!", "x-", "components", "security", "servers", "\\", "%"];
    let names_paths = text.match_indices("paths").count() != text.match_indices("paths['/notes").count();
    let reaches = names_paths || parts.iter().any(|part| text.contains(part));
    for (key, then) in &*BEFORE {
        if *then != opens(&after, key) {
            let told = model.operations.iter().any(|one| one.key() == *key && one.before_overlays.is_some());
            let removed = model.removed.iter().any(|one| one.key == *key);
            assert!(told || removed, "{key} was changed and nobody told");
            assert!(reaches || *key != "GET /aside", "{key} was changed by an action that names something else");
        }
    }
});
