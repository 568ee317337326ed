mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

#[operation(GetDocument)]
async fn get_document(_permit: Permit<GetEncounter>) {}

fn main() {
    let _ = get_document;
}
