use conformance::enablement_first as policy;
use policy::operations::GetItem;
use policy_rocket::{Mount, Permit};

use rocket::response::Responder;
use rocket::response::stream::TextStream;

async fn get_item(_: Permit<GetItem>) -> impl Responder<'static, 'static> {
    TextStream(rocket::futures::stream::empty::<String>())
}

fn main() {
    let _ = |mount: Mount<policy::Api>| mount.handler(get_item);
}
