mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

#[operation(GetDocument)]
async fn no_parameter() {}

#[operation(GetDocument)]
async fn permit_comes_second(_id: String, _permit: Permit<GetDocument>) {}

#[operation(GetDocument)]
async fn any_permit<O: policy_core::Operation>(_permit: Permit<O>) {}

struct Documents;

impl Documents {
    #[operation(GetDocument)]
    async fn method(&self, _permit: Permit<GetDocument>) {}
}

fn main() {
    let _ = (no_parameter, permit_comes_second);
}
