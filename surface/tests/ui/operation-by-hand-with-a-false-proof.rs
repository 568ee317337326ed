mod mount;
mod policy;

use mount::mount;
use policy_core::__private::{Row, row_key};
use policy_core::{Operation, Permit, handlers};

enum DeleteEncounter {}

impl Operation for DeleteEncounter {
    type Document = policy::Api;
    type Always = <policy::operations::GetStatus as Operation>::Always;
    type Row = Row<{ row_key(0, "DELETE", "/v1/encounters") }>;
}

async fn delete_encounter(_permit: Permit<DeleteEncounter>) {}

fn main() {
    mount(handlers![delete_encounter]);
}
