//! The demonstration service. It trusts the headers by which the gateway tells who calls, and nobody but the proxy reaches it.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;

/// Answers, for as long as it is polled.
pub(super) async fn serve(listener: TcpListener) {
    loop {
        let Ok((connection, _)) = listener.accept().await else { continue };
        let answer = service_fn(|request| async move { Ok::<_, Infallible>(answer(&request)) });
        tokio::spawn(async move {
            // Whoever asked has gone.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(connection), answer).await;
        });
    }
}

fn answer(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let told = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = json!({
        "service": "it answers what reached it",
        "method": request.method().as_str(),
        "target": request.uri().to_string(),
        "subject": told("x-subject"),
        "scopes": told("x-scopes"),
        "operation": told("x-operation"),
    });
    let mut response = Response::new(Full::new(Bytes::from(format!("{body}\n"))));
    if request.method() == Method::POST {
        *response.status_mut() = StatusCode::CREATED;
    }
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
