mod policy;

use policy::operations::*;
use policy::scopes::*;
use policy_core::__private::RequiresProof;

impl RequiresPatientsRead for GetDocument {
    const REQUIRES: RequiresProof<Self, PatientsRead> = RequiresProof::check();
}

fn main() {}
