use conformance::enablement_first as policy;
use policy::operations::GetItem;
use policy_rocket::{Mount, Permit};

use rocket::State;

async fn get_item(_: Permit<GetItem>, _db: &State<u8>) {}

fn main() {
    let _ = |mount: Mount<policy::Api>| mount.handler(get_item);
}
