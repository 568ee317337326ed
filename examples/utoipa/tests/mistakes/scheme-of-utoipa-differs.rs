mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

// The scopes are right, and another scheme would grant them.
#[operation(ListFiles)]
#[utoipa::path(get, path = "/files", security(("Key" = ["files:read"])), responses((status = 200)))]
async fn list_files(_permit: Permit<ListFiles>) {}

#[operation(ReadFile)]
#[utoipa::path(get, path = "/files/{name}", security(("Token" = ["files:read"], "Key" = [])), responses((status = 200)))]
async fn read_file(_permit: Permit<ReadFile>) {}

fn main() {}
