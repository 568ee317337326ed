mod policy;

use policy_core::{Document, OperationRef, Webhook};

/// A webhook is one document's, and so are the operations that its receiver calls next.
fn next<Other: Document>(webhook: Webhook<Other>) -> Vec<OperationRef<policy::Api>> {
    policy::POLICY.follow_up(webhook).collect()
}

fn main() {}
