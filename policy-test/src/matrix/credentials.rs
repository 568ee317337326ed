//! Where credentials come from.

use std::collections::BTreeSet;

use policy_spec::Scheme;

/// A credential that a request needs.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Wanted<'w> {
    /// Its scheme.
    pub scheme: &'w Scheme,
    /// The scopes that it holds.
    pub scopes: &'w [String],
    /// The scopes that it must not hold. A credential with other scopes than those of both lists will do, if there is no better one.
    pub without: &'w [String],
    /// Whether it need not hold all of `scopes`: any credential of the scheme that lacks those of `without` will do.
    pub is_any: bool,
}

/// A credential, and the scopes that it really holds. Its debug text has no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// What is sent: the token, the key, or `user:password`.
    pub secret: String,
    /// The scopes that it holds.
    pub scopes: Vec<String>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// A source of credentials.
///
/// A closure is one: it gets the scheme and the scopes, and answers the secret of a credential that holds these scopes and no others.
pub trait Credentials {
    /// The credentials that would do, the best one first. None, where there is none.
    ///
    /// # Errors
    /// Why there is none, where that is a failure.
    fn holding(&self, wanted: &Wanted<'_>) -> Result<Vec<Held>, String>;

    /// The secrets of credentials that must be refused, by their scheme and what became of them.
    fn refused(&self, scheme: &str, state: &str) -> Option<String> {
        let _ = (scheme, state);
        None
    }
}

impl<F: Fn(&Wanted<'_>) -> Option<String>> Credentials for F {
    fn holding(&self, wanted: &Wanted<'_>) -> Result<Vec<Held>, String> {
        let secret = self(wanted);
        Ok(secret.map(|secret| Held { secret, scopes: wanted.scopes.to_vec() }).into_iter().collect())
    }
}

/// Credentials that are known beforehand, by their schemes and scopes. Its debug text has no secrets.
#[derive(Clone, Debug, Default)]
pub struct KnownCredentials {
    good: Vec<(String, Held)>,
    refused: Vec<(String, String, Held)>,
}

impl KnownCredentials {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// And a credential of a scheme, with the scopes that it holds.
    #[must_use]
    pub fn with<S: Into<String>>(
        mut self,
        scheme: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
        secret: impl Into<String>,
    ) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        self.good.push((scheme.into(), Held { secret: secret.into(), scopes }));
        self
    }

    /// And a credential that must be refused, with what became of it: `revoked`, `expired`.
    #[must_use]
    pub fn with_refused(
        mut self,
        scheme: impl Into<String>,
        state: impl Into<String>,
        secret: impl Into<String>,
    ) -> Self {
        self.refused.push((scheme.into(), state.into(), Held { secret: secret.into(), scopes: Vec::new() }));
        self
    }

    /// The schemes and the states of credentials that must be refused, for [`Options::refused`](super::Options::refused).
    #[must_use]
    pub fn refusals(&self) -> Vec<(String, String)> {
        self.refused.iter().map(|(scheme, state, _)| (scheme.clone(), state.clone())).collect()
    }

    /// The schemes of all credentials.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        let refused = self.refused.iter().map(|(scheme, ..)| scheme.as_str());
        self.good.iter().map(|(scheme, _)| scheme.as_str()).chain(refused)
    }
}

impl Credentials for KnownCredentials {
    fn holding(&self, wanted: &Wanted<'_>) -> Result<Vec<Held>, String> {
        let scopes: BTreeSet<&String> = wanted.scopes.iter().collect();
        let fits = |held: &Held| {
            let lacks = !held.scopes.iter().any(|scope| wanted.without.contains(scope));
            lacks && (wanted.is_any || scopes.iter().all(|scope| held.scopes.contains(scope)))
        };
        let of_scheme = self.good.iter().filter(|(scheme, _)| *scheme == wanted.scheme.name).map(|(_, held)| held);
        let mut found: Vec<&Held> = of_scheme.filter(|held| fits(held)).collect();
        // The fewer scopes differ, the better.
        found.sort_by_key(|held| {
            let own: BTreeSet<&String> = held.scopes.iter().collect();
            own.symmetric_difference(&scopes).count()
        });
        Ok(found.into_iter().cloned().collect())
    }

    fn refused(&self, scheme: &str, state: &str) -> Option<String> {
        let found = self.refused.iter().find(|(known, its, _)| known == scheme && its == state);
        found.map(|(.., held)| held.secret.clone())
    }
}
