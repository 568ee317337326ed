//! From what the document says to what is served: one entry for each route, and each alternative with its schemes.
//!
//! The model shows the document to reviewers as it is written. A table that decides differs from it in three ways. It has no undeclared
//! operations. It has each route once. And where an extension accepts any scheme, it lists the document's schemes as alternatives.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use policy_core::owned::{AlternativeFacts, RequirementFacts};

use crate::model::{OperationModel, PolicyModel, Scheme, SchemeKind};

impl PolicyModel {
    /// The model as a table needs it. Whatever decides by the model decides by this one.
    ///
    /// # Errors
    /// The first operation that cannot be served. A document that was read without an error has none.
    ///
    /// ```
    /// let document = "
    /// openapi: 3.1.0
    /// info: { title: Notes, version: '1' }
    /// paths:
    ///   /token: { post: { security: [] } }
    ///   '/token#refresh': { post: { security: [] } }
    /// ";
    /// let loaded = policy_spec::read("notes.yaml", document.as_bytes(), &policy_spec::Settings::default());
    /// let model = loaded.model.ok_or("the document has errors")?;
    /// let served = model.served().map_err(|error| error.to_string())?;
    /// assert_eq!((model.operations.len(), served.operations.len()), (2, 1), "both keys are one route");
    /// # Ok::<(), String>(())
    /// ```
    pub fn served(&self) -> Result<PolicyModel, ServeError> {
        let Served { model, mut errors, .. } = served(self);
        if errors.is_empty() { Ok(model) } else { Err(errors.swap_remove(0)) }
    }
}

/// Why an operation cannot be served, with its key, as in `GET /files`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServeError {
    /// It has the same route as an earlier operation, and another policy.
    RepeatedRoute(String),
    /// Its list of alternatives is empty, so that nobody could call it. A document leaves out an operation that is not to be
    /// served.
    NoAlternative(String),
}

impl std::fmt::Display for ServeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RepeatedRoute(key) => write!(f, "the operation `{key}` is there twice, with two policies"),
            Self::NoAlternative(key) => write!(f, "`{key}` has no alternative that a caller could meet"),
        }
    }
}

impl std::error::Error for ServeError {}

/// What is served of a model, and what cannot be.
pub(crate) struct Served {
    pub(crate) model: PolicyModel,
    /// The indices in `model` of the routes that `errors` are about. Nobody knows who may call them.
    #[cfg_attr(not(feature = "tools"), expect(dead_code, reason = "only the engine asks for it"))]
    pub(crate) disputed: HashSet<usize>,
    pub(crate) errors: Vec<ServeError>,
}

pub(crate) fn served(model: &PolicyModel) -> Served {
    let mut served: Vec<OperationModel> = Vec::with_capacity(model.operations.len());
    let (mut disputed, mut errors) = (HashSet::new(), Vec::new());
    let mut known: HashMap<String, usize> = HashMap::new();
    // Where each operation of the model went.
    let mut indices: Vec<Option<usize>> = Vec::with_capacity(model.operations.len());
    for operation in &model.operations {
        if operation.requirement == RequirementFacts::Undeclared {
            // It is not in the table. A request for it is denied like a request for no route.
            indices.push(None);
            continue;
        }
        let at = *known.entry(operation.route()).or_insert(served.len());
        if operation.requirement == RequirementFacts::AnyOf(Vec::new()) {
            disputed.insert(at);
            errors.push(ServeError::NoAlternative(operation.key()));
        }
        if at < served.len() {
            if let Some(first) = served.get_mut(at) {
                if !is_same_policy(first, &spelled_out(operation, model)) {
                    disputed.insert(at);
                    errors.push(ServeError::RepeatedRoute(operation.key()));
                }
                merge_query(first, operation);
            }
            indices.push(Some(at));
            continue;
        }
        indices.push(Some(served.len()));
        served.push(spelled_out(operation, model));
    }
    // `..model.clone()` would copy the operations too, which are nearly all of a model, and throw the copy away.
    let mut routes = PolicyModel {
        title: model.title.clone(),
        version: model.version.clone(),
        openapi: model.openapi.clone(),
        base_path: model.base_path.clone(),
        check_order: model.check_order,
        schemes: model.schemes.clone(),
        scopes: model.scopes.clone(),
        operations: served,
        webhooks: model.webhooks.clone(),
        overlays: model.overlays.clone(),
        removed: model.removed.clone(),
        scope_map: model.scope_map.clone(),
    };
    for webhook in &mut routes.webhooks {
        let indices = webhook.follow_up.iter().filter_map(|operation| match indices.get(*operation) {
            Some(index) => *index,
            // The index is out of range. It stays so, and whoever looks up the operation reports it.
            None => Some(usize::MAX),
        });
        let mut follow_up: Vec<usize> = Vec::new();
        for index in indices {
            if !follow_up.contains(&index) {
                follow_up.push(index);
            }
        }
        webhook.follow_up = follow_up;
    }
    Served { model: routes, disputed, errors }
}

