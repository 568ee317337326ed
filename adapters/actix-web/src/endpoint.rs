//! What runs when a request arrives at a template, and where no template matches.

use std::sync::Arc;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use policy_core::Document;
use policy_http::mount::{Admitted, Endpoint, Slot};
use policy_http::{Authenticator, Enablement, Gate};

use crate::head::View;
use crate::mount::Run;
use crate::response::{add, response, without_body};

/// Answers a request that actix-web routed to the endpoint.
pub(crate) async fn answer<D: Document, A: Authenticator<D>, E: Enablement<D>>(
    endpoint: Arc<Endpoint<D, A, E, Run>>,
    request: ServiceRequest,
) -> Result<ServiceResponse, Error> {
    let (request, payload) = request.into_parts();
    let (handler, owed) = {
        let mut admitted = endpoint.admit(&View(request.head())).await;
        let slot = admitted.as_mut().ok().and_then(Admitted::take_slot);
        // A permit of an outer guard must not reach what runs here.
        let mut extensions = request.extensions_mut();
        match slot {
            Some(slot) => drop(extensions.insert(slot)),
            None => drop(extensions.remove::<Slot>()),
        }
        drop(extensions);
        match admitted {
            Ok(admitted) => (admitted.handler, admitted.owed()),
            Err(answer) => return Ok(done(request, response(answer))),
        }
    };
    let is_head = *request.method() == Method::HEAD;
    // The handler gets the only reference to the request, since a middleware can change the head only of a request that is not shared.
    let (request, mut answer) = match handler(request, payload).await {
        Ok(answer) => {
            let (request, answer) = answer.into_parts();
            (Some(request), answer)
        }
        Err(error) => (None, HttpResponse::from_error(error)),
    };
    if !owed.is_empty() {
        add(answer.headers_mut(), &owed.into_map());
    }
    let answer = if is_head { without_body(answer) } else { answer };
    match request {
        Some(request) => Ok(ServiceResponse::new(request, answer)),
        // The error of a middleware stays an error, with the guard's headers.
        None => Err(InternalError::from_response("a layer's error", answer).into()),
    }
}

/// Answers a request that matches no template.
pub(crate) async fn not_found<D: Document, A: Authenticator<D>, E: Enablement<D>>(
    gate: Arc<Gate<D, A, E>>,
    request: ServiceRequest,
) -> Result<ServiceResponse, Error> {
    let (request, _payload) = request.into_parts();
    let answer = gate.not_found(&View(request.head())).await;
    Ok(done(request.clone(), response(answer)))
}

/// The answer, with the request that it is for.
fn done(request: HttpRequest, answer: HttpResponse) -> ServiceResponse {
    let answer = if *request.method() == Method::HEAD { without_body(answer) } else { answer };
    ServiceResponse::new(request, answer)
}
