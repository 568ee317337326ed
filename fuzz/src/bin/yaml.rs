//! A document as YAML. Where it is JSON too, it says the same by either reader.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_fuzz::{differ, settings, use_it};

fuzz_target!(|data: &[u8]| {
    let yaml = policy_spec::read("fuzz.yaml", data, &settings());
    use_it(&yaml);
    if serde_json::from_slice::<serde_json::Value>(data).is_ok() {
        let json = policy_spec::read("fuzz.json", data, &settings());
        assert!(!differ(&yaml, &json), "JSON is read as another policy than the same text as YAML");
    }
});
