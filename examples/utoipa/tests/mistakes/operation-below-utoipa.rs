mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

// Below, the attribute sees nothing of utoipa's.
#[utoipa::path(get, path = "/files", security(("Token" = ["files:write"])), responses((status = 200)))]
#[operation(ListFiles)]
async fn list_files(_permit: Permit<ListFiles>) {}

fn main() {}
