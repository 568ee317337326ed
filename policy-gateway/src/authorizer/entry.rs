//! One document in force, with everything by which its requests are decided.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use http::HeaderName;
use policy_core::owned::OwnedScheme;
use policy_http::run_time::{Gate, UnknownScheme};
use policy_spec::Engine;

use super::admitted::Assertion;
use super::evaluation::StoredCallers;
use super::identity_headers::IdentityHeaders;
use super::limits::Limits;
use super::readers::Folded;
use super::selection::Selection;

/// One document in force: its policy, to which requests it applies, who verifies credentials, and what the upstream is told.
pub struct PolicyEntry {
    pub(super) name: String,
    pub(super) engine: Arc<Engine>,
    /// `None` where two templates differ only in case.
    pub(super) folded: Option<Folded>,
    /// The methods of each template, as the document has it, with the indices of their operations.
    pub(super) by_template: HashMap<String, Vec<(String, usize)>>,
    pub(super) gate: Gate,
    pub(super) selection: Selection,
    pub(super) identity: IdentityHeaders,
    pub(super) assertion: Option<Arc<dyn Assertion>>,
    pub(super) removed: Vec<HeaderName>,
    pub(super) public_origin: Option<String>,
    pub(super) limits: Limits,
    pub(super) stored: Vec<(OwnedScheme, Arc<dyn StoredCallers>)>,
}

impl PolicyEntry {
    /// A document by this name, which applies to every request below its base path. The gate is one of the engine's policy
    /// ([`Engine::shared_policy`]).
    #[must_use]
    pub fn new(name: impl Into<String>, engine: Arc<Engine>, gate: Gate) -> Self {
        Self {
            name: name.into(),
            folded: Folded::of(&engine),
            by_template: by_template(&engine),
            engine,
            gate,
            selection: Selection::default(),
            identity: IdentityHeaders::default(),
            assertion: None,
            removed: Vec::new(),
            public_origin: None,
            limits: Limits::default(),
            stored: Vec::new(),
        }
    }

    /// To which requests it applies.
    #[must_use]
    pub fn with_selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Which headers tell the upstream who calls.
    #[must_use]
    pub fn with_identity(mut self, identity: IdentityHeaders) -> Self {
        self.identity = identity;
        self
    }

    /// Who vouches for allowed requests to the upstream.
    #[must_use]
    pub fn with_assertion(mut self, assertion: Arc<dyn Assertion>) -> Self {
        self.assertion = Some(assertion);
        self
    }

    /// Header fields that the proxy must not forward, such as the caller's credential.
    #[must_use]
    pub fn with_removed_headers(mut self, names: Vec<HeaderName>) -> Self {
        self.removed = names;
        self
    }

    /// Under which origin clients reach the API. An [`Assertion`] is told.
    #[must_use]
    pub fn with_public_origin(mut self, origin: impl Into<String>) -> Self {
        self.public_origin = Some(origin.into());
        self
    }

    /// How large its requests may be, and how long a decision may take.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Who knows the callers that are stored for a scheme, for evaluations that name one by its id.
    ///
    /// # Errors
    /// The document has no such scheme.
    pub fn with_stored_callers(mut self, scheme: &str, callers: Arc<dyn StoredCallers>) -> Result<Self, UnknownScheme> {
        let own = self.engine.policy().scheme(scheme).ok_or_else(|| UnknownScheme(scheme.to_owned()))?;
        self.stored.push((own, callers));
        Ok(self)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its policy.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What decides its requests.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The path below which it is served: empty, or `/…` without a slash at its end.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.engine.served().base_path
    }

    /// To which requests it applies, besides the base path.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The names of every header that the upstream trusts.
    pub(super) fn trusted(&self) -> impl Iterator<Item = &HeaderName> + Clone {
        self.identity.names().chain(self.assertion.iter().map(|assertion| assertion.header()))
    }
}

fn by_template(engine: &Engine) -> HashMap<String, Vec<(String, usize)>> {
    let mut found: HashMap<String, Vec<(String, usize)>> = HashMap::new();
    for (index, operation) in engine.served().operations.iter().enumerate() {
        found.entry(operation.template.clone()).or_default().push((operation.method.clone(), index));
    }
    found
}

impl fmt::Debug for PolicyEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyEntry")
            .field("name", &self.name)
            .field("base_path", &self.base_path())
            .field("selection", &self.selection)
            .finish_non_exhaustive()
    }
}
