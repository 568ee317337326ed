//! What stands behind every adapter: a routed request goes in, and either the proof for its handler comes out or the
//! whole answer.

use std::fmt;
use std::future::Future;
use std::time::Instant;

use http::{HeaderValue, Response};
use policy_core::{Allowed, AuthenticationFailure, Denial, Document, OperationRef, Policy, Principal};

use crate::added_headers::AddedHeaders;
use crate::answers::Unmatched;
use crate::authenticator::Authenticator;
use crate::below::{is_below, leads_below};
use crate::clock::Clock;
use crate::cors;
use crate::decide::{Drive, drive};
use crate::enablement::Enablement;
use crate::head::Head;
use crate::identify::identify_evenly;
use crate::log::{Decided, Decision};
use crate::options::Options;

/// Who authenticates, what is enabled, and what the application chose: all that an adapter asks about a request. An
/// adapter adds the routing, and the way of the permit to its handler.
///
/// Its answers are whole: body, challenge, CORS headers. An adapter sends them as they are.
pub struct Gate<D: Document, A, E> {
    authenticator: A,
    enablement: E,
    options: Options<D>,
}

/// An admitted request: the proof for its handler, and what its answer must carry.
#[derive(Debug)]
#[must_use = "an admitted request has a permit to hand over and headers to add"]
pub struct Admission<D: Document> {
    /// Becomes the permit of the operation.
    pub allowed: Allowed<D>,
    /// To be applied to whatever the handler answers.
    pub headers: AddedHeaders,
}

