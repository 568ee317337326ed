mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

#[operation(WriteFile, scopes("files:read"))]
#[utoipa::path(put, path = "/files/{name}", security(("Token" = ["files:write"])), responses((status = 200)))]
async fn write_file(_permit: Permit<WriteFile>) {}

fn main() {}
