//! The options of a guard, in one type for all adapters.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::Response;
use policy_core::unmatched::Unmatched;
use policy_core::{Audit, Denial, Document, Policy, ScopeSet};

use crate::answers::Answers;
use crate::clock::{Clock, SystemClock};
use crate::cors::Cors;
use crate::explanation::Explanations;
use crate::log::{DecisionLog, Tracing};
use crate::protected_resource::ProtectedResource;
#[cfg(feature = "shadow")]
use crate::shadow::Shadow;

/// The options of a guard, besides the authenticator and the enablement. Each has a default, and no default lets anybody call more.
///
/// ```
/// use policy_core::Document;
/// use policy_http::{Cors, Options, Tracing};
///
/// fn options<D: Document>() -> Result<Options<D>, Box<dyn std::error::Error>> {
///     Ok(Options::new().realm("files").cors(Cors::origins(["https://app.example.com"])?).log(Tracing))
/// }
/// ```
pub struct Options<D: Document> {
    pub(crate) answers: Answers<D>,
    pub(crate) cors: Option<Cors>,
    pub(crate) log: Arc<dyn DecisionLog<D>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) explanations: Explanations,
    #[cfg(feature = "shadow")]
    pub(crate) shadow: Option<Shadow<D>>,
}

impl<D: Document> Options<D> {
    /// The defaults: problem details and the realm `api`, no CORS, decisions as `tracing` events, the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self {
            answers: Answers::new(),
            cors: None,
            log: Arc::new(Tracing),
            clock: Arc::new(SystemClock),
            explanations: Explanations::default(),
            #[cfg(feature = "shadow")]
            shadow: None,
        }
    }

    /// The protected space that `WWW-Authenticate` names (RFC 9110, section 11.5).
    #[must_use]
    pub fn realm(mut self, realm: impl Into<Cow<'static, str>>) -> Self {
        self.answers = self.answers.with_realm(realm);
        self
    }

    /// Where bearer challenges say that the metadata of the API is (RFC 9728, section 5.1).
    #[must_use]
    pub fn resource_metadata(mut self, resource: &ProtectedResource<D>) -> Self {
        self.answers = self.answers.with_resource_metadata(resource);
        self
    }

    /// The application's own answer to a denial: status, body and names of reasons. `WWW-Authenticate`, `Retry-After`,
    /// `Content-Length` and `Cache-Control` are added. If the mapper answers with a status that is no error, the default answer
    /// is sent instead, and the log says so.
    ///
    /// An unknown caller must not tell operations apart: answer a denial of the stage `authentication` by its reason alone, not by its
    /// operation.
    #[must_use]
    pub fn denials(mut self, mapper: impl Fn(&Denial<'_, D>) -> Response<String> + Send + Sync + 'static) -> Self {
        self.answers = self.answers.with_denials(mapper);
        self
    }

    /// The application's own answer to 404 and 405. Below the policy's base path only known callers get it. For anybody else, such a
    /// request is [denied](Self::denials) like one for an operation.
    #[must_use]
    pub fn unmatched(mut self, mapper: impl Fn(Unmatched) -> Response<String> + Send + Sync + 'static) -> Self {
        self.answers = self.answers.with_unmatched(mapper);
        self
    }

    /// Which other origins may read the answers. Without this, a preflight is decided like any other request, and so denied.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
        self
    }

    /// Where decisions are logged, in place of [`Tracing`]. Several logs are a tuple: `(Tracing, counters)`.
    #[must_use]
    pub fn log(mut self, log: impl DecisionLog<D>) -> Self {
        self.log = Arc::new(log);
        self
    }

    /// The clock by which expiries are judged.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The scopes that the challenge of a 401 names (RFC 6750, section 3), for clients that ask for a token by what they read there. They
    /// are the same whatever was asked for, since a caller who is not known must not tell operations apart: choose what a client begins
    /// with. The challenge of a 403 names all scopes that the operation needs. `offline_access` is left out: it is asked of the
    /// issuer, and no API needs it.
    #[must_use]
    pub fn challenge_scopes(mut self, scopes: ScopeSet<D>) -> Self {
        self.answers = self.answers.with_challenge_scopes(scopes);
        self
    }

    /// For development: answers to denials say what the log says, in a header `Policy-Explanation` and a member of the default body.
    ///
    /// It does nothing, and the log says so, unless the feature `explain-denials` is on and the build has debug assertions. While it is on,
    /// the log at start and the audit name it.
    #[must_use]
    pub fn explain_denials(mut self) -> Self {
        self.explanations = Explanations::asked();
        self
    }

    /// Logs denials without enforcing them, for the operations, the stages and the time that `shadow` names.
    #[cfg(feature = "shadow")]
    #[must_use]
    pub fn shadow(mut self, shadow: Shadow<D>) -> Self {
        self.shadow = Some(shadow);
        self
    }

    /// The policy's audit, with what these options do not enforce. An adapter adds its pending and unguarded routes.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        let mut audit = Policy::<D>::new().audit();
        if self.explanations.are_on() {
            audit = audit.with_explained_denials();
        }
        #[cfg(feature = "shadow")]
        if let Some(shadow) = &self.shadow {
            return shadow.audit(audit);
        }
        audit
    }

    /// Whether a guard may have to add headers to a handler's answer ([`AddedHeaders`](crate::AddedHeaders)): with CORS, and in
    /// shadow mode.
    #[must_use]
    pub fn owes_headers(&self) -> bool {
        #[cfg(feature = "shadow")]
        if self.shadow.is_some() {
            return true;
        }
        self.cors.is_some()
    }

    /// The answers if no handler runs.
    #[must_use]
    pub fn answers(&self) -> &Answers<D> {
        &self.answers
    }
}

impl<D: Document> Default for Options<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Document> fmt::Debug for Options<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("answers", &self.answers).field("cors", &self.cors).finish_non_exhaustive()
    }
}
