use conformance::enablement_first as policy;
use policy::operations::GetItem;
use policy_rocket::{Mount, Permit};

use rocket::response::stream::TextStream;

async fn get_item(_: Permit<GetItem>) -> TextStream<rocket::futures::stream::Empty<String>> {
    TextStream(rocket::futures::stream::empty())
}

fn main() {
    let _ = |mount: Mount<policy::Api>| mount.handler(get_item);
}
