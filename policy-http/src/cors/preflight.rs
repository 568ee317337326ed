//! The answer to a preflight: `OPTIONS` with `Origin` and `Access-Control-Request-Method`.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, AUTHORIZATION, HeaderName,
    HeaderValue, VARY,
};
use http::{Response, StatusCode};
use policy_core::{Document, OperationRef, Policy, SchemeKind};

use super::{Cors, join};
use crate::head::Head;

/// The answer to a preflight for these operations, which share one template. `None` if the request is no preflight, or if its origin may
/// not read the answers. Then the request is answered like any other of its method.
///
/// The answer names every method of the template, and does not look at the requested one: the browser compares them.
pub(crate) fn preflight<D: Document>(
    cors: &Cors,
    head: &impl Head,
    operations: impl IntoIterator<Item = OperationRef<D>>,
) -> Option<Response<String>> {
    if head.method() != "OPTIONS" || head.header("access-control-request-method").next().is_none() {
        return None;
    }
    let added = cors.added(head, false);
    added.allow_origin.as_ref()?;

    let mut methods: Vec<&str> = Vec::new();
    let mut names = cors.headers.clone();
    for operation in operations {
        // The path may match several templates that have a method in common.
        if !methods.contains(&operation.method()) {
            methods.push(operation.method());
        }
        names.extend(credential_headers(operation));
    }
    let methods = join(&methods)?;
    names.sort_by(|left, right| left.as_str().cmp(right.as_str()));
    names.dedup();

    let mut response = Response::new(String::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    added.apply(headers);
    headers.remove(http::header::ACCESS_CONTROL_EXPOSE_HEADERS);
    headers.insert(
        VARY,
        HeaderValue::from_static("origin, access-control-request-method, access-control-request-headers"),
    );
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    if let Some(names) = join(&names) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
    }
    if let Some(age) = cors.max_age {
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(age.as_secs()));
    }
    Some(response)
}

/// The request headers that carry the operation's credentials. They are named one by one, since `*` does not cover `Authorization`.
fn credential_headers<D: Document>(operation: OperationRef<D>) -> impl Iterator<Item = HeaderName> {
    let any = operation.accepts_any_scheme();
    let schemes =
        Policy::<D>::new().schemes().filter(move |scheme| any || operation.schemes().any(|named| named == *scheme));
    schemes.filter_map(|scheme| match scheme.kind() {
        SchemeKind::ApiKeyHeader(name) => HeaderName::try_from(name).ok(),
        SchemeKind::Basic | SchemeKind::HttpOther(_) => Some(AUTHORIZATION),
        kind => kind.is_bearer().then_some(AUTHORIZATION),
    })
}
