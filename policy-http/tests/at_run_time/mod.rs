//! A compiled policy as one that was read at run time, and a credential table that serves both.
#![allow(
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    clippy::unwrap_used,
    reason = "shared by test binaries that use parts of it; a test fails by panicking"
)]

use std::sync::Arc;

use futures_util::future::BoxFuture;
use policy_core::owned::{AlternativeFacts, OperationFacts, OwnedPolicy, PolicyFacts, QueryFacts, RequirementFacts};
use policy_core::{
    Access, AuthenticationFailure, Document, EnablementFailure, Identity, OperationRef, OperationSet, Policy,
    Principal, SchemeKind, ScopeMapping,
};
use policy_http::run_time::{self, Caller, Presented};
use policy_http::{Authenticator, Confirmation, Credential, CredentialFault, Enablement, NoProof, Verified};

pub const NOW: u64 = 1_800_000_000;

/// The same policy, built of what the compiled one tells of itself.
pub fn owned<D: Document>() -> Arc<OwnedPolicy> {
    let (policy, data) = (Policy::<D>::new(), Policy::<D>::new().audit().data());
    let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let alternative = |one: &AlternativeFacts<&'static str>| {
        one.try_named(|name| Ok::<_, ()>((*name).to_owned()), |name| Ok((*name).to_owned())).unwrap()
    };
    let operations = data.operations.iter().map(|one| {
        let requirement = match one.access {
            Access::Public => RequirementFacts::Public,
            _ => RequirementFacts::AnyOf(one.alternatives.iter().map(alternative).collect()),
        };
        let mut query = QueryFacts::default();
        (query.names, query.prefixes) = (texts(one.query.names()), texts(one.query.prefixes()));
        (query.any, query.ignores_others) = (one.query.any(), one.query.ignores_others());
        OperationFacts::new(one.method, one.template, requirement).with_query(query)
    });
    let schemes = || policy.schemes();
    let kind = |kind: SchemeKind| match kind {
        SchemeKind::Basic => SchemeKind::Basic,
        SchemeKind::HttpOther(name) => SchemeKind::HttpOther(name.to_owned()),
        SchemeKind::ApiKeyHeader(name) => SchemeKind::ApiKeyHeader(name.to_owned()),
        SchemeKind::ApiKeyQuery(name) => SchemeKind::ApiKeyQuery(name.to_owned()),
        SchemeKind::ApiKeyCookie(name) => SchemeKind::ApiKeyCookie(name.to_owned()),
        SchemeKind::OAuth2 => SchemeKind::OAuth2,
        SchemeKind::OpenIdConnect => SchemeKind::OpenIdConnect,
        SchemeKind::MutualTls => SchemeKind::MutualTls,
        _ => SchemeKind::Bearer,
    };
    let mapping = |entry: &ScopeMapping<&'static str>| {
        ScopeMapping::<String>::new(entry.scheme, entry.from, entry.to.iter().copied())
            .with_claim(entry.claim.iter().copied())
            .with_until(entry.until)
    };
    let facts = PolicyFacts::new(
        schemes().map(|scheme| scheme.name().to_owned()).collect(),
        policy.scopes().map(|scope| scope.name().to_owned()).collect(),
        operations.collect(),
    )
    .with_check_order(data.check_order)
    .with_scope_map(data.scope_map.iter().map(mapping).collect())
    .with_as_nobody(schemes().map(|scheme| (scheme.name().to_owned(), scheme.as_nobody())).collect())
    .with_scheme_kinds(schemes().map(|scheme| (scheme.name().to_owned(), kind(scheme.kind()))).collect());
    Arc::new(OwnedPolicy::new(facts).unwrap())
}

/// The policy with what a gate tells of it.
pub fn policy<D: Document>() -> run_time::Policy {
    let compiled = Policy::<D>::new();
    run_time::Policy::new(owned::<D>(), compiled.base_path(), compiled.fingerprint())
}

