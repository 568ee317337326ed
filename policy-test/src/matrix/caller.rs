//! Who sends a request of the matrix.

use std::fmt;

use policy_core::owned::{Grant, OwnedScopeSet, Request};
use policy_core::{AuthenticationFailure, ScopeString, Stale};
use policy_spec::{Engine, Routed};

use super::expected::Expected;

/// Who sends a request, as the document sees it. It holds no secret. Displays as one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// A request without any credential.
    Nobody,
    /// A credential of this scheme that has not the form of one.
    Malformed(String),
    /// A credential of this scheme that nobody was ever given.
    Unknown(String),
    /// A token of this scheme that claims these scopes and that nobody signed (`"alg": "none"`).
    Unsigned(String, Vec<String>),
    /// A credential that was good once, or that is good for nobody.
    Refused {
        /// Its scheme.
        scheme: String,
        /// What became of it: `revoked`, `expired` or another word of whoever gave it.
        state: String,
    },
    /// Credentials of one or several schemes, each with the scopes that it holds.
    Holds(Vec<(String, Vec<String>)>),
}

impl Caller {
    /// What the document says of a request of this caller.
    pub(crate) fn asks(&self, engine: &Engine, method: &str, path: &str, query: Option<&str>) -> Expected {
        let routed = match engine.route(method, path) {
            Routed::MethodNotAllowed(_) => match policy_core::unmatched::deciding_method(method) {
                Some(deciding) => engine.route(deciding, path),
                None => return Expected::Unmatched,
            },
            routed => routed,
        };
        let Routed::Operation { operation, .. } = routed else { return Expected::Unmatched };
        let policy = engine.policy();
        let as_nobody = |scheme: &str, stale| {
            policy.scheme(scheme).is_some_and(|scheme| operation.counts_as_nobody(scheme, stale)).then_some(Ok(None))
        };
        let sets = self.sets(engine);
        let grants: Vec<Grant<'_>> = sets.iter().filter_map(|(scheme, set)| policy.grant(scheme, set)).collect();
        let caller = match self {
            Self::Nobody => Ok(None),
            Self::Malformed(_) => Err(AuthenticationFailure::Malformed),
            Self::Unknown(scheme) => as_nobody(scheme, Stale::Unknown).unwrap_or(Err(AuthenticationFailure::Invalid)),
            Self::Unsigned(..) => Err(AuthenticationFailure::Invalid),
            Self::Refused { scheme, state } if state == "expired" => {
                as_nobody(scheme, Stale::Expired).unwrap_or(Err(AuthenticationFailure::Expired))
            }
            Self::Refused { scheme, state } if state == "unknown" => {
                as_nobody(scheme, Stale::Unknown).unwrap_or(Err(AuthenticationFailure::Invalid))
            }
            Self::Refused { .. } => Err(AuthenticationFailure::Revoked),
            Self::Holds(_) => Ok(Some(grants.as_slice())),
        };
        let decision = operation.decide(&Request { caller, enabled: Ok(true), query });
        match decision.denial() {
            None => Expected::Allowed,
            Some((stage, reason)) => Expected::Denied { stage, status: reason.status() },
        }
    }

    fn sets(&self, engine: &Engine) -> Vec<(&str, OwnedScopeSet)> {
        let Self::Holds(grants) = self else { return Vec::new() };
        // Scopes that break the grammar grant nothing, as they would in a token.
        let set = |scopes: &[String]| {
            let joined = scopes.join(" ");
            ScopeString::new(&joined).map(|read| engine.policy().scope_set(read)).ok()
        };
        grants.iter().filter_map(|(scheme, scopes)| Some((scheme.as_str(), set(scopes)?))).collect()
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("nobody"),
            Self::Malformed(scheme) => write!(f, "a malformed credential of {scheme}"),
            Self::Unknown(scheme) => write!(f, "an unknown credential of {scheme}"),
            Self::Unsigned(scheme, _) => write!(f, "an unsigned token of {scheme}"),
            Self::Refused { scheme, state } => write!(f, "a credential of {scheme} that is {state}"),
            Self::Holds(grants) => {
                for (at, (scheme, scopes)) in grants.iter().enumerate() {
                    let separator = if at == 0 { "" } else { " + " };
                    write!(f, "{separator}{scheme}")?;
                    match scopes.as_slice() {
                        [] => f.write_str(" without scopes")?,
                        scopes => write!(f, "[{}]", scopes.join(" "))?,
                    }
                }
                Ok(())
            }
        }
    }
}
