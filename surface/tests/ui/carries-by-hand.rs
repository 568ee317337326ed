mod policy;

use policy::operations::*;
use policy::scopes::*;
use policy_core::{Carries, Held, Holder, Permit, Principal, Wrapper};

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

// On a type that says it holds something of its own making.
struct Made(Mine);

impl Wrapper for Made {
    type Held = Mine;

    fn held(&self) -> &Mine {
        &self.0
    }
}

impl Held for Mine {}

// On a type that holds a permit of an operation that does not require the scope.
struct Lesser(Permit<GetDocument>);

impl Wrapper for Lesser {
    type Held = Permit<GetDocument>;

    fn held(&self) -> &Permit<GetDocument> {
        &self.0
    }
}

impl Carries<PatientsRead> for Lesser {}

fn main() {}
