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
        // salvo keeps the query that a hoop has read, even where the target was changed since: what is decided is what is served.
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
        // Nothing is left for a hoop that runs once more.
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

/// What is answered where the routes do not fit together: a fault of this side.
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

/// Whether every segment of the path counts. salvo leaves empty ones out, so that `/items/` and `//items` are `/items`; and
/// takes a target that is no path, as that of `OPTIONS *`, for a segment.
fn is_plain(path: &str) -> bool {
    path == "/" || (path.starts_with('/') && !path.ends_with('/') && !path.contains("//"))
}

/// The answer to HEAD: what GET would have said, but for the body.
fn drop_body(response: &mut Response) {
    let body = response.take_body();
    declare_length(response.headers_mut(), body.size().filter(|_| !body.is_none()));
}

/// The guard's answer is final.
fn refuse(answer: http::Response<String>, response: &mut Response, ctrl: &mut FlowCtrl) {
    render(answer, response);
    ctrl.skip_rest();
}

/// Makes the guard's answer the response. What a hoop has put into it stays: `Vary` is added to, other fields replace theirs.
pub(crate) fn render(answer: http::Response<String>, response: &mut Response) {
    let (mut parts, body) = answer.into_parts();
    response.status_code(parts.status);
    if let Entry::Occupied(vary) = parts.headers.entry(VARY) {
        for value in vary.remove_entry_mult().1 {
            response.headers_mut().append(VARY, value);
        }
    }
    response.headers_mut().extend(parts.headers);
    // An empty body is still a body: none at all would be for a catcher to fill.
    response.replace_body(ResBody::Once(body.into()));
}
