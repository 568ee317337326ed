//! The reference API: a clinical read API, guarded by the policy in its own OpenAPI document.

/// The policy, as the build script compiled it from `spec/charthero.yaml`.
pub mod policy {
    policy_core::include_policy!();
}
