//! The caller of the request that is explained: which schemes authenticated it, and what each granted.

use std::collections::BTreeSet;

use policy_core::is_scope_token;
use policy_spec::{Engine, OperationModel, PolicyModel, ScopeMapping, Settings, likely};
use serde::Serialize;

use super::Explain;
use crate::failure::Failure;

/// What the command line says of the caller.
#[derive(Debug)]
pub(crate) struct StatedCaller {
    grants: Vec<Grant>,
    /// Scopes for which no scheme was named.
    loose: Option<Vec<String>>,
    enabled: bool,
    /// Scopes that the document does not know, which grant nothing.
    unknown: Vec<UnknownScope>,
    /// The schemes that the document declares.
    declared: Vec<String>,
    scope_map: Vec<ScopeMapping>,
}

/// A caller.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Caller {
    /// What each scheme granted. Without any, the caller is anonymous.
    pub(crate) grants: Vec<Grant>,
    /// Which scheme was assumed because none was named, and why.
    pub(crate) assumed: Option<String>,
    /// Scopes that the document does not know. They grant nothing.
    pub(crate) unknown_scopes: Vec<UnknownScope>,
    /// Whether the operation is enabled for the caller.
    pub(crate) enabled: bool,
}

/// A scope that the document does not know.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct UnknownScope {
    pub(crate) scope: String,
    /// The scope that was probably meant.
    pub(crate) near: Option<String>,
}

/// What a scheme granted.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Grant {
    /// The scheme's name.
    pub(crate) scheme: String,
    /// The scopes, sorted.
    pub(crate) scopes: Vec<String>,
    /// What the scope map grants for them today.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) mapped: Vec<ScopeMapping>,
}

impl StatedCaller {
    /// # Errors
    /// A scheme that the document does not declare, or a string that is no scope token.
    pub(crate) fn read(arguments: &Explain, model: &PolicyModel, engine: &Engine) -> Result<Self, Failure> {
        let declared: Vec<String> = model.schemes.iter().map(|scheme| scheme.name.clone()).collect();
        let scopes = arguments.scopes.as_deref().map(scopes_of).transpose()?;
        let mut grants: Vec<Grant> = Vec::new();
        for scheme in &arguments.schemes {
            add(&mut grants, known(&declared, scheme)?, scopes.clone().unwrap_or_default());
        }
        for text in &arguments.grant {
            let (scheme, scopes) = text.split_once('=').unwrap_or((text, ""));
            add(&mut grants, known(&declared, scheme)?, scopes_of(scopes)?);
        }
        for grant in &mut grants {
            grant.mapped = mapped(&model.scope_map, &grant.scheme, &grant.scopes);
        }
        grants.sort_by_key(|grant| declared.iter().position(|name| *name == grant.scheme));
        let loose = scopes.filter(|_| arguments.schemes.is_empty());
        if loose.is_some() && !grants.is_empty() {
            return Err(Failure::with_help(
                "no scheme is named for `--scopes`",
                "name one by `--schemes`, or give the scopes to a scheme by `--grant`",
            ));
        }
        let named: BTreeSet<&String> =
            grants.iter().flat_map(|grant| &grant.scopes).chain(loose.iter().flatten()).collect();
        let is_mapped =
            |scope: &String| model.scope_map.iter().any(|mapping| mapping.claim.is_empty() && mapping.from == *scope);
        let unknown = named.into_iter().filter(|scope| !engine.policy().knows_scope(scope) && !is_mapped(scope));
        let unknown = unknown.map(|scope| UnknownScope {
            scope: scope.clone(),
            near: likely(scope, engine.policy().scopes()).map(str::to_owned),
        });
        let unknown = unknown.collect();
        let scope_map = model.scope_map.clone();
        Ok(Self { grants, loose, enabled: !arguments.not_enabled, unknown, declared, scope_map })
    }

