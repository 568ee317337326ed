mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

struct Documents;

impl Documents {
    #[operation(GetDocument)]
    async fn get_document(_permit: Permit<GetDocument>) {}
}

impl Documents {
    #[operation(ListEncounters)]
    async fn list_encounters(self, _permit: Permit<ListEncounters>) {}
}

impl Documents {
    #[operation(GetEncounter)]
    async fn get_encounter(_permit: Permit<GetEncounter>) -> Self {
        Self
    }
}

fn main() {}
