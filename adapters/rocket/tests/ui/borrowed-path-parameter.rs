use conformance::enablement_first as policy;
use policy::operations::GetItem;
use policy_rocket::{Mount, Permit};

use policy_rocket::Param;

async fn get_item(_: Permit<GetItem>, Param(_id): Param<&str>) {}

fn main() {
    let _ = |mount: Mount<policy::Api>| mount.handler(get_item);
}
