mod policy;

use policy::Api;
use policy_core::__private::ScopeProof;
use policy_core::{Scope, ScopeType};

enum PatientsWrite {}

impl ScopeType for PatientsWrite {
    type Document = Api;
    type Path = <policy::scopes::Admin as ScopeType>::Path;
    const INDEX: u16 = 0;
    const PROOF: ScopeProof<Self> = ScopeProof::check("patients:write");
}

const _: Scope<Api> = Scope::of::<PatientsWrite>();

fn main() {}
