//! The permit, as salvo hands it to a handler.

use std::fmt::Debug;

use policy_core::Operation;
use policy_http::mount::{NoPermit, Slot};
use salvo_core::extract::Metadata;
use salvo_core::{Depot, Extractible, Request, Response, Scribe, Writer};

use crate::entrance::render;

policy_http::__permit_type! {
    /// The proof that this request may run the handler of `O`: the first parameter of every guarded handler.
    ///
    /// It dereferences to [`policy_core::Permit`], and carries the scopes that this one carries. It is taken out of the
    /// request: a second extraction, a permit of another operation, and none at all are a 500 and a log line, because each
    /// is a mistake in the application's routes.
    ///
    /// A unit test makes one from a `policy_core` permit, which `policy_core::testing` mints.
}

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
