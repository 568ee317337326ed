//! In an `impl`, where utoipa's attribute cannot stand, nothing can be above or below.
#![deny(warnings)]

#[path = "../policy/mod.rs"]
mod policy;

use policy::operations::*;
use policy_core::{Permit, operation};

struct Files;

impl Files {
    #[operation(ListFiles, scopes("files:read"))]
    async fn list(_permit: Permit<ListFiles>) -> Self {
        Self
    }
}

#[operation(ReadFile)]
async fn read_file(_permit: Permit<ReadFile>) {}

fn main() {
    let _ = (Files::list, read_file);
}
