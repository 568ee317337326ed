//! A verified assertion, compared with the request that brings it.

use data_encoding::BASE64URL_NOPAD;
use policy_core::{Document, OperationRef, Policy, Principal, Scheme, ScopeSet, is_scope_token};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::statement::{LONGEST, operation_name};
use crate::claims::names_any;
use crate::credential_fault::CredentialFault;
use crate::head::Head;
use crate::members::Members;

/// By how many seconds the gateway's clock may be ahead.
const AHEAD: u64 = 5;

/// The claims of an assertion whose signature was verified.
pub(super) struct Asserted(Members);

impl Asserted {
    pub(super) fn new(claims: Members) -> Self {
        Self(claims)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.0.get(name)
    }

    /// A claim that must be a text where it is there.
    fn text(&self, name: &str) -> Result<Option<&str>, CredentialFault> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => {
                let text = value.as_str().filter(|text| !text.is_empty());
                text.map(Some).ok_or(CredentialFault::IllFormedClaims)
            }
        }
    }

    fn demanded(&self, name: &str) -> Result<&str, CredentialFault> {
        self.text(name)?.ok_or(CredentialFault::IllFormedClaims)
    }

    fn seconds(&self, name: &str) -> Result<Option<u64>, CredentialFault> {
        self.value(name).map(|value| value.as_u64().ok_or(CredentialFault::IllFormedClaims)).transpose()
    }

    /// It is for this service, and for this time. Its life is short by itself, and not by how soon it is seen.
    pub(super) fn is_for(&self, audience: &str, now: u64) -> Result<(), CredentialFault> {
        if self.value("aud").and_then(|aud| names_any(aud, &[audience])) != Some(true) {
            return Err(CredentialFault::WrongAudience);
        }
        let (issued, end) = (self.seconds("iat")?, self.seconds("exp")?);
        let (Some(issued), Some(end)) = (issued, end) else { return Err(CredentialFault::LongLivedAssertion) };
        if end <= issued || end - issued > LONGEST {
            return Err(CredentialFault::LongLivedAssertion);
        }
        if issued > now.saturating_add(AHEAD) {
            return Err(CredentialFault::EarlyAssertion);
        }
        if end <= now { Err(CredentialFault::ExpiredAssertion) } else { Ok(()) }
    }

    /// It is about this request, and about the operation that runs.
    pub(super) fn is_about<D: Document>(
        &self,
        operation: Option<OperationRef<D>>,
        head: &impl Head,
        prefix: &str,
    ) -> Result<(), CredentialFault> {
        if self.demanded("htm")? != head.method() {
            return Err(CredentialFault::AssertedMethod);
        }
        if BASE64URL_NOPAD.decode(self.demanded("target")?.as_bytes()).ok().as_deref()
            != Some(target_hash(prefix, head).as_slice())
        {
            return Err(CredentialFault::AssertedTarget);
        }
        let asserted = self.demanded("operation")?;
        // A gateway allows no request without an operation.
        let runs = operation.map(|operation| operation_name((operation.method(), operation.template())));
        if runs.as_deref() == Some(asserted) { Ok(()) } else { Err(CredentialFault::AssertedOperation) }
    }

    /// The fingerprint of the policy by which the gateway decided.
    pub(super) fn policy(&self) -> Result<&str, CredentialFault> {
        self.demanded("policy")
    }

    /// The caller, with grants of these schemes alone. `None` where the gateway let in somebody who is not known.
    pub(super) fn caller<D: Document>(
        &self,
        schemes: &[Scheme<D>],
        now: u64,
    ) -> Result<Option<Principal<D>>, CredentialFault> {
        const ILL_FORMED: CredentialFault = CredentialFault::IllFormedClaims;
        let id = self.demanded("jti")?;
        let grants: &Map<String, Value> = self.value("grants").and_then(Value::as_object).ok_or(ILL_FORMED)?;
        let Some(subject) = self.text("sub")? else {
            let names_somebody =
                ["client_id", "tenant", "credential_exp"].into_iter().any(|name| self.value(name).is_some());
            return if names_somebody || !grants.is_empty() { Err(ILL_FORMED) } else { Ok(None) };
        };
        let facts = AssertedCaller { assertion_id: id.into(), policy: self.policy()?.into() };
        let mut caller = Principal::new(subject)
            .with_credential_id(self.text("client_id")?.unwrap_or(id))
            .with_data(std::sync::Arc::new(facts));
        if let Some(tenant) = self.text("tenant")? {
            caller = caller.with_tenant(tenant);
        }
        if let Some(end) = self.seconds("credential_exp")? {
            if end <= now {
                return Err(CredentialFault::ExpiredCaller);
            }
            caller = caller.with_expiry(end);
        }
        for (name, scopes) in grants {
            let scheme = schemes.iter().copied().find(|scheme| scheme.name() == name);
            let scheme = scheme.ok_or(CredentialFault::AssertedScheme)?;
            caller = caller.with_grant(scheme, granted(scopes).ok_or(CredentialFault::IllFormedScopes)?);
        }
        Ok(Some(caller))
    }
}

/// What the service is told of a caller beside the principal: `permit.principal().data::<AssertedCaller>()`. It decides nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssertedCaller {
    /// The identifier of the assertion (`jti`), for logs.
    pub assertion_id: Box<str>,
    /// The fingerprint of the policy by which the gateway decided.
    pub policy: Box<str>,
}

/// The scopes that the policy knows among these names. `None` where one is no name of a scope.
fn granted<D: Document>(scopes: &Value) -> Option<ScopeSet<D>> {
    let policy = Policy::<D>::new();
    let mut granted = ScopeSet::EMPTY;
    for name in scopes.as_array()? {
        let name = name.as_str().filter(|name| is_scope_token(name))?;
        if let Some(scope) = policy.scope(name) {
            granted.insert(scope);
        }
    }
    Some(granted)
}

/// The SHA-256 of the request's target as the client sent it: what the proxy took away from its beginning, the path, the query.
fn target_hash(prefix: &str, head: &impl Head) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(prefix.as_bytes());
    hash.update(head.path().as_bytes());
    if let Some(query) = head.query() {
        hash.update(b"?");
        hash.update(query.as_bytes());
    }
    hash.finalize().into()
}
