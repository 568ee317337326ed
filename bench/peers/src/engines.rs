//! Policy engines as contenders.

use std::cell::RefCell;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request as Asked, RestrictedExpression,
};
use policy_bench::contenders::{Contender, MatchIt};
use policy_bench::requests::{Outcome, Request};
use policy_bench::workload::Operation;

/// Both engines for these operations.
///
/// # Errors
/// Where one refuses them.
pub fn engines(operations: &[&Operation]) -> Result<Vec<Box<dyn Contender>>, String> {
    Ok(vec![Box::new(Cedar::new(operations)?), Box::new(Rego::new(operations)?)])
}

/// A route by matchit, then one policy: the granted scopes contain all that are required.
struct Cedar {
    router: MatchIt,
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    uid: [EntityUid; 3],
    /// Made before, once for each operation.
    required: Vec<RestrictedExpression>,
}

impl Cedar {
    fn new(operations: &[&Operation]) -> Result<Self, String> {
        let policy = "permit(principal, action, resource) when { context.granted.containsAll(context.required) };";
        let uid = |text: &str| text.parse::<EntityUid>().map_err(|error| error.to_string());
        Ok(Self {
            router: MatchIt::new(operations)?,
            authorizer: Authorizer::new(),
            policies: policy.parse().map_err(|error: cedar_policy::ParseErrors| error.to_string())?,
            entities: Entities::empty(),
            uid: [uid("Caller::\"caller\"")?, uid("Action::\"call\"")?, uid("Operation::\"operation\"")?],
            required: operations.iter().map(|operation| set(&operation.scopes)).collect(),
        })
    }

    fn allows(&self, grant: &str, operation: u32) -> Option<bool> {
        let required = self.required.get(operation as usize)?.clone();
        let context =
            Context::from_pairs([("granted".to_owned(), set(grant)), ("required".to_owned(), required)]).ok()?;
        let [principal, action, resource] = self.uid.clone();
        let request = Asked::new(principal, action, resource, context, None).ok()?;
        let response = self.authorizer.is_authorized(&request, &self.policies, &self.entities);
        Some(response.decision() == Decision::Allow)
    }
}

fn set(scopes: &str) -> RestrictedExpression {
    RestrictedExpression::new_set(scopes.split(' ').map(|scope| RestrictedExpression::new_string(scope.to_owned())))
}

impl Contender for Cedar {
    fn name(&self) -> &'static str {
        "matchit and Cedar 4, one policy"
    }

    fn counts_missing(&self) -> bool {
        false
    }

    fn answer(&self, request: &Request) -> Outcome {
        let Some(operation) = self.router.route(request) else { return Outcome::NotFound };
        match self.allows(&request.grant, operation) {
            Some(true) => Outcome::Allowed(operation),
            _ => Outcome::Denied(0),
        }
    }
}

/// One rule over a table of required scopes. The route is known beforehand.
struct Rego(RefCell<regorus::Engine>);

impl Rego {
    fn new(operations: &[&Operation]) -> Result<Self, String> {
        let text = |error: anyhow::Error| error.to_string();
        let mut engine = regorus::Engine::new();
        let rule = "package scopes\nimport rego.v1\ndefault allow := false\n\
                    allow if { every scope in data.required[input.operation] { scope in input.granted } }";
        engine.add_policy("scopes.rego".to_owned(), rule.to_owned()).map_err(text)?;
        let required: serde_json::Map<String, serde_json::Value> = operations
            .iter()
            .enumerate()
            .map(|(at, operation)| (at.to_string(), operation.scopes.split(' ').collect::<Vec<_>>().into()))
            .collect();
        let data = serde_json::json!({ "required": required }).to_string();
        engine.add_data_json(&data).map_err(text)?;
        Ok(Self(RefCell::new(engine)))
    }
}

impl Contender for Rego {
    fn name(&self) -> &'static str {
        "regorus 0.14 (route known)"
    }

    fn counts_missing(&self) -> bool {
        false
    }

    fn answer(&self, request: &Request) -> Outcome {
        let Outcome::Allowed(operation) = request.routed else { return Outcome::NotFound };
        let mut input = regorus::Value::new_object();
        let granted: regorus::Value = request.grant.split(' ').map(regorus::Value::from).collect::<Vec<_>>().into();
        let Ok(fields) = input.as_object_mut() else { return Outcome::Denied(0) };
        fields.insert("operation".into(), operation.to_string().into());
        fields.insert("granted".into(), granted);
        let mut engine = self.0.borrow_mut();
        engine.set_input(input);
        match engine.eval_rule("data.scopes.allow".to_owned()) {
            Ok(regorus::Value::Bool(true)) => Outcome::Allowed(operation),
            _ => Outcome::Denied(0),
        }
    }
}
