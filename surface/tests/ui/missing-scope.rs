mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

#[operation(ListEncounters, scopes("encounters:read", "patients:read"))]
async fn list_encounters(_permit: Permit<ListEncounters>) {}

#[operation(GetEncounter, scopes())]
async fn get_encounter(_permit: Permit<GetEncounter>) {}

fn main() {
    let _ = (list_encounters, get_encounter);
}
