//! A document's policy, ready to decide without a compiler: for `cargo policy explain` and for gateways.
//!
//! `policy-core` decides and `policy-router` finds routes. This file turns a model into both. It begins with the same served routes
//! that `policy-build` writes into tables.

use std::fmt;
use std::sync::Arc;

use policy_core::owned::{FactsError, OperationFacts, OwnedOperation, OwnedPolicy, PolicyFacts};
use policy_router::{AllowedMethods, BuildError, BuildFault, Match, OwnedRouter, Parameters, Router};

use crate::model::{OperationModel, PolicyModel, Scheme, SchemeKind, ScopeEntry};
use crate::served::{ServeError, Served, served};

/// From method and raw path to the operation, and from there to the decision.
///
/// ```
/// use policy_core::owned::Request;
/// use policy_core::{Reason, ScopeString, Stage};
/// use policy_spec::{Engine, Routed, Settings};
///
/// let document = "
/// openapi: 3.1.0
/// info: { title: Notes, version: '1' }
/// paths:
///   /notes/{id}:
///     parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
///     get: { security: [{ Token: [notes:read] }] }
/// components:
///   securitySchemes:
///     Token: { type: oauth2, flows: { clientCredentials: { tokenUrl: /t, scopes: { notes:read: Read } } } }
/// ";
/// let loaded = policy_spec::read("notes.yaml", document.as_bytes(), &Settings::default());
/// let engine = Engine::new(&loaded.model.ok_or("the document has errors")?)?;
/// let Routed::Operation { operation, said, .. } = engine.route("GET", "/notes/7") else { return Err("no route".into()) };
/// assert_eq!(said.location.line, 7);
/// let caller = [engine.policy().grant("Token", ScopeString::new("notes:write")?).ok_or("no such scheme")?];
/// let decision = operation.decide(&Request { caller: Ok(Some(&caller)), enabled: Ok(true), query: Some("x=1") });
/// assert_eq!(decision.denial(), Some((Stage::Scopes, Reason::InsufficientScope)));
/// assert!(decision.missing().eq(["notes:read"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Engine {
    served: PolicyModel,
    policy: Arc<OwnedPolicy>,
    router: OwnedRouter,
    /// The index in the policy of each operation of the router.
    indices: Vec<usize>,
}

/// What a request's method and path lead to.
#[derive(Clone, Copy, Debug)]
pub enum Routed<'e, 'r> {
    /// An operation.
    Operation {
        /// What decides.
        operation: OwnedOperation<'e>,
        /// What the document says of it.
        said: &'e OperationModel,
        /// The parameters in the path.
        parameters: Parameters<'e, 'r>,
    },
    /// Operations with other methods have the path.
    MethodNotAllowed(AllowedMethods<'e>),
    /// No operation has the path.
    NotFound,
}

impl Engine {
    /// The policy of a model, whole.
    ///
    /// # Errors
    /// [`EngineError`]: routes that cannot be served, all of them.
    pub fn new(model: &PolicyModel) -> Result<Self, EngineError> {
        match Self::readable(model)? {
            (engine, None) => Ok(engine),
            (_, Some(error)) => Err(error),
        }
    }

    /// What can be served of a model, and why the rest cannot. A request for the rest finds no operation.
    ///
    /// This is for tools that show a document in spite of its errors. Never decide by it. Schemes and scopes that the document
    /// requires without declaring them are added by their names, so that the operations that require them can be shown.
    ///
    /// # Errors
    /// [`EngineError`], for a model of which nothing can be served. No document that could be read gives one.
    pub fn readable(model: &PolicyModel) -> Result<(Self, Option<EngineError>), EngineError> {
        let Served { model: mut served, disputed, errors } = served(model);
        let mut error = EngineError { unserved: errors, ..EngineError::default() };
        let refused = |facts| EngineError { facts: Some(facts), ..EngineError::default() };
        let policy = match OwnedPolicy::new(facts(&served)) {
            Ok(policy) => policy,
            Err(undeclared) => {
                declare_names(&mut served);
                let policy = OwnedPolicy::new(facts(&served)).map_err(refused)?;
                error.facts = Some(undeclared);
                policy
            }
        };
        let mut indices: Vec<usize> = (0..served.operations.len()).filter(|index| !disputed.contains(index)).collect();
        let router = match router(&served, &indices) {
            Ok(router) => router,
            Err(refused) => {
                indices.retain(|index| {
                    let operation = served.operations.get(*index);
                    !refused.faults().iter().any(|fault| operation.is_some_and(|one| is_about(fault, one)))
                });
                error.router = Some(refused);
                let refused = |refused| EngineError { router: Some(refused), ..EngineError::default() };
                router(&served, &indices).map_err(refused)?
            }
        };
        let error = (error != EngineError::default()).then_some(error);
        Ok((Self { served, policy: Arc::new(policy), router, indices }, error))
    }

