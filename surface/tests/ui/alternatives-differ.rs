mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

#[operation(GetAudio, scopes("encounters:read", "recordings:read"))]
async fn one_alternative_left_out(_permit: Permit<GetAudio>) {}

#[operation(GetAudio, scopes(any(all("recordings:read"), all("admin"))))]
async fn a_scope_left_out_of_one(_permit: Permit<GetAudio>) {}

#[operation(GetAudio, scopes("admin", "encounters:read", "recordings:read"))]
async fn all_flattened_into_one(_permit: Permit<GetAudio>) {}

#[operation(GetDocument, scopes(any("documents:read", "admin")))]
async fn one_alternative_too_many(_permit: Permit<GetDocument>) {}

fn main() {
    let _ = (one_alternative_left_out, a_scope_left_out_of_one, all_flattened_into_one, one_alternative_too_many);
}
