//! Whether a witness proves its difference: both policies decide about it, by the [`Engine`] that gateways decide by.

use std::collections::HashMap;

use policy_core::ScopeString;
use policy_core::owned::Request;

use super::{Difference, Subject, Witness};
use crate::engine::{Engine, EngineError, Routed};
use crate::model::{OperationModel, PolicyModel};

/// Two policies, ready to decide about the same requests.
#[derive(Debug)]
pub struct Deciders {
    after: Side,
    before: Side,
}

#[derive(Debug)]
struct Side {
    engine: Engine,
    /// The index of each route in what is served.
    indices: HashMap<String, usize>,
}

impl Deciders {
    /// Of two policies that were compared. What cannot be served of one decides nothing.
    ///
    /// # Errors
    /// [`EngineError`], for a model of which nothing can be served.
    pub fn new(before: &PolicyModel, after: &PolicyModel) -> Result<Self, EngineError> {
        Ok(Self { after: Side::new(after)?, before: Side::new(before)? })
    }

    /// Whether the decisions are those that the witnesses of a difference tell of: what is gained is allowed after and was denied before,
    /// and what is lost was allowed and is denied. `None` where nothing is
    /// decided: no operation has a witness, or a query key has nobody to send it.
    #[must_use]
    pub fn confirm(&self, difference: &Difference, before: &PolicyModel, after: &PolicyModel) -> Option<bool> {
        let Subject::Operation(new, old) = difference.subject else { return None };
        let of = |model: &PolicyModel, at: Option<usize>| {
            at.and_then(|at| model.operations.get(at)).map(OperationModel::route)
        };
        let route = of(after, new).or_else(|| of(before, old))?;
        let gained = difference.gained.as_ref().and_then(|witness| proves(&self.after, &self.before, &route, witness));
        let lost = difference.lost.as_ref().and_then(|witness| proves(&self.before, &self.after, &route, witness));
        match (gained, lost) {
            (None, None) => None,
            (gained, lost) => Some(gained.unwrap_or(true) && lost.unwrap_or(true)),
        }
    }

    /// The operation that decided, before, about requests which now reach this operation: a wider template, such as `/files/{id}` for
    /// `/files/all`. `None` where no operation did.
    #[must_use]
    pub fn decided_before(&self, operation: &OperationModel) -> Option<&OperationModel> {
        self.before.other(operation)
    }

    /// The operation that decides, after, about requests which reached this operation before.
    #[must_use]
    pub fn decides_after(&self, operation: &OperationModel) -> Option<&OperationModel> {
        self.after.other(operation)
    }
}

/// Whether one allows what the witness is, and the other denies it. `None` for a query key where one of them lets in nobody.
fn proves(one: &Side, other: &Side, route: &str, witness: &Witness) -> Option<bool> {
    let allows = |side: &Side, held: &[_], query| side.allows(route, held, query) == Some(true);
    match witness {
        Witness::Credential(held) => Some(allows(one, held, None) && !allows(other, held, None)),
        Witness::Query(key) => {
            let query = format!("{}=1", encoded(key));
            let (here, there) = (one.least(route)?, other.least(route)?);
            Some(
                allows(one, &here, Some(&query)) && allows(other, &there, None) && !allows(other, &there, Some(&query)),
            )
        }
    }
}

impl Side {
    fn new(model: &PolicyModel) -> Result<Self, EngineError> {
        let (engine, _) = Engine::readable(model)?;
        let operations = engine.served().operations.iter().enumerate();
        let indices = operations.map(|(at, operation)| (operation.route(), at)).collect();
        Ok(Self { engine, indices })
    }

    /// The decision about a caller with these credentials, on an operation that is enabled. `None` where there is no such route, or a
    /// scope is none.
    fn allows(&self, route: &str, held: &[(String, Vec<String>)], query: Option<&str>) -> Option<bool> {
        let policy = self.engine.policy();
        let operation = policy.operation(*self.indices.get(route)?)?;
        let texts: Vec<(&str, String)> =
            held.iter().map(|(scheme, scopes)| (scheme.as_str(), scopes.join(" "))).collect();
        let mut grants = Vec::with_capacity(texts.len());
        for (scheme, scopes) in &texts {
            // A credential of a scheme that the document does not have is not looked at.
            grants.extend(policy.grant(scheme, ScopeString::new(scopes).ok()?));
        }
        let caller = if grants.is_empty() { None } else { Some(grants.as_slice()) };
        Some(operation.decide(&Request { caller: Ok(caller), enabled: Ok(true), query }).is_allowed())
    }

    /// A credential that the route accepts, where one can.
    fn least(&self, route: &str) -> Option<Vec<(String, Vec<String>)>> {
        let operation = self.engine.served().operations.get(*self.indices.get(route)?)?;
        let Some(alternative) = operation.alternatives().iter().find(|one| !one.is_anonymous()) else {
            return Some(Vec::new());
        };
        let mut held = alternative.schemes().to_vec();
        if let Some((_, scopes)) = held.first_mut() {
            scopes.extend(alternative.extension().iter().cloned());
        }
        Some(held)
    }

    /// The operation that gets the requests of a template which is no route of its own here.
    fn other(&self, operation: &OperationModel) -> Option<&OperationModel> {
        if self.indices.contains_key(&operation.route()) {
            return None;
        }
        // A text that no template has, in the place of each parameter.
        let path = crate::path_key::erased(&operation.path).replace("{}", "~any~");
        match self.engine.route(&operation.method, &path) {
            Routed::Operation { said, .. } => Some(said),
            _ => None,
        }
    }
}

/// A key as it stands in a query.
fn encoded(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
