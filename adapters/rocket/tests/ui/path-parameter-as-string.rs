use conformance::enablement_first as policy;
use policy::operations::GetItem;
use policy_rocket::{Mount, Permit};

// rocket would give it the body.
async fn get_item(_: Permit<GetItem>, _isbn: String) {}

fn main() {
    let _ = |mount: Mount<policy::Api>| mount.handler(get_item);
}
