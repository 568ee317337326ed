mod policy;

use policy::operations::*;
use policy::scopes::*;

impl RequiresPatientsRead for GetDocument {}

fn main() {}
