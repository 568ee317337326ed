mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

#[operation(ListEncountres)]
async fn list_encounters(_permit: Permit<ListEncounters>) {}

fn main() {
    let _ = list_encounters;
}
