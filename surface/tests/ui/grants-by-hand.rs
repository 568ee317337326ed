mod policy;

use policy::operations::*;
use policy::scopes::*;
use policy_core::Permit;
use policy_core::__private::Grants;

impl Grants<PatientsRead> for Permit<GetDocument> {}

fn main() {}
