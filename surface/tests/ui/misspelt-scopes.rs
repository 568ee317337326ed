mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

#[operation(GetDocument, scopes("document:read"))]
async fn one(_permit: Permit<GetDocument>) {}

#[operation(GetEncounter, scopes("read:encounters", "patients:read"))]
async fn one_for_another(_permit: Permit<GetEncounter>) {}

#[operation(GetAudio, scopes(any(all("encounter:read", "recordings:read"), "admn")))]
async fn in_alternatives(_permit: Permit<GetAudio>) {}

fn main() {
    let _ = (one, one_for_another, in_alternatives);
}
