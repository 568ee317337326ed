mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

// Below, the attribute sees nothing of utoipa's.
#[utoipa::path(get, path = "/files", security(("Token" = ["files:write"])), responses((status = 200)))]
#[operation(ListFiles)]
async fn list_files(_permit: Permit<ListFiles>) {}

struct Files;

// In an `impl`, where utoipa's attribute cannot stand, there is nothing to be above of, and no error.
impl Files {
    #[operation(ReadFile)]
    async fn read(_permit: Permit<ReadFile>) {}
}

fn main() {}
