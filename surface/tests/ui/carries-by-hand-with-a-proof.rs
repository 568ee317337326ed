mod policy;

use policy::operations::*;
use policy::scopes::*;
use policy_core::__private::{CarriesProof, RequiresProof};
use policy_core::{Carries, Permit};

impl Carries<PatientsRead> for Permit<GetDocument> {
    const CARRIES: CarriesProof<Self, PatientsRead> =
        CarriesProof::forwarded(<Permit<ListEncounters> as Carries<PatientsRead>>::CARRIES);
}

impl RequiresPatientsRead for GetDocument {
    const REQUIRES: RequiresProof<Self, PatientsRead> = panic!();
}

fn main() {}
