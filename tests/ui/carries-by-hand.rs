mod policy;

use policy::operations::*;
use policy::scopes::*;
use policy_core::{Carries, Holder, Permit, Principal};

// On the permit itself.
impl Carries<PatientsRead> for Permit<GetDocument> {}

// On a type that holds a principal of its own.
struct Mine(Principal<policy::Api>);

impl Holder for Mine {
    type Document = policy::Api;

    fn principal(&self) -> &Principal<policy::Api> {
        &self.0
    }
}

impl Carries<PatientsRead> for Mine {}

fn main() {}
