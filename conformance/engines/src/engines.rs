//! Cedar and regorus, asked as the exported policies say.

use anyhow::{Result, anyhow, ensure};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};

use crate::cases::Caller;

/// Policies in Cedar's engine.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
}

impl Cedar {
    pub fn new(text: &str) -> Result<Self> {
        let policies: PolicySet = text.parse().map_err(|error| anyhow!("Cedar does not read the policies: {error}"))?;
        // What a text injects would be a policy more than there are operations with one.
        let permits = text.lines().filter(|line| line.starts_with("permit(")).count();
        ensure!(policies.policies().count() == permits, "{permits} policies were written, and others read");
        Ok(Self { authorizer: Authorizer::new(), policies })
    }

    pub fn allows(&self, operation: &str, caller: &Caller) -> Result<bool> {
        let uid = |kind: &str, id: &str| -> Result<EntityUid> {
            Ok(EntityUid::from_type_name_and_id(kind.parse::<EntityTypeName>()?, EntityId::new(id)))
        };
        let granted = caller.grants.iter().map(|(scheme, scopes)| {
            let scopes = scopes.iter().map(|scope| RestrictedExpression::new_string(scope.clone()));
            (scheme.clone(), RestrictedExpression::new_set(scopes))
        });
        let context = Context::from_pairs([("granted".to_owned(), RestrictedExpression::new_record(granted)?)])?;
        let request =
            Request::new(uid("Caller", "somebody")?, uid("Action", operation)?, uid("Service", "it")?, context, None)?;
        let answer = self.authorizer.is_authorized(&request, &self.policies, &Entities::empty());
        let errors: Vec<String> = answer.diagnostics().errors().map(ToString::to_string).collect();
        ensure!(errors.is_empty(), "Cedar fails: {errors:?}");
        Ok(answer.decision() == Decision::Allow)
    }
}

/// Rules in regorus.
pub struct Rego(regorus::Engine);

impl Rego {
    pub fn new(text: &str) -> Result<Self> {
        let mut engine = regorus::Engine::new();
        engine.add_policy("scopes.rego".to_owned(), text.to_owned())?;
        Ok(Self(engine))
    }

    pub fn allows(&mut self, operation: &str, caller: &Caller) -> Result<bool> {
        let input = serde_json::json!({ "operation": operation, "granted": caller.grants }).to_string();
        self.0.set_input(regorus::Value::from_json_str(&input)?);
        match self.0.eval_rule("data.scopes.allow".to_owned())? {
            regorus::Value::Bool(allowed) => Ok(allowed),
            other => Err(anyhow!("Rego answers {other:?}")),
        }
    }
}
