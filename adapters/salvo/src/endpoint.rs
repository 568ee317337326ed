//! What runs when a request arrives at a template, and where no template matches.

use std::sync::Arc;

use http::Method;
use http::header::{Entry, VARY};
use policy_core::Document;
use policy_http::mount::{Admitted, Endpoint, NoPermit, Slot, declare_length};
use policy_http::{Authenticator, Enablement, Gate, HeadRef};
use salvo_core::http::ResBody;
use salvo_core::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use crate::mount::Run;

/// One template of the document, as salvo mounts it.
pub(crate) struct Template<D: Document, A, E>(pub(crate) Endpoint<D, A, E, Run>);

#[async_trait]
impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Handler for Template<D, A, E> {
    async fn handle(&self, request: &mut Request, depot: &mut Depot, response: &mut Response, ctrl: &mut FlowCtrl) {
        let Self(endpoint) = self;
        let is_head = request.method() == Method::HEAD;
        // salvo keeps a query that a hoop has read, even if the target changes later. Setting the target clears it, so that the handler
        // gets the query that is decided here.
        let target = std::mem::take(request.uri_mut());
        request.set_uri(target);
        let (handler, owed) = {
            let mut admitted = match is_plain(request.uri().path()) {
                true => endpoint.admit(&head(request)).await,
                false => Err(endpoint.gate().not_found(&head(request)).await),
            };
            let slot = admitted.as_mut().ok().and_then(Admitted::take_slot);
            Slot::replace(request.extensions_mut(), slot);
            match admitted {
                Ok(admitted) => (admitted.handler, admitted.owed()),
                Err(answer) => {
                    refuse(answer, response, ctrl);
                    if is_head {
                        drop_body(response);
                    }
                    return;
                }
            }
        };
        handler.handle(request, depot, response, ctrl).await;
        // The permit is removed, so that a hoop which runs afterwards finds none.
        Slot::replace(request.extensions_mut(), None);
        owed.apply(response.headers_mut());
        if is_head {
            drop_body(response);
        }
    }
}

/// What is answered where no template matches.
pub(crate) struct Fallback<D: Document, A, E>(pub(crate) Arc<Gate<D, A, E>>);

#[async_trait]
impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Handler for Fallback<D, A, E> {
    async fn handle(&self, request: &mut Request, _: &mut Depot, response: &mut Response, ctrl: &mut FlowCtrl) {
        refuse(self.0.not_found(&head(request)).await, response, ctrl);
        if request.method() == Method::HEAD {
            drop_body(response);
        }
    }
}

/// The answer to every request if the routes do not fit together: 500.
pub(crate) struct Unfit;

#[async_trait]
impl Handler for Unfit {
    async fn handle(&self, _: &mut Request, _: &mut Depot, response: &mut Response, ctrl: &mut FlowCtrl) {
        refuse(NoPermit::Missing.answer(), response, ctrl);
    }
}

/// The request's head, with the target that the handler sees.
fn head(request: &Request) -> HeadRef<'_> {
    HeadRef::new(request.method(), request.uri(), request.headers(), request.extensions())
}

/// Whether the path is `/`, or has no empty segment. salvo leaves out empty segments, so that `/items/` and `//items` are `/items`. It also
/// takes a target that is not a path, as in `OPTIONS *`, for a segment.
fn is_plain(path: &str) -> bool {
    path == "/" || (path.starts_with('/') && !path.ends_with('/') && !path.contains("//"))
}

/// The answer to HEAD: that of GET without the body.
fn drop_body(response: &mut Response) {
    let body = response.take_body();
    declare_length(response.headers_mut(), body.size().filter(|_| !body.is_none()));
}

/// The guard's answer is final.
fn refuse(answer: http::Response<String>, response: &mut Response, ctrl: &mut FlowCtrl) {
    render(answer, response);
    ctrl.skip_rest();
}

/// Makes the guard's answer the response. Headers that a hoop has set stay, unless the guard sets them too. `Vary` is added to.
pub(crate) fn render(answer: http::Response<String>, response: &mut Response) {
    let (mut parts, body) = answer.into_parts();
    response.status_code(parts.status);
    if let Entry::Occupied(vary) = parts.headers.entry(VARY) {
        for value in vary.remove_entry_mult().1 {
            response.headers_mut().append(VARY, value);
        }
    }
    response.headers_mut().extend(parts.headers);
    // Even an empty answer gets a body, since a catcher would fill a response without one.
    response.replace_body(ResBody::Once(body.into()));
}
