mod policy;

use policy_core::__private::ScopeProof;
use policy_core::ScopeType;

enum PatientsWrite {}

impl ScopeType for PatientsWrite {
    type Document = policy::Api;
    const INDEX: u16 = 0;
    const PROOF: ScopeProof<Self> = ScopeProof::check("patients:write");
}

fn main() {}
