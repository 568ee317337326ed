mod policy;

use policy_core::__private::OperationProof;
use policy_core::Operation;

enum WithoutProof {}

impl Operation for WithoutProof {
    type Document = policy::Api;
    const INDEX: u32 = 0;
}

enum DeleteEncounter {}

impl Operation for DeleteEncounter {
    type Document = policy::Api;
    const INDEX: u32 = 0;
    const PROOF: OperationProof<Self> = OperationProof::check("DELETE", "/external/v1/encounters");
}

fn main() {}
