//! What runs when a request arrives at a template, and where no template matches.

use std::sync::Arc;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use policy_core::Document;
use policy_http::mount::{Doors, Passage, Slot};
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
    pub(crate) async fn answer(self: Arc<Self>, at: usize, request: ServiceRequest) -> Result<ServiceResponse, Error> {
        let (request, payload) = request.into_parts();
        let Some(doors) = self.templates.get(at) else {
            request.extensions_mut().remove::<Slot>();
            let answer = self.gate.internal_error(&View(request.head()));
            return Ok(done(request, response(answer)));
        };
        let (handler, owed) = {
            let mut entered = doors.enter(&self.gate, &View(request.head())).await;
            let slot = entered.as_mut().ok().and_then(Passage::take_slot);
            // Whatever an outer guard allowed was not this.
            let mut extensions = request.extensions_mut();
            match slot {
                Some(slot) => drop(extensions.insert(slot)),
                None => drop(extensions.remove::<Slot>()),
            }
            drop(extensions);
            match entered {
                Ok(passage) => (passage.handler, passage.owed()),
                Err(answer) => return Ok(done(request, response(answer))),
            }
        };
        let mut answer = handler(request.clone(), payload).await;
        if !owed.is_empty() {
            add(answer.headers_mut(), &owed.into_map());
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