/// A gate in which this authenticator serves every scheme.
pub fn gate<D: Document>(
    authenticator: Arc<dyn run_time::Authenticator>,
    enablement: Arc<dyn run_time::Enablement>,
    options: run_time::Options,
) -> run_time::Gate {
    let gate = run_time::Gate::new(policy::<D>(), enablement, options);
    let add = |gate: run_time::Gate, scheme: policy_core::Scheme<D>| {
        gate.authenticator(scheme.name(), Arc::clone(&authenticator)).unwrap()
    };
    Policy::<D>::new().schemes().fold(gate, add)
}

/// Secrets of the form `subject/scope/scope`, with `.` for `:`, and words that are refused. Any scheme accepts them.
#[derive(Clone, Copy)]
pub struct Secrets;

impl Secrets {
    fn verified(secret: &str) -> Result<Verified, CredentialFault> {
        match secret.trim_end_matches(':') {
            "old" => return Err(CredentialFault::ExpiredKey),
            "down" => return Err(CredentialFault::StoreUnavailable),
            "unknown" => return Err(CredentialFault::UnknownKeyId),
            "revoked" => return Err(CredentialFault::RevokedKey),
            _ => {}
        }
        let (subject, scopes) = secret.split_once('/').ok_or(CredentialFault::WrongSecret)?;
        let mut identity = Identity::new(subject);
        identity.credential_id = Some(format!("id-{subject}").into());
        identity.tenant = Some(format!("org-{subject}")).filter(|_| subject != "alone").map(Into::into);
        identity.expires_at = if subject == "late" { Some(NOW) } else { None };
        let scopes: Vec<String> =
            scopes.split('/').map(|scope| scope.replace('.', ":")).filter(|scope| !scope.is_empty()).collect();
        Ok(Verified::new(identity, scopes.join(" ")))
    }
}

impl<D: Document> Authenticator<D> for Secrets {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        let verified = Self::verified(credential.secret());
        let principal = verified.and_then(|verified| verified.principal(credential.scheme(), NOW));
        let principal = principal.map_err(|fault| credential.refuse(fault))?;
        Confirmation::check(None, credential, &NoProof).await?;
        Ok(principal)
    }
}

impl run_time::Authenticator for Secrets {
    fn verify<'a>(&'a self, presented: &'a Presented<'a>) -> BoxFuture<'a, Result<Arc<Verified>, CredentialFault>> {
        Box::pin(async move { Self::verified(presented.secret()).map(Arc::new) })
    }
}

/// Enables nothing for one organization, and does not respond about another.
#[derive(Clone, Copy)]
pub struct Organizations;

impl Organizations {
    fn answer(tenant: Option<&str>) -> Result<bool, EnablementFailure> {
        match tenant {
            None => Err(EnablementFailure::NoOrganization),
            Some("org-none") => Ok(false),
            Some("org-gone") => Err(EnablementFailure::OrganizationInactive),
            Some("org-out") => Err(EnablementFailure::Unavailable),
            Some(_) => Ok(true),
        }
    }
}

impl<D: Document> Enablement<D> for Organizations {
    async fn enabled(&self, principal: &Principal<D>) -> Result<OperationSet<D>, EnablementFailure> {
        Ok(if Self::answer(principal.tenant())? { OperationSet::all() } else { OperationSet::EMPTY })
    }

    async fn is_enabled(&self, principal: &Principal<D>, _: OperationRef<D>) -> Result<bool, EnablementFailure> {
        Self::answer(principal.tenant())
    }
}

impl run_time::Enablement for Organizations {
    fn is_enabled<'a>(
        &'a self,
        caller: &'a Caller,
        _: policy_core::owned::OwnedOperation<'a>,
    ) -> BoxFuture<'a, Result<bool, EnablementFailure>> {
        Box::pin(std::future::ready(Self::answer(caller.tenant())))
    }
}
