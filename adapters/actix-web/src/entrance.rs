//! What runs when a request arrives at a template, and where no template matches.

use std::sync::Arc;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use policy_core::Document;
use policy_http::mount::{Doors, Slot};
use policy_http::{Authenticator, Drive, Enablement, Gate};

use crate::head::View;
use crate::mount::Run;
use crate::response::{add, response, without_body};

/// The doors of every template, behind the gate that they share.
pub(crate) struct Entrances<D: Document, A, E> {
    pub(crate) gate: Gate<D, A, E>,
    pub(crate) templates: Vec<Doors<D, Run>>,
}

impl<D, A, E> Entrances<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    /// Answers a request that actix-web routed to the template at this place.
    ///
    /// One function, and not one in another: what an `async fn` is given it keeps twice, and moves.
    pub(crate) async fn answer(self: Arc<Self>, at: usize, request: ServiceRequest) -> Result<ServiceResponse, Error> {
        let (request, payload) = request.into_parts();
        // Whatever an outer guard allowed was not this.
        request.extensions_mut().remove::<Slot>();
        let Some(doors) = self.templates.get(at) else {
            let answer = self.gate.internal_error(&View(request.head()));
            return Ok(done(request.clone(), response(answer)));
        };
        let entered = doors.enter(&self.gate, &View(request.head())).await;
        let mut passage = match entered {
            Ok(passage) => passage,
            Err(answer) => return Ok(done(request.clone(), response(answer))),
        };
        if let Some(slot) = passage.take_slot() {
            request.extensions_mut().insert(slot);
        }
        let mut answer = (passage.handler)(request.clone(), payload).await;
        if let Some(added) = passage.into_headers() {
            add(answer.headers_mut(), &added);
        }
        Ok(done(request, answer))
    }

    /// Answers a request that matches no template.
    pub(crate) async fn not_found(self: Arc<Self>, request: ServiceRequest) -> Result<ServiceResponse, Error> {
        let (request, _payload) = request.into_parts();
        let answer = self.gate.not_found(&View(request.head())).await;
        Ok(done(request.clone(), response(answer)))
    }
}

/// The answer, with the request that it is for.
fn done(request: HttpRequest, answer: HttpResponse) -> ServiceResponse {
    let answer = if *request.method() == Method::HEAD { without_body(answer) } else { answer };
    ServiceResponse::new(request, answer)
}
