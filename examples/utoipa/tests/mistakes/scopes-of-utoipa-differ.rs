mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

#[operation(ListFiles)]
#[utoipa::path(get, path = "/files", security(("Token" = ["files:raed"])), responses((status = 200)))]
async fn list_files(_permit: Permit<ListFiles>) {}

// Who says nothing opens it to everybody.
#[operation(ReadFile)]
#[utoipa::path(get, path = "/files/{name}", security(()), responses((status = 200)))]
async fn read_file(_permit: Permit<ReadFile>) {}

fn main() {}
