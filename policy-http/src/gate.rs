//! The gate, which every adapter uses: it decides requests, and makes the answers if no handler runs.

use std::fmt;
use std::future::Future;
use std::time::Instant;

use http::{HeaderValue, Response};
use policy_core::order::{AtEnablement, CheckOrder};
use policy_core::unmatched::{BasePath, Unmatched};
use policy_core::{Access, Allowed, Denial, Document, OperationRef, Pending, Policy, Principal};

use crate::added_headers::AddedHeaders;
use crate::authenticator::Authenticator;
use crate::callers::Compiled;
use crate::clock::Clock;
use crate::cors;
use crate::credential_fault::{CredentialFault, Refused};
use crate::enablement::Enablement;
use crate::head::Head;
use crate::identify::{identify_anywhere, identify_evenly};
use crate::log::{Decided, Decision};
use crate::options::Options;

/// A denial, with what is wrong with the credential where that is why. The fault stands beside the denial and not in it: the
/// application's own answers are made of the denial, and must not tell the fault.
pub(crate) struct Refusal<'r, D: Document> {
    denial: Denial<'r, D>,
    fault: Option<CredentialFault>,
}

impl<'r, D: Document> From<Denial<'r, D>> for Refusal<'r, D> {
    fn from(denial: Denial<'r, D>) -> Self {
        Self { denial, fault: None }
    }
}

/// The authenticator, the enablement and the options of the application: everything by which a request is decided.
///
/// A [`Plan`](crate::mount::Plan) makes it, together with an [`Endpoint`](crate::mount::Endpoint) for each template. The endpoints
/// decide requests. The gate itself answers requests that no template matches.
///
/// Its answers are complete, with body, challenge and CORS headers. An adapter sends them unchanged.
pub struct Gate<D: Document, A, E> {
    authenticator: A,
    enablement: E,
    options: Options<D>,
}

