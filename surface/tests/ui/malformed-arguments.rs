mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

#[operation]
async fn no_operation(_permit: Permit<GetDocument>) {}

#[operation("GET /documents")]
async fn not_a_path(_permit: Permit<GetDocument>) {}

#[operation(GetDocument, scope("documents:read"))]
async fn misspelt_argument(_permit: Permit<GetDocument>) {}

#[operation(GetDocument, scopes(documents))]
async fn not_a_literal(_permit: Permit<GetDocument>) {}

#[operation(GetAudio, scopes("admin", any("recordings:read")))]
async fn beside_an_alternative(_permit: Permit<GetAudio>) {}

#[operation(GetDocument, scopes("documents:read"), scopes("documents:read"))]
async fn twice(_permit: Permit<GetDocument>) {}

#[operation(GetDocument)]
struct NotAFunction;

fn main() {}
