//! What a client holds, against what it needs.

use std::collections::{BTreeMap, BTreeSet};

use policy_spec::PolicyModel;

use super::grant::Grant;
use crate::escape::visible;
use crate::failure::Failure;

/// What is held: scopes of a scheme, or of every scheme.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// By the name of the scheme. `None` stands for every scheme.
    scopes: BTreeMap<Option<String>, BTreeSet<String>>,
}

/// What is held and what is needed, compared.
#[derive(Debug)]
pub(super) struct Compared {
    /// The index of the smallest grant that what is held comes closest to.
    pub(super) closest: usize,
    /// What that grant needs and what is not held: scopes, or a credential of a scheme at all.
    pub(super) missing: Vec<(String, Option<String>)>,
    /// Scopes that are held and that the grant has no use for, with the scheme where one was named.
    pub(super) excess: Vec<(Option<String>, String)>,
}

impl Held {
    /// Reads `files:read files:write`, or `OAuth2=files:read files:write`. Commas separate scopes as well.
    pub(super) fn read(texts: &[String], model: &PolicyModel) -> Result<Self, Failure> {
        let mut held = Self::default();
        for text in texts {
            let named =
                text.split_once('=').filter(|(name, _)| model.schemes.iter().any(|scheme| scheme.name == *name));
            let (scheme, scopes) =
                named.map_or((None, text.as_str()), |(name, scopes)| (Some(name.to_owned()), scopes));
            let scopes = scopes.split(|c: char| c == ',' || c.is_whitespace()).filter(|scope| !scope.is_empty());
            // A credential without any scope is one too.
            held.scopes.entry(scheme.clone()).or_default();
            for scope in scopes {
                if !policy_core::is_scope_token(scope) {
                    let what = format!("`{}` is no scope", visible(scope));
                    return Err(Failure::with_help(what, "write `--held 'files:read files:write'`, as it was issued"));
                }
                held.scopes.entry(scheme.clone()).or_default().insert(scope.to_owned());
            }
        }
        Ok(held)
    }

    /// What a log says was granted, by scheme. With `scheme`, only what that one granted.
    pub(super) fn granted(granted: BTreeMap<String, BTreeSet<String>>, scheme: Option<&str>) -> Self {
        let own = granted.into_iter().filter(|(name, _)| scheme.is_none_or(|scheme| scheme == name));
        Self { scopes: own.map(|(name, scopes)| (Some(name), scopes)).collect() }
    }

    /// What is held of schemes that are named.
    pub(super) fn grant(&self) -> Grant {
        let named = self.scopes.iter().filter_map(|(scheme, scopes)| Some((scheme.clone()?, scopes.clone())));
        Grant(named.collect())
    }

    /// Whether nothing is held, not even a credential without scopes.
    pub(super) fn is_nothing(&self) -> bool {
        self.scopes.is_empty()
    }

    /// Whether a credential of this scheme is held. Where no scheme is named, any may be.
    fn has(&self, scheme: &str) -> bool {
        self.scopes.contains_key(&None) || self.scopes.contains_key(&Some(scheme.to_owned()))
    }

    /// The scopes that the grant of a scheme has by what is held, also by the scope map.
    fn of(&self, scheme: &str, model: &PolicyModel) -> BTreeSet<String> {
        let named = self.scopes.get(&Some(scheme.to_owned())).into_iter();
        let all = named.chain(self.scopes.get(&None)).flatten();
        all.flat_map(|scope| means(scope, Some(scheme), model)).collect()
    }

    /// Against the smallest grants, of which there is at least one.
    pub(super) fn compare(&self, grants: &[Grant], model: &PolicyModel) -> Option<Compared> {
        let compared = grants.iter().enumerate().map(|(closest, grant)| {
            let missing = grant.0.iter().flat_map(|(scheme, scopes)| {
                let held = self.of(scheme, model);
                let lacking = scopes.iter().filter(move |scope| !held.contains(*scope));
                let itself = (!self.has(scheme)).then(|| (scheme.clone(), None));
                lacking.map(|scope| (scheme.clone(), Some(scope.clone()))).chain(itself)
            });
            let is_used = |scheme: Option<&str>, scope: &str| {
                let of_scheme = grant.0.iter().filter(|(name, _)| scheme.is_none_or(|scheme| scheme == *name));
                of_scheme
                    .into_iter()
                    .any(|(name, needed)| means(scope, Some(name), model).iter().any(|meant| needed.contains(meant)))
            };
            let excess = self.scopes.iter().flat_map(|(scheme, scopes)| {
                let unused = scopes.iter().filter(move |scope| !is_used(scheme.as_deref(), scope));
                unused.map(|scope| (scheme.clone(), scope.clone()))
            });
            Compared { closest, missing: missing.collect(), excess: excess.collect() }
        });
        compared.min_by_key(|one| (one.missing.len(), one.excess.len()))
    }
}

/// What a scope that was issued grants: itself, and what the scope map says.
fn means(scope: &str, scheme: Option<&str>, model: &PolicyModel) -> BTreeSet<String> {
    let mapped = model.scope_map.iter().filter(|mapping| {
        mapping.claim.is_empty() && mapping.from == scope && scheme.is_none_or(|scheme| scheme == mapping.scheme)
    });
    mapped.flat_map(|mapping| mapping.to.iter().cloned()).chain([scope.to_owned()]).collect()
}
