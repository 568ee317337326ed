//! A whole policy, served to tests as an adapter serves it: each operation is asked for at its own template, with its own method.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::missing_errors_doc,
    missing_debug_implementations,
    reason = "shared by test binaries that use parts of it; a test fails by panicking"
)]

use std::ops::Deref;

use http::Extensions;
use http::Response;
use http::request::Parts;
use policy_core::{Allowed, Document, OperationRef, Policy};
use policy_http::mount::{Admitted, Endpoint, Framework, Plan, Served};
use policy_http::{Authenticator, Enablement, Gate, Head, Options};

enum Exact {}

impl Framework for Exact {
    const NAME: &'static str = "the tests";
}

/// The gate of a policy, and its endpoints.
pub struct Entry<D: Document, A, E>(Served<D, A, E, ()>);

/// A request's head as it arrives where its operation is mounted.
pub struct At<'p, D> {
    parts: &'p Parts,
    operation: OperationRef<D>,
    is_head: bool,
}

impl<D: Document> Head for At<'_, D> {
    fn method(&self) -> &str {
        if self.is_head { "HEAD" } else { self.operation.method() }
    }

    fn path(&self) -> &str {
        self.operation.template()
    }

    fn query(&self) -> Option<&str> {
        Head::query(self.parts)
    }

    fn header<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        Head::header(self.parts, name)
    }

    fn extensions(&self) -> Option<&Extensions> {
        Head::extensions(self.parts)
    }
}

pub fn at<D: Document>(operation: OperationRef<D>, parts: &Parts) -> At<'_, D> {
    At { parts, operation, is_head: false }
}

impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Entry<D, A, E> {
    /// Every operation has a handler.
    pub fn new(authenticator: A, enablement: E, options: Options<D>) -> Self {
        Self::serve(authenticator, enablement, options, |plan, operation| plan.handler(operation, ()))
    }

    /// Every operation is still to have one.
    pub fn pending(authenticator: A, enablement: E, options: Options<D>) -> Self {
        Self::serve(authenticator, enablement, options, |plan, operation| plan.pending(operation, "later"))
    }

    fn serve(
        authenticator: A,
        enablement: E,
        options: Options<D>,
        mount: impl Fn(&mut Plan<D, ()>, OperationRef<D>),
    ) -> Self {
        let mut plan = Plan::new();
        Policy::<D>::new().operations().for_each(|operation| mount(&mut plan, operation));
        Self(plan.serve::<Exact, _, _, _>(authenticator, enablement, options, |handler| handler).unwrap())
    }

    pub fn endpoint(&self, operation: OperationRef<D>) -> &Endpoint<D, A, E, ()> {
        self.0.endpoints.iter().find(|endpoint| endpoint.template() == operation.template()).unwrap()
    }

    pub async fn admit(
        &self,
        operation: OperationRef<D>,
        parts: &Parts,
    ) -> Result<Admitted<'_, D, ()>, Response<String>> {
        self.endpoint(operation).admit(&at(operation, parts)).await
    }

    /// The answer to HEAD, where only GET is served.
    pub async fn head(&self, get: OperationRef<D>, parts: &Parts) -> Response<String> {
        self.endpoint(get).admit(&At { parts, operation: get, is_head: true }).await.unwrap_err()
    }
}

impl<D: Document, A, E> Deref for Entry<D, A, E> {
    type Target = Gate<D, A, E>;

    fn deref(&self) -> &Self::Target {
        &self.0.gate
    }
}

/// One request of a policy that nothing else is asked of: what was allowed, or the answer.
pub async fn decide<D: Document>(
    operation: OperationRef<D>,
    parts: &Parts,
    authenticator: impl Authenticator<D>,
    enablement: impl Enablement<D>,
) -> Result<Allowed<D>, Response<String>> {
    let entry = Entry::new(authenticator, enablement, Options::new());
    let mut admitted = entry.admit(operation, parts).await?;
    Ok(admitted.take_allowed().unwrap())
}

/// The stable name of the reason that an answer tells.
pub fn reason(answer: &Response<String>) -> String {
    let problem: serde_json::Value = serde_json::from_str(answer.body()).unwrap();
    problem.get("reason_code").and_then(serde_json::Value::as_str).unwrap().to_owned()
}
