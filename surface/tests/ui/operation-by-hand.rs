mod policy;

use policy_core::Operation;

enum DeleteEncounter {}

impl Operation for DeleteEncounter {
    type Document = policy::Api;
    const INDEX: u32 = 0;
}

fn main() {}