    /// The operation that a request is for. The path is raw: neither decoded nor normalised, and without the query.
    #[must_use]
    pub fn route<'e, 'r>(&'e self, method: &str, path: &'r str) -> Routed<'e, 'r> {
        match self.router.find(method, path) {
            Match::Found { operation, parameters } => {
                let index = self.indices.get(operation).copied();
                let found = index.and_then(|index| self.policy.operation(index).zip(self.served.operations.get(index)));
                found.map_or(Routed::NotFound, |(operation, said)| Routed::Operation { operation, said, parameters })
            }
            Match::MethodNotAllowed(methods) => Routed::MethodNotAllowed(methods),
            Match::NotFound => Routed::NotFound,
        }
    }

    /// What decides. Its operations have the same indices as those of [`served`](Self::served).
    #[must_use]
    pub fn policy(&self) -> &OwnedPolicy {
        &self.policy
    }

    /// What decides, for whoever decides apart from the engine.
    #[must_use]
    pub fn shared_policy(&self) -> Arc<OwnedPolicy> {
        Arc::clone(&self.policy)
    }

    /// The model as it is served: each route once, alternatives with every scheme spelled out.
    #[must_use]
    pub fn served(&self) -> &PolicyModel {
        &self.served
    }
}

/// Why a model, or a part of it, cannot be served. Displays everything, one line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineError {
    unserved: Vec<ServeError>,
    router: Option<BuildError>,
    facts: Option<FactsError>,
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unserved = self.unserved.iter().map(|error| error as &dyn fmt::Display);
        let router = self.router.iter().map(|error| error as &dyn fmt::Display);
        let facts = self.facts.iter().map(|error| error as &dyn fmt::Display);
        let mut separator = "";
        for error in unserved.chain(router).chain(facts) {
            write!(f, "{separator}{error}")?;
            separator = "\n";
        }
        Ok(())
    }
}

impl std::error::Error for EngineError {}

/// Gives the model every scheme and scope that an operation names. An entry of the scope map that names another is left out.
fn declare_names(served: &mut PolicyModel) {
    for operation in &served.operations {
        let location = &operation.location;
        for alternative in operation.alternatives() {
            for (scheme, _) in alternative.schemes() {
                if !served.schemes.iter().any(|known| known.name == *scheme) {
                    let kind = SchemeKind::HttpOther(String::new());
                    served.schemes.push(Scheme::new(scheme, kind, location.clone()));
                }
            }
            for scope in alternative.scopes() {
                if let Err(at) = served.scopes.binary_search_by(|known| known.name.cmp(scope)) {
                    served.scopes.insert(at, ScopeEntry::new(scope, location.clone()));
                }
            }
        }
    }
    let PolicyModel { schemes, scopes, scope_map, .. } = served;
    scope_map.retain(|mapping| {
        let is_known = |scope: &String| scopes.iter().any(|known| known.name == *scope);
        schemes.iter().any(|known| known.name == mapping.scheme) && mapping.to.iter().all(is_known)
    });
}

fn router(served: &PolicyModel, indices: &[usize]) -> Result<OwnedRouter, BuildError> {
    let operations = indices.iter().filter_map(|index| served.operations.get(*index));
    Router::build(operations.map(|operation| (&operation.method, &operation.path)))
}

fn is_about(fault: &BuildFault, operation: &OperationModel) -> bool {
    match fault {
        BuildFault::Template { method, template, .. } | BuildFault::Method { method, template } => {
            *method == operation.method && *template == operation.path
        }
        // Both are left out, since nothing says which one is meant.
        BuildFault::Collision { method, first, second } => {
            *method == operation.method && (*first == operation.path || *second == operation.path)
        }
        // The fault is about all operations, so that all are left out.
        _ => true,
    }
}

fn facts(served: &PolicyModel) -> PolicyFacts {
    let operation = |said: &OperationModel| {
        OperationFacts::new(&said.method, &said.path, said.requirement.clone()).with_query(said.query.clone())
    };
    PolicyFacts::new(
        served.schemes.iter().map(|scheme| scheme.name.clone()).collect(),
        served.scopes.iter().map(|scope| scope.name.clone()).collect(),
        served.operations.iter().map(operation).collect(),
    )
    .with_check_order(served.check_order)
    .with_scope_map(served.scope_map.clone())
    .with_as_nobody(served.schemes.iter().map(|scheme| (scheme.name.clone(), scheme.as_nobody)).collect())
    .with_scheme_kinds(served.schemes.iter().map(|scheme| (scheme.name.clone(), scheme.kind.clone())).collect())
}
