//! What runs when a request arrives: the doors of one template, and what stands where no template matches.

use std::sync::Arc;

use http::Method;
use http::header::{CONTENT_LENGTH, Entry, HeaderValue, VARY};
use policy_core::Document;
use policy_http::mount::{Doors, NoPermit, Passage, Slot};
use policy_http::{Authenticator, Drive, Enablement, Gate, HeadRef};
use salvo_core::http::ResBody;
use salvo_core::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use crate::mount::Run;

/// The doors of one template, behind the gate that every door of a router shares.
pub(crate) struct Entrance<D: Document, A, E> {
    pub(crate) gate: Arc<Gate<D, A, E>>,
    pub(crate) doors: Doors<D, Run>,
}

#[async_trait]
impl<D, A, E> Handler for Entrance<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    async fn handle(&self, request: &mut Request, depot: &mut Depot, response: &mut Response, ctrl: &mut FlowCtrl) {
        let is_head = request.method() == Method::HEAD;
        // salvo keeps the query that a hoop has read, even where the target was changed since: what is decided is what is served.
        let target = std::mem::take(request.uri_mut());
        request.set_uri(target);
        let (handler, owed) = {
            let mut entered = match is_plain(request.uri().path()) {
                true => self.doors.enter(&self.gate, &head(request)).await,
                false => Err(self.gate.not_found(&head(request)).await),
            };
            // Whatever an outer guard allowed was not this.
            match entered.as_mut().ok().and_then(Passage::take_slot) {
                Some(slot) => drop(request.extensions_mut().insert(slot)),
                None => drop(request.extensions_mut().remove::<Slot>()),
            }
            match entered {
                Ok(passage) => (passage.handler, passage.owed()),
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
        request.extensions_mut().remove::<Slot>();
        owed.apply(response.headers_mut());
        if is_head {
            drop_body(response);
        }
    }
}

/// What is answered where no template matches.
pub(crate) struct Fallback<D: Document, A, E> {
    pub(crate) gate: Arc<Gate<D, A, E>>,
}

#[async_trait]
impl<D, A, E> Handler for Fallback<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    async fn handle(&self, request: &mut Request, _: &mut Depot, response: &mut Response, ctrl: &mut FlowCtrl) {
        refuse(self.gate.not_found(&head(request)).await, response, ctrl);
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
    HeadRef {
        method: request.method(),
        uri: request.uri(),
        headers: request.headers(),
        extensions: request.extensions(),
    }
}

/// Whether every segment of the path counts. salvo leaves empty ones out, so that `/items/` and `//items` are `/items`; and
/// takes a target that is no path, as that of `OPTIONS *`, for a segment.
fn is_plain(path: &str) -> bool {
    path == "/" || (path.starts_with('/') && !path.ends_with('/') && !path.contains("//"))
}

/// The answer to HEAD: what GET would have said, but for the body (RFC 9110, section 9.3.2).
fn drop_body(response: &mut Response) {
    let body = response.take_body();
    if let Some(length) = body.size().filter(|_| !body.is_none()) {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
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