impl<D, A, E> Gate<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    /// A gate. Shadow mode, where it is on, is named in the log.
    pub fn new(authenticator: A, enablement: E, options: Options<D>) -> Self {
        #[cfg(feature = "shadow")]
        if let Some(shadow) = &options.shadow {
            shadow.announce(&*options.clock);
        }
        Self { authenticator, enablement, options }
    }

    /// What the application chose.
    pub fn options(&self) -> &Options<D> {
        &self.options
    }

    /// Decides a request for the operation that its route was mounted for.
    ///
    /// # Errors
    /// The whole answer to a denied request.
    pub async fn admit(&self, operation: OperationRef<D>, head: &impl Head) -> Result<Admission<D>, Response<String>> {
        let started = self.started();
        let outcome = self.drive(operation, head).await;
        self.admitted(head, outcome, started)
    }

    /// What comes of a decision, for an operation that has a handler.
    #[inline(always)]
    pub(crate) fn admitted(
        &self,
        head: &impl Head,
        outcome: Result<Allowed<D>, Denial<'_, D>>,
        started: Option<Instant>,
    ) -> Result<Admission<D>, Response<String>> {
        match outcome {
            Ok(allowed) => {
                self.record(Decided::Allowed(&allowed), started);
                Ok(Admission { allowed, headers: self.added(head, false) })
            }
            Err(denial) => self.in_shadow(head, denial, started),
        }
    }

    /// A denial that shadow mode lets through, or its answer.
    #[cfg(feature = "shadow")]
    fn in_shadow(
        &self,
        head: &impl Head,
        denial: Denial<'_, D>,
        started: Option<Instant>,
    ) -> Result<Admission<D>, Response<String>> {
        let shadow = self.options.shadow.as_ref();
        if !shadow.is_some_and(|shadow| shadow.covers(&denial, &*self.options.clock)) {
            return Err(self.refuse(head, &denial, started));
        }
        self.record(Decided::WouldDeny(&denial), started);
        let headers = AddedHeaders { shadow: crate::shadow::header(&denial), ..self.added(head, false) };
        match denial.let_through() {
            Ok(allowed) => Ok(Admission { allowed, headers }),
            Err(denial) => Err(self.refuse(head, &denial, started)),
        }
    }

    #[cfg(not(feature = "shadow"))]
    fn in_shadow(
        &self,
        head: &impl Head,
        denial: Denial<'_, D>,
        started: Option<Instant>,
    ) -> Result<Admission<D>, Response<String>> {
        Err(self.refuse(head, &denial, started))
    }

    /// The answer to a request for an operation that has no handler yet: every stage has its say, and then it is denied.
    pub async fn pending(&self, operation: OperationRef<D>, head: &impl Head) -> Response<String> {
        let started = self.started();
        let outcome = self.drive(operation, head).await;
        self.without_handler(head, outcome, started)
    }

    /// What comes of a decision, for an operation that has none yet.
    pub(crate) fn without_handler(
        &self,
        head: &impl Head,
        outcome: Result<Allowed<D>, Denial<'_, D>>,
        started: Option<Instant>,
    ) -> Response<String> {
        let denial = match outcome {
            Ok(allowed) => allowed.without_handler(),
            Err(denial) => denial,
        };
        self.refuse(head, &denial, started)
    }

    /// The answer to a request for HEAD where the document declares only GET, and nobody said that GET's handler may run for it: GET's
    /// policy decides, and whoever passes it learns that HEAD is not served.
    pub async fn head_not_served(
        &self,
        get: OperationRef<D>,
        head: &impl Head,
        allow: &HeaderValue,
    ) -> Response<String> {
        let started = self.started();
        let outcome = self.drive(get, head).await;
        self.without_head(head, outcome, started, allow)
    }

    /// What comes of GET's decision, where HEAD is not served.
    pub(crate) fn without_head(
        &self,
        head: &impl Head,
        outcome: Result<Allowed<D>, Denial<'_, D>>,
        started: Option<Instant>,
        allow: &HeaderValue,
    ) -> Response<String> {
        match outcome {
            Ok(allowed) => {
                let operation = Some(allowed.operation());
                let unmatched = Unmatched::MethodNotAllowed;
                self.record(Decided::Unmatched { unmatched, operation, caller: Some(allowed.principal()) }, started);
                self.unmatched(head, unmatched, Some(allow))
            }
            Err(denial) => match self.in_shadow(head, denial, started) {
                Ok(_) => self.unmatched(head, Unmatched::MethodNotAllowed, Some(allow)),
                Err(response) => response,
            },
        }
    }

    /// The answer to a path that no template matches, or that leaves a parameter empty. Below the policy's base path, however a
    /// router reaches it (behind the prefix of a mount, by several slashes, encoded), only an
    /// authenticated caller learns that.
    pub async fn not_found(&self, head: &impl Head) -> Response<String> {
        self.outside(head, None).await
    }

    /// Whether the path of a request that no template matches is the application's own to answer: it does not lead below the
    /// policy's base path, not even for a reader that decodes it, merges slashes or resolves dots. A policy without a base path
    /// claims nothing that its templates do not match.
    pub fn is_beside(&self, head: &impl Head) -> bool {
        let base = Policy::<D>::new().base_path().trim_end_matches('/');
        base.is_empty() || !leads_below(base, head.path())
    }

    /// The answer to a method that the template does not serve. `allow` names those that it does.
    pub async fn method_not_allowed(&self, head: &impl Head, allow: &HeaderValue) -> Response<String> {
        self.outside(head, Some(allow)).await
    }

    /// The answer to a path without a template; where methods are named, to a method without an operation.
    pub(crate) async fn outside(&self, head: &impl Head, allow: Option<&HeaderValue>) -> Response<String> {
        let unmatched = if allow.is_some() { Unmatched::MethodNotAllowed } else { Unmatched::NotFound };
        if allow.is_some() || is_below(Policy::<D>::new().base_path(), head.path()) {
            let started = self.started();
            match self.known(head).await {
                Ok(caller) => {
                    let decided = Decided::Unmatched { unmatched, operation: None, caller: caller.as_ref() };
                    self.record(decided, started);
                }
                Err(failure) => return self.refuse(head, &Denial::unauthenticated(failure), started),
            }
        }
        self.unmatched(head, unmatched, allow)
    }

    /// The answer to a fault of the adapter's own side.
    pub fn internal_error(&self, head: &impl Head) -> Response<String> {
        self.unmatched(head, Unmatched::Internal, None)
    }

    /// The answer to a CORS preflight for a template with these operations. `None` where the request is none, or CORS is
    /// not configured for its origin: it is then a request like any other.
    pub fn preflight(
        &self,
        head: &impl Head,
        operations: impl IntoIterator<Item = OperationRef<D>>,
    ) -> Option<Response<String>> {
        cors::preflight(self.options.cors.as_ref()?, head, operations)
    }

    pub(crate) fn drive<'r>(
        &self,
        operation: OperationRef<D>,
        head: &'r impl Head,
    ) -> impl Future<Output = Result<Allowed<D>, Denial<'r, D>>> + Send {
        drive(operation, head, &self.authenticator, &self.enablement, &*self.options.clock)
    }

    /// The caller, by any scheme of the document; nobody where the document has none.
    async fn known(&self, head: &impl Head) -> Result<Option<Principal<D>>, AuthenticationFailure> {
        if Policy::<D>::new().schemes().next().is_none() {
            return Ok(None);
        }
        let known = identify_evenly(None, head, &self.authenticator, &*self.options.clock).await?;
        known.map(Some).ok_or(AuthenticationFailure::Missing)
    }

    /// When the decision began, where a log wants to know how long it takes.
    pub(crate) fn started(&self) -> Option<Instant> {
        self.options.log.measures().then(|| self.options.clock.instant())
    }

    fn refuse(&self, head: &impl Head, denial: &Denial<'_, D>, started: Option<Instant>) -> Response<String> {
        self.record(Decided::Denied(denial), started);
        self.finish(head, self.options.answers.denial(denial))
    }

    fn unmatched(&self, head: &impl Head, unmatched: Unmatched, allow: Option<&HeaderValue>) -> Response<String> {
        self.finish(head, self.options.answers.unmatched(unmatched, allow))
    }

    fn finish(&self, head: &impl Head, mut response: Response<String>) -> Response<String> {
        self.added(head, true).apply(response.headers_mut());
        response
    }

    fn added(&self, head: &impl Head, denied: bool) -> AddedHeaders {
        self.options.cors.as_ref().map_or_else(AddedHeaders::default, |cors| cors.added(head, denied))
    }

    fn record(&self, decided: Decided<'_, D>, started: Option<Instant>) {
        self.options.log.record(&Decision::new(decided, started, &*self.options.clock));
    }
}

impl<D: Document, A, E> fmt::Debug for Gate<D, A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("options", &self.options).finish_non_exhaustive()
    }
}
