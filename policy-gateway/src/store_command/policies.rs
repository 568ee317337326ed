//! The policies that a store is for, and the operations and scopes of their documents by name.

use std::sync::Arc;

use policy_http::EnabledRoute;
use policy_spec::{Engine, OperationModel};
use policy_store::Organization;

use super::failure::Failure;
use crate::configuration::{By, Configuration, Enablement, PolicyEntry};
use crate::loading;

/// A policy that the store is for.
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) engine: Arc<Engine>,
    /// The schemes whose credentials are keys of the store.
    pub(super) schemes: Vec<String>,
    pub(super) enabled: Enabled,
}

/// Who says what is enabled for an organization.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Enabled {
    /// Nobody: everything is.
    All,
    /// This store.
    Here,
    /// Another store.
    Elsewhere,
}

/// An operation of a policy.
#[derive(Clone, Copy)]
pub(super) struct Operation<'p> {
    pub(super) policy: &'p Policy,
    pub(super) said: &'p OperationModel,
}

impl Operation<'_> {
    pub(super) fn route(&self) -> EnabledRoute {
        (self.said.method.as_str(), self.said.path.as_str()).into()
    }

    pub(super) fn is_named(&self, text: &str) -> bool {
        text.split_whitespace().eq([self.said.method.as_str(), self.said.path.as_str()])
            || self.said.operation_id.as_deref() == Some(text)
    }
}

/// What a command needs a policy for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Its scopes, by keys of the store.
    Keys,
    /// Its operations, which the store enables.
    Enablement,
}

pub(super) struct Policies {
    store: String,
    policies: Vec<Policy>,
}

impl Policies {
    /// Reads the documents of the policies that the store is for, or of the one with that name alone.
    pub(super) async fn read(
        configuration: &Configuration,
        store: &str,
        only: Option<&str>,
        purpose: For,
    ) -> Result<Self, Failure> {
        let named = |entry: &&PolicyEntry| only.is_none_or(|name| entry.name.value == name);
        if let Some(name) = only.filter(|_| !configuration.policies.iter().any(|entry| named(&entry))) {
            let known = configuration.policies.iter().map(|entry| entry.name.value.as_str());
            return Err(Failure::unknown("policy", name, known));
        }
        let is_for = |entry: &&PolicyEntry| match purpose {
            For::Keys => !schemes(entry, store).is_empty(),
            For::Enablement => enabled(entry, store) == Enabled::Here,
        };
        let entries: Vec<&PolicyEntry> = configuration.policies.iter().filter(named).filter(is_for).collect();
        if entries.is_empty() {
            let which = only.map_or("no policy".to_owned(), |name| format!("the policy `{name}` does not"));
            let verb = if only.is_some() { ("authenticate", "ask") } else { ("authenticates", "asks") };
            return Err(Failure::asked(match purpose {
                For::Keys => format!(
                    "{which} {} keys of the store `{store}`; write `store = \"{store}\"` at one of its `[policies.schemes.…]`",
                    verb.0
                ),
                For::Enablement => format!(
                    "{which} {} the store `{store}` what is enabled; where a policy says `enablement = \"all\"`, everything is, and \
                     `enablement = \"{store}\"` changes that",
                    verb.1
                ),
            }));
        }
        let engines = loading::engines(configuration, &entries).await?;
        let policies = entries.into_iter().zip(engines).map(|(entry, engine)| Policy {
            name: entry.name.value.clone(),
            engine,
            schemes: schemes(entry, store),
            enabled: enabled(entry, store),
        });
        Ok(Self { store: store.to_owned(), policies: policies.collect() })
    }

    /// The name of the store.
    pub(super) fn store(&self) -> &str {
        &self.store
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Policy> {
        self.policies.iter()
    }

    /// Every operation.
    pub(super) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.policies
            .iter()
            .flat_map(|policy| policy.engine.served().operations.iter().map(move |said| Operation { policy, said }))
    }

    /// The operation that `GET /v1/notes`, or its `operationId`, names.
    pub(super) fn operation(&self, text: &str) -> Result<Operation<'_>, Failure> {
        let found: Vec<Operation<'_>> = self.operations().filter(|one| one.is_named(text)).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => {
                let known: Vec<String> = self.operations().map(|one| one.route().to_string()).collect();
                Err(Failure::unknown("operation", text, known.iter().map(String::as_str)))
            }
            [first, ..] if found.iter().all(|one| one.policy.name == first.policy.name) => Err(Failure::asked(
                format!("`{text}` names several operations; write method and path, as in `GET /notes`"),
            )),
            several => {
                let names: Vec<&str> = several.iter().map(|one| one.policy.name.as_str()).collect();
                Err(Failure::asked(format!(
                    "the policies `{}` have an operation `{text}`; choose one by `--policy`",
                    names.join("`, `")
                )))
            }
        }
    }

    /// The operations that are enabled for the organization by this store.
    pub(super) fn enabled_for<'p>(&'p self, organization: &'p Organization) -> impl Iterator<Item = Operation<'p>> {
        self.operations()
            .filter(|one| one.policy.enabled == Enabled::Here && organization.routes.contains(&one.route()))
    }

    /// The scopes that texts name, each with spaces or commas between them.
    pub(super) fn scopes(&self, texts: &[String]) -> Result<Vec<String>, Failure> {
        let known = || self.policies.iter().flat_map(|policy| policy.engine.policy().scopes());
        let is_known = |name: &str| self.policies.iter().any(|policy| policy.engine.policy().knows_scope(name));
        let mut scopes = Vec::new();
        for word in texts.iter().flat_map(|text| text.split_whitespace()) {
            // A comma may stand in the name of a scope.
            let names =
                if is_known(word) { vec![word] } else { word.split(',').filter(|name| !name.is_empty()).collect() };
            for name in names {
                if !is_known(name) {
                    return Err(Failure::unknown("scope", name, known()));
                }
                scopes.push(name.to_owned());
            }
        }
        scopes.sort_unstable();
        scopes.dedup();
        Ok(scopes)
    }
}

fn schemes(entry: &PolicyEntry, store: &str) -> Vec<String> {
    let by_store = entry.schemes.iter().filter(|said| matches!(&said.by, By::Store(named) if named.value == store));
    by_store.map(|said| said.scheme.value.clone()).collect()
}

fn enabled(entry: &PolicyEntry, store: &str) -> Enabled {
    match &entry.enablement {
        Enablement::All => Enabled::All,
        Enablement::Store(named) if named.value == store => Enabled::Here,
        Enablement::Store(_) => Enabled::Elsewhere,
    }
}
