//! What a policy decision point says of itself.

use serde_json::{Value, json};

use super::AuthZen;

/// Where the metadata stands: before the path of the identifier (AuthZEN 1.0, section 9.2).
pub(super) const PATH: &str = "/.well-known/authzen-configuration";

/// The endpoints that there are. The identifier is the one that the asker was configured with, or the asker must not go on.
pub(super) fn metadata(authzen: &AuthZen) -> Value {
    let identifier = &authzen.policy_decision_point;
    json!({
        "policy_decision_point": identifier,
        "access_evaluation_endpoint": format!("{identifier}/access/v1/evaluation"),
        "access_evaluations_endpoint": format!("{identifier}/access/v1/evaluations"),
    })
}
