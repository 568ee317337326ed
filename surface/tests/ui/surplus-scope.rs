mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

#[operation(GetDocument, scopes("documents:read", "patients:read"))]
async fn get_document(_permit: Permit<GetDocument>) {}

#[operation(GetEncounter, scopes("encounters:read", "patient:read"))]
async fn get_encounter(_permit: Permit<GetEncounter>) {}

#[operation(GetStatus, scopes())]
async fn get_status(_permit: Permit<GetStatus>) {}

fn main() {
    let _ = (get_document, get_encounter, get_status);
}
