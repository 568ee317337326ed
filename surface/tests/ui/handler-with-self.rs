mod policy;

use std::sync::Arc;

use policy::operations::*;
use policy_core::{Permit, operation};

struct Documents;

impl Documents {
    #[operation(GetDocument)]
    async fn get_document(&self, _permit: Permit<GetDocument>) {}

    #[operation(ListEncounters)]
    async fn list_encounters(self: Arc<Self>, _permit: Permit<ListEncounters>) {}
}

fn main() {}
