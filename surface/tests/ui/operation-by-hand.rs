mod policy;

use policy_core::Operation;

enum DeleteEncounter {}

impl Operation for DeleteEncounter {
    type Document = policy::Api;
}

fn main() {}
