//! What a target must be to be decided at all.

use super::answer;
use super::entry::PolicyEntry;
use crate::outcome::Outcome;
use crate::proxied_request::ProxiedRequest;

/// Denies what is no request that a proxy forwards: a method that is no token, and a target that is not a path with its query.
///
/// `*`, an absolute form and a fragment are no paths. A path that is one and is not canonical is left to the policy, which finds no route for
/// it and answers as a guard does.
pub(super) fn check_form(request: &ProxiedRequest) -> Result<(), Outcome> {
    let is_token = !request.method.is_empty() && request.method.bytes().all(is_token_byte);
    if !is_token {
        return Err(answer::bad("ill_formed_method", "the method is no token"));
    }
    let target = request.target.as_str();
    if !target.starts_with('/') {
        return Err(answer::bad("ill_formed_target", "the target is no path"));
    }
    if target.contains('#') {
        return Err(answer::bad("ill_formed_target", "the target has a fragment"));
    }
    // A byte that no target may have would be cut, escaped or passed on, depending on the proxy.
    if target.bytes().any(|byte| !matches!(byte, b'!'..=b'~')) {
        return Err(answer::bad("ill_formed_target", "the target has a byte that must be percent-encoded"));
    }
    Ok(())
}

/// RFC 9110, section 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Denies what exceeds the limits of its document.
pub(super) fn check_size(entry: &PolicyEntry, request: &ProxiedRequest) -> Result<(), Outcome> {
    if request.target.len() > entry.limits.longest_target {
        return Err(answer::bad("target_too_long", "the target is too long"));
    }
    if request.headers.len() > entry.limits.most_headers {
        return Err(answer::bad("too_many_headers", "there are too many header fields"));
    }
    Ok(())
}
