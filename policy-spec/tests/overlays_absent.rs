//! A build without the feature `overlays` refuses a document that has some, and names the feature.
#![cfg(not(feature = "overlays"))]
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use policy_spec::Configuration;

#[test]
fn overlays_are_refused_and_the_feature_is_named() {
    let toml = "overlays = ['policy.overlay.yaml']\n";
    let settings = Configuration::parse("policy.toml", toml).unwrap().settings;
    let document = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\nsecurity: []\npaths: { /a: { get: {} } }\n";
    let loaded = policy_spec::read("api.yaml", document.as_bytes(), &settings);
    assert!(loaded.model.is_none());
    let shown = loaded.render(false);
    assert!(shown.contains("error[invalid-configuration]: overlays are not part of this build"), "{shown}");
    assert!(shown.contains("policy.toml:1:13") && shown.contains("features = [\"overlays\"]"), "{shown}");
}