fn is_same_policy(one: &OperationModel, other: &OperationModel) -> bool {
    let sorted = |operation: &OperationModel| {
        let mut alternatives: Vec<_> = operation.alternatives().iter().map(AlternativeFacts::in_any_order).collect();
        alternatives.sort_unstable();
        alternatives
    };
    one.access() == other.access() && sorted(one) == sorted(other)
}

fn merge_query(known: &mut OperationModel, other: &OperationModel) {
    let merge = |into: &mut Vec<String>, from: &[String]| {
        into.extend(from.iter().cloned());
        into.sort_unstable();
        into.dedup();
    };
    merge(&mut known.query.names, &other.query.names);
    merge(&mut known.query.prefixes, &other.query.prefixes);
    known.query.any |= other.query.any;
    known.query.ignores_others |= other.query.ignores_others;
}

/// The operations that have an entry of their own in what is served, with their indices in the model.
pub(crate) fn indexed(model: &PolicyModel) -> impl Iterator<Item = (usize, &OperationModel)> {
    let mut known = HashSet::new();
    model
        .operations
        .iter()
        .enumerate()
        .filter(move |(_, operation)| operation.access().is_some() && known.insert(operation.route()))
}

/// The alternatives as they are served, each with its schemes. There are none if anybody may call the operation.
pub(crate) fn alternatives<'m>(operation: &'m OperationModel, model: &PolicyModel) -> Cow<'m, [AlternativeFacts]> {
    if is_for_everybody(operation) {
        return Cow::Borrowed(&[]);
    }
    let written = operation.alternatives();
    if !written.iter().any(AlternativeFacts::accepts_any_scheme) {
        return Cow::Borrowed(written);
    }
    let spelled_out = written.iter().flat_map(|alternative| {
        if !alternative.accepts_any_scheme() {
            return vec![alternative.clone()];
        }
        let with = |scheme: &Scheme| AlternativeFacts::Credentials {
            schemes: vec![(scheme.name.clone(), Vec::new())],
            extension: alternative.extension().to_vec(),
        };
        model.schemes.iter().map(with).collect()
    });
    Cow::Owned(spelled_out.collect())
}

/// Whether anybody may call the operation: it is public, or none of its alternatives asks for a credential.
fn is_for_everybody(operation: &OperationModel) -> bool {
    match &operation.requirement {
        RequirementFacts::Undeclared => false,
        RequirementFacts::Public => true,
        RequirementFacts::AnyOf(alternatives) => {
            !alternatives.is_empty() && alternatives.iter().all(AlternativeFacts::is_anonymous)
        }
    }
}

fn spelled_out(operation: &OperationModel, model: &PolicyModel) -> OperationModel {
    let mut whole = operation.clone();
    if is_for_everybody(operation) {
        whole.requirement = RequirementFacts::Public;
    } else if operation.alternatives().iter().any(AlternativeFacts::accepts_any_scheme) {
        let credentials = model.schemes.iter().filter_map(|scheme| match &scheme.kind {
            SchemeKind::ApiKeyQuery(name) => Some(name.clone()),
            _ => None,
        });
        whole.query.names.extend(credentials);
        whole.query.names.sort_unstable();
        whole.query.names.dedup();
        whole.requirement = RequirementFacts::AnyOf(alternatives(operation, model).into_owned());
    }
    whole
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::expect_used, reason = "a failed expectation is a failed test")]
mod tests {
    use crate::{Access, AlternativeFacts, Engine, RequirementFacts, Routed, ServeError, Settings, Undeclared};

