//! What the targets share.

use policy_spec::{Engine, Loaded, Settings};

#[path = "../../policy-router/tests/naive/mod.rs"]
pub mod naive;

/// Settings whose budgets end a document that grows long before it costs seconds.
#[must_use]
pub fn settings() -> Settings {
    Settings::default()
}

/// What every document has to stand: it is rendered, and where it is a policy, it can be served and each of its routes found.
pub fn use_it(loaded: &Loaded) {
    let rendered = loaded.render(false);
    assert_eq!(rendered.is_empty(), loaded.findings.is_empty(), "a finding that says nothing");
    assert!(
        loaded.model.is_some() || loaded.findings.iter().any(|finding| finding.is_error()),
        "refused without a word"
    );
    if let Some(model) = loaded.readable() {
        let _ = Engine::readable(model);
    }
    let Some(model) = &loaded.model else { return };
    let Ok(engine) = Engine::new(model) else { return };
    for operation in engine.policy().operations() {
        let _ = engine.route(operation.method(), operation.template());
    }
}

/// Whether both are policies that decide differently.
#[must_use]
pub fn differ(one: &Loaded, other: &Loaded) -> bool {
    match (&one.model, &other.model) {
        (Some(one), Some(other)) => one.fingerprint() != other.fingerprint(),
        _ => false,
    }
}