    /// The caller of an operation, or of a request that reaches no operation.
    ///
    /// Scopes without a scheme count for the only scheme that the operation accepts, or else for the document's only scheme.
    ///
    /// # Errors
    /// Several schemes are possible. The decision depends on which one granted the scopes, so none is assumed.
    pub(crate) fn of(&self, operation: Option<&OperationModel>) -> Result<Caller, Failure> {
        let mut caller = Caller {
            grants: self.grants.clone(),
            assumed: None,
            unknown_scopes: self.unknown.clone(),
            enabled: self.enabled,
        };
        let Some(loose) = &self.loose else { return Ok(caller) };
        let all: BTreeSet<&str> = self.declared.iter().map(String::as_str).collect();
        let named = operation.iter().flat_map(|operation| operation.alternatives());
        let named = named.flat_map(|alternative| alternative.schemes().iter().map(|(name, _)| name.as_str()));
        let accepted: BTreeSet<&str> = named.filter(|name| all.contains(name)).collect();
        let (candidates, why) = if accepted.is_empty() || all.len() == 1 {
            (all, "the document's only scheme")
        } else {
            (accepted, "the only scheme that the operation accepts")
        };
        let candidates: Vec<&str> = candidates.into_iter().collect();
        match candidates.as_slice() {
            [only] => {
                caller.assumed = Some(format!("`{only}` is taken as the scheme: it is {why}"));
                let mapped = mapped(&self.scope_map, only, loose);
                caller.grants.push(Grant { scheme: (*only).to_owned(), scopes: loose.clone(), mapped });
            }
            // The document declares no scheme, so that nobody can be authenticated.
            [] => caller.assumed = Some("the document declares no scheme that could grant scopes".to_owned()),
            _ if operation.is_none_or(|operation| operation.alternatives().is_empty()) => {
                caller.assumed =
                    Some("no scheme is named, so the scopes count for none; none is needed here".to_owned());
            }
            several => {
                let choice: Vec<String> = several.iter().map(|name| format!("`--schemes {name}`")).collect();
                return Err(Failure::with_help(
                    "it depends on who granted the scopes, and no scheme is named",
                    format!("add {}, or `--grant SCHEME=SCOPES` for each of several", choice.join(" or ")),
                ));
            }
        }
        Ok(caller)
    }
}

/// What the scope map grants today for scopes that a scheme granted. Claims are not known here.
fn mapped(scope_map: &[ScopeMapping], scheme: &str, scopes: &[String]) -> Vec<ScopeMapping> {
    let today = Settings::default().today;
    let holds = |mapping: &&ScopeMapping| {
        let is_own = mapping.scheme == scheme && mapping.claim.is_empty() && scopes.contains(&mapping.from);
        is_own && mapping.until.is_none_or(|until| today <= until)
    };
    scope_map.iter().filter(holds).cloned().collect()
}

impl Caller {
    /// Whether no scheme authenticated the caller.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.grants.is_empty()
    }

    /// The schemes that authenticated the caller, each with what it granted as one scope string.
    pub(crate) fn issued(&self) -> Vec<(&str, String)> {
        let issued = |grant: &Grant| {
            let mapped = grant.mapped.iter().flat_map(|mapping| &mapping.to);
            grant.scopes.iter().chain(mapped).map(String::as_str).collect::<Vec<_>>().join(" ")
        };
        self.grants.iter().map(|grant| (grant.scheme.as_str(), issued(grant))).collect()
    }

    /// Whether the scheme authenticated the caller.
    pub(crate) fn has(&self, scheme: &str) -> bool {
        self.grants.iter().any(|grant| grant.scheme == scheme)
    }
}

/// The scheme's name, if the document declares it.
fn known(declared: &[String], name: &str) -> Result<String, Failure> {
    if declared.iter().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    let help = match likely(name, declared.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if declared.is_empty() => "it declares none".to_owned(),
        None => format!("it declares `{}`", declared.join("`, `")),
    };
    Err(Failure::with_help(format!("the document declares no security scheme `{name}`"), help))
}

fn add(grants: &mut Vec<Grant>, scheme: String, scopes: Vec<String>) {
    match grants.iter_mut().find(|grant| grant.scheme == scheme) {
        Some(grant) => {
            grant.scopes.extend(scopes);
            grant.scopes.sort_unstable();
            grant.scopes.dedup();
        }
        None => grants.push(Grant { scheme, scopes, mapped: Vec::new() }),
    }
}

/// The scopes of a list. At run time an ill-formed scope string voids the whole grant. On the command line it is a typing mistake,
/// and an error.
fn scopes_of(text: &str) -> Result<Vec<String>, Failure> {
    let scopes: BTreeSet<&str> = text.split([',', ' ']).filter(|scope| !scope.is_empty()).collect();
    if let Some(wrong) = scopes.iter().find(|scope| !is_scope_token(scope)) {
        let what = format!("`{}` is no scope token", wrong.escape_debug());
        return Err(Failure::with_help(what, "scopes are separated by commas or spaces (RFC 6749, appendix A.4)"));
    }
    Ok(scopes.into_iter().map(str::to_owned).collect())
}