impl<D, A, E> Gate<D, A, E>
where
    D: Document,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    /// A gate. If shadow mode is on, a line in the log says so.
    pub(crate) fn new(authenticator: A, enablement: E, options: Options<D>) -> Self {
        #[cfg(feature = "shadow")]
        if let Some(shadow) = &options.shadow {
            shadow.announce(&*options.clock);
        }
        options.explanations.announce();
        Self { authenticator, enablement, options }
    }

    /// Takes a request through the stages. Only this function waits.
    ///
    /// Two stages wait: one asks the authenticator, the other the enablement. The other stages are plain functions of [`CheckOrder`]. A
    /// future copies everything that it keeps while it waits, and a future within another is copied again. So as little as possible
    /// is kept.
    #[expect(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice")]
    pub(crate) fn decide<'r, 'a, H: Head>(
        &'a self,
        operation: OperationRef<D>,
        head: &'r H,
    ) -> impl Future<Output = Result<Allowed<D>, Refusal<'r, D>>> + Send + use<'r, 'a, D, H, A, E> {
        async move {
            // `Pending` is made after the caller is found. Made before, it would be kept in the future while that waits.
            let found = if operation.access() == Access::Public {
                Ok(None)
            } else if let Some(said) = self.authenticator.of_request(Some(operation), head) {
                said.map_err(Refused::from)
            } else {
                identify_evenly(Compiled::POLICY, Some(operation), head, &self.authenticator, &*self.options.clock)
                    .await
            };
            let pending = to_enablement(operation, found)?;
            let enabled = if pending.needs_enablement() {
                self.enablement.is_enabled(pending.principal(), operation).await
            } else {
                Ok(false)
            };
            Ok(D::Order::from_enablement(pending, enabled, || head.query())?)
        }
    }

    /// The result of a decision for an operation with a handler: what was allowed, and the headers for the answer.
    #[inline(always)]
    pub(crate) fn admitted(
        &self,
        head: &impl Head,
        outcome: Result<Allowed<D>, Refusal<'_, D>>,
        started: Option<Instant>,
    ) -> Result<(Allowed<D>, AddedHeaders), Response<String>> {
        match outcome {
            Ok(allowed) => {
                self.record(head, Decided::Allowed(&allowed), None, started);
                Ok((allowed, self.added(head, false)))
            }
            Err(refusal) => self.in_shadow(head, refusal, started),
        }
    }

    /// Lets a denied request through if shadow mode covers it. Otherwise it is the answer to the denial.
    #[cfg(feature = "shadow")]
    fn in_shadow(
        &self,
        head: &impl Head,
        refusal: Refusal<'_, D>,
        started: Option<Instant>,
    ) -> Result<(Allowed<D>, AddedHeaders), Response<String>> {
        let shadow = self.options.shadow.as_ref();
        if !shadow.is_some_and(|shadow| shadow.covers(&refusal.denial, &*self.options.clock)) {
            return Err(self.refuse(head, &refusal, started));
        }
        let Refusal { denial, fault } = refusal;
        self.record(head, Decided::WouldDeny(&denial), fault, started);
        let headers = AddedHeaders { shadow: crate::shadow::header(&denial), ..self.added(head, false) };
        match denial.let_through() {
            Ok(allowed) => Ok((allowed, headers)),
            Err(denial) => Err(self.refuse(head, &Refusal { denial, fault }, started)),
        }
    }

    #[cfg(not(feature = "shadow"))]
    fn in_shadow(
        &self,
        head: &impl Head,
        refusal: Refusal<'_, D>,
        started: Option<Instant>,
    ) -> Result<(Allowed<D>, AddedHeaders), Response<String>> {
        Err(self.refuse(head, &refusal, started))
    }

    /// The answer for an operation that has no handler yet. All stages decide first. A request that passes them is denied.
    pub(crate) fn without_handler(
        &self,
        head: &impl Head,
        outcome: Result<Allowed<D>, Refusal<'_, D>>,
        started: Option<Instant>,
    ) -> Response<String> {
        let refusal = outcome.map_or_else(|refusal| refusal, |allowed| allowed.without_handler().into());
        self.refuse(head, &refusal, started)
    }

    /// The answer to HEAD where the document declares only GET, and the application did not allow GET's handler to run for HEAD.
    /// GET's policy decides first. Only a caller who passes it learns that HEAD is not served.
    pub(crate) fn head_not_served(
        &self,
        head: &impl Head,
        outcome: Result<Allowed<D>, Refusal<'_, D>>,
        started: Option<Instant>,
        allow: &HeaderValue,
    ) -> Response<String> {
        match outcome {
            Ok(allowed) => {
                let operation = Some(allowed.operation());
                let unmatched = Unmatched::MethodNotAllowed;
                let decided = Decided::Unmatched { unmatched, operation, caller: Some(allowed.principal()) };
                self.record(head, decided, None, started);
                self.answer(head, unmatched, Some(allow))
            }
            Err(refusal) => match self.in_shadow(head, refusal, started) {
                Ok(_) => self.answer(head, Unmatched::MethodNotAllowed, Some(allow)),
                Err(response) => response,
            },
        }
    }

    /// The answer to a path that no template matches, or that leaves a parameter empty. Below the policy's base path, only an
    /// authenticated caller learns that. A path counts as below also if it has the prefix of a mount, several slashes for one, or
    /// encoded characters.
    pub async fn not_found(&self, head: &impl Head) -> Response<String> {
        self.unmatched(head, None).await
    }

    /// The answer to a method that the template does not serve. `allow` names those that it does.
    pub async fn method_not_allowed(&self, head: &impl Head, allow: &HeaderValue) -> Response<String> {
        self.unmatched(head, Some(allow)).await
    }

    /// The answer to a path without a template. With `allow`, the answer to a method without an operation.
    pub(crate) async fn unmatched(&self, head: &impl Head, allow: Option<&HeaderValue>) -> Response<String> {
        let unmatched = if allow.is_some() { Unmatched::MethodNotAllowed } else { Unmatched::NotFound };
        if unmatched.is_hidden(BasePath::new(Policy::<D>::new().base_path()), head.path()) {
            let started = self.started();
            let known = match self.authenticator.of_request(None, head) {
                Some(said) => said.map_err(Refused::from),
                None => identify_anywhere(Compiled::POLICY, head, &self.authenticator, &*self.options.clock).await,
            };
            match known {
                Ok(caller) => {
                    let decided = Decided::Unmatched { unmatched, operation: None, caller: caller.as_ref() };
                    self.record(head, decided, None, started);
                }
                Err(Refused { failure, fault }) => {
                    let refusal = Refusal { denial: Denial::unauthenticated(failure), fault };
                    return self.refuse(head, &refusal, started);
                }
            }
        }
        self.answer(head, unmatched, allow)
    }

    /// The answer to a CORS preflight for a template with these operations. `None` if the request is no preflight, or CORS is not
    /// configured for its origin. Then it is a request like any other.
    pub fn preflight(
        &self,
        head: &impl Head,
        operations: impl IntoIterator<Item = OperationRef<D>>,
    ) -> Option<Response<String>> {
        cors::preflight(self.options.cors.as_ref()?, head, operations)
    }

    /// When the decision began. `None` if no log measures latency.
    pub(crate) fn started(&self) -> Option<Instant> {
        self.options.log.measures().then(|| self.options.clock.instant())
    }

    fn refuse(&self, head: &impl Head, refusal: &Refusal<'_, D>, started: Option<Instant>) -> Response<String> {
        let Refusal { denial, fault } = refusal;
        self.record(head, Decided::Denied(denial), *fault, started);
        let mut answer = self.options.answers.denial(denial);
        self.options.explanations.explain(&mut answer, denial, *fault);
        self.finish(head, answer)
    }

    fn answer(&self, head: &impl Head, unmatched: Unmatched, allow: Option<&HeaderValue>) -> Response<String> {
        self.finish(head, self.options.answers.unmatched(unmatched, allow))
    }

    fn finish(&self, head: &impl Head, mut response: Response<String>) -> Response<String> {
        self.added(head, true).apply(response.headers_mut());
        response
    }

    fn added(&self, head: &impl Head, denied: bool) -> AddedHeaders {
        self.options.cors.as_ref().map_or_else(AddedHeaders::default, |cors| cors.added(head, denied))
    }

    fn record(
        &self,
        head: &impl Head,
        decided: Decided<'_, D>,
        fault: Option<CredentialFault>,
        started: Option<Instant>,
    ) {
        self.options.log.record(&Decision::new(decided, fault, head.query(), started, &*self.options.clock));
    }
}

/// A request whose caller is found, before what is enabled is asked about.
type Enabling<D> = AtEnablement<D, <<D as Document>::Order as CheckOrder<D>>::AfterEnablement>;

/// The first stages, with the answer to who calls. It is a function of its own because an `async` block would keep what is only moved
/// here while it waits.
fn to_enablement<D: Document>(
    operation: OperationRef<D>,
    found: Result<Option<Principal<D>>, Refused>,
) -> Result<Enabling<D>, Refusal<'static, D>> {
    let (found, fault) = match found {
        Ok(caller) => (Ok(caller), None),
        Err(Refused { failure, fault }) => (Err(failure), fault),
    };
    D::Order::to_enablement(Pending::start(operation), found).map_err(|denial| Refusal { denial, fault })
}

impl<D: Document, A, E> fmt::Debug for Gate<D, A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("options", &self.options).finish_non_exhaustive()
    }
}
