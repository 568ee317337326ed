//! The permit, as salvo hands it to a handler.

use std::fmt::Debug;

use policy_core::Operation;
use policy_http::mount::{NoPermit, Slot};
use salvo_core::extract::Metadata;
use salvo_core::{Depot, Extractible, Request, Response, Scribe, Writer};

use crate::endpoint::render;

policy_http::__permit_type!();

impl<'ex, O: Operation> Extractible<'ex> for Permit<O> {
    fn metadata() -> &'static Metadata {
        static METADATA: Metadata = Metadata::new("Permit");
        &METADATA
    }

    async fn extract(
        request: &'ex mut Request,
        _: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + Debug + 'static> {
        Slot::permit(request.extensions().get()).map(Self).map_err(Refusal)
    }
}

/// Why there is no permit, as salvo writes it.
#[derive(Debug)]
struct Refusal(NoPermit);

impl Scribe for Refusal {
    fn render(self, response: &mut Response) {
        render(self.0.answer(), response);
    }
}
