//! A scope string is what splitting it at spaces says that it is. The first line is the string, the others are scopes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_core::{ScopeString, is_scope_token};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let text = lines.next().unwrap_or_default();
    let tokens: Vec<&str> = if text.is_empty() { Vec::new() } else { text.split(' ').collect() };
    let is_well_formed = tokens.iter().all(|token| is_scope_token(token));
    let read = ScopeString::new(text);
    assert_eq!(read.is_ok(), is_well_formed, "{text:?}");
    let Ok(read) = read else { return };
    assert!(read.tokens().eq(tokens.iter().copied()), "{text:?}");
    // Each token, what begins and ends one, and other scopes.
    let parts = tokens.iter().flat_map(|token| [*token, &token[1..], &token[..token.len() - 1]]);
    for scope in parts.chain(lines).chain([text, ""]) {
        assert_eq!(read.contains(scope), tokens.contains(&scope), "{scope:?} in {text:?}");
    }
});