    const DOCUMENT: &str = "
openapi: 3.1.0
info: { title: T, version: '1' }
servers: [{ url: /v1 }]
components:
  securitySchemes:
    Key: { type: apiKey, in: query, name: key }
    Token: { type: http, scheme: bearer }
paths:
  /undeclared: { get: {} }
  /token: { get: { security: [{ Token: [] }], parameters: [{ name: a, in: query }] } }
  /token#refresh: { get: { security: [{ Token: [] }], parameters: [{ name: b, in: query }] } }
  /open: { get: { security: [{}] } }
  /any: { get: { x-required-scopes: [r] } }
  /elsewhere: { servers: [{ url: /v2 }], get: { security: [] } }
webhooks:
  ready: { x-follow-up: [GET /any, GET /token#refresh, GET /token, GET /undeclared] }
";

    #[test]
    fn the_table_holds_each_served_route_once_and_each_alternative_with_its_schemes() {
        let settings = Settings::default().with(|settings| settings.undeclared = Undeclared::Deny);
        let loaded = crate::read("api.yaml", DOCUMENT.as_bytes(), &settings);
        let routes = loaded.model.expect("a policy").served().expect("one policy for each route");
        let shown: Vec<_> = routes
            .operations
            .iter()
            .map(|operation| (operation.path.as_str(), operation.access(), operation.query.names.join(" ")))
            .collect();
        assert_eq!(
            shown,
            [
                ("/v1/token", Some(Access::Required), "a b".to_owned()),
                ("/v1/open", Some(Access::Public), String::new()),
                ("/v1/any", Some(Access::Required), "key".to_owned()),
                ("/v2/elsewhere", Some(Access::Public), String::new()),
            ]
        );
        let any: Vec<_> =
            routes.operations[2].alternatives().iter().map(|one| (one.schemes(), one.extension())).collect();
        let of = |scheme: &str| vec![(scheme.to_owned(), Vec::new())];
        let scopes = ["r".to_owned()];
        assert_eq!(any, [(&*of("Key"), &scopes[..]), (&*of("Token"), &scopes[..])]);
        assert_eq!(routes.webhooks[0].follow_up, [2, 0]);
    }

    #[test]
    fn an_operation_that_nobody_could_call_is_not_served() {
        let (nobody, caller) = (AlternativeFacts::Anonymous, AlternativeFacts::of("Token", [""; 0]));
        let cases = [
            (RequirementFacts::Public, true),
            (RequirementFacts::AnyOf(vec![nobody.clone()]), true),
            (RequirementFacts::AnyOf(vec![nobody.clone(), caller.clone()]), true),
            (RequirementFacts::AnyOf(vec![caller.clone(), nobody]), true),
            (RequirementFacts::AnyOf(vec![caller]), true),
            (RequirementFacts::AnyOf(Vec::new()), false),
        ];
        let settings = Settings::default().with(|settings| settings.undeclared = Undeclared::Deny);
        let loaded = crate::read("api.yaml", DOCUMENT.as_bytes(), &settings);
        let document = loaded.model.expect("a policy");
        for (requirement, is_served) in cases {
            let case = format!("{requirement:?}");
            let mut model = document.clone();
            let token = model.operations.iter_mut().find(|one| one.path == "/v1/token").expect("the operation");
            token.requirement = requirement;
            // The other key of this route, `/token#refresh`, is not part of this test.
            model.operations.retain(|one| !one.template.contains('#'));
            model.webhooks.clear();
            let refused = ServeError::NoAlternative("GET /token".to_owned());
            assert_eq!(model.served().err(), (!is_served).then_some(refused), "{case}");
            assert_eq!(Engine::new(&model).is_ok(), is_served, "{case}");
            let (engine, _) = Engine::readable(&model).expect("an engine of the rest");
            let found = matches!(engine.route("GET", "/v1/token"), Routed::Operation { .. });
            assert_eq!(found, is_served, "{case}");
        }
    }
}
