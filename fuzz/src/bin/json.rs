//! A document as JSON: nothing is read that `serde_json` refuses, and what is read survives being written anew.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_fuzz::{differ, settings, use_it};
use serde::de::IgnoredAny;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let read = policy_spec::read("fuzz.json", data, &settings());
    use_it(&read);
    // A byte order mark is allowed before JSON by RFC 8259, section 8.1, and no part of it.
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    if serde_json::from_slice::<IgnoredAny>(text).is_err() {
        assert!(read.model.is_none(), "a policy of what is no JSON");
        return;
    }
    // A number may be greater than any that `Value` holds, and JSON all the same.
    let Ok(value) = serde_json::from_slice::<Value>(text) else { return };
    if read.model.is_some() {
        let written = serde_json::to_vec(&value).unwrap();
        let again = policy_spec::read("fuzz.json", &written, &settings());
        assert!(!differ(&read, &again), "white space or the spelling of a string decides");
        let yaml = policy_spec::read("fuzz.yaml", &written, &settings());
        assert!(!differ(&read, &yaml), "YAML is read as another policy than the same text as JSON");
    }
});
