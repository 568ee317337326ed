//! The requests that are made of a document.

use std::collections::BTreeSet;

use policy_core::owned::AlternativeFacts;
use policy_spec::{Engine, OperationModel, SchemeKind};

use super::caller::Caller;
use super::case::{Case, Check, TOKEN_IN_QUERY, is_safe};
use super::expected::Expected;
use super::parameters;
use super::variants::VARIANTS;

mod headers;

/// A name that no query parameter has.
const WRONG_NAME: &str = "not-in-the-document";
/// How many scopes a credential holds of those that an operation does not name.
const OTHERS: usize = 8;

/// Which requests are made. The default is what is safe to send to any service: requests that the document denies, by methods that
/// change nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Whether requests are made that the document allows.
    pub allowed: bool,
    /// Whether requests are made by all methods, and not by GET, HEAD and OPTIONS alone.
    pub other_methods: bool,
    /// Whether requests by other methods have ids that may exist, and are allowed without any id: for a service that is under test
    /// alone. Otherwise such requests have ids that exist nowhere.
    pub ids_for_all_methods: bool,
    /// Values of path parameters by their names, and of query parameters that requests are to have.
    pub parameters: Vec<(String, String)>,
    /// The operations that are tried, as `GET /files/{id}`. All, where there is none.
    pub only: Vec<String>,
    /// Operations of which the document has an error, as `GET /files/{id}`. Nothing is known of them, and they are not tried.
    pub in_doubt: Vec<String>,
    /// Credentials that must be refused: the scheme, and what became of the credential.
    pub refused: Vec<(String, String)>,
}

/// The requests of a document, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The requests.
    pub cases: Vec<Case>,
    /// The operations of which something is not tried, by their indices, and why.
    pub left_out: Vec<(usize, &'static str)>,
}

impl Plan {
    /// The requests that these options make of a document.
    #[must_use]
    pub fn new(engine: &Engine, options: &Options) -> Self {
        let mut planner = Planner { engine, options, plan: Self::default(), known: BTreeSet::new() };
        for (index, operation) in engine.served().operations.iter().enumerate() {
            if options.only.is_empty() || options.only.iter().any(|key| is_called(operation, key)) {
                if options.in_doubt.iter().any(|key| is_called(operation, key)) {
                    planner.plan.left_out.push((index, "the document has an error about it"));
                } else {
                    planner.operation(index, operation);
                }
            }
        }
        planner.plan
    }
}

/// Whether a key, such as `GET /files`, names the operation: by the template of the document or by the path as it is served.
pub(crate) fn is_called(operation: &OperationModel, key: &str) -> bool {
    *key == operation.key() || *key == operation.served_key()
}

struct Planner<'p> {
    engine: &'p Engine,
    options: &'p Options,
    plan: Plan,
    /// What is sent already: method, path with query, caller.
    known: BTreeSet<(String, String, Caller)>,
}

/// An operation, and a path that leads to it.
#[derive(Clone, Copy)]
struct Target<'t> {
    index: usize,
    operation: &'t OperationModel,
    base: &'t str,
    path: &'t str,
    query: Option<&'t str>,
    /// A header beside those of the credentials.
    header: Option<(&'static str, &'t str)>,
}

impl Planner<'_> {
    fn operation(&mut self, index: usize, operation: &OperationModel) {
        let is_asked = is_safe(&operation.method) || self.options.other_methods;
        let found = parameters::path(self.engine, index, operation, self.options, is_safe(&operation.method));
        let Some((base, path)) = found else {
            self.plan.left_out.push((index, "no path was found that leads to it: give its parameters values"));
            return;
        };
        let query = parameters::query(operation, self.options);
        let target = Target { index, operation, base: &base, path: &path, query: query.as_deref(), header: None };
        if is_asked {
            self.credentials(target);
            self.queries(target);
            self.allowed(target);
            self.paths(target);
            self.headers(target);
        } else {
            self.plan.left_out.push((index, "its method may change something"));
        }
        self.methods(target);
    }

    /// Everything about who asks.
    fn credentials(&mut self, target: Target<'_>) {
        let operation = target.operation;
        self.plain(target, Check::NoCredential, Caller::Nobody);
        for (scheme, kind) in self.schemes_of(operation) {
            self.plain(target, Check::Malformed, Caller::Malformed(scheme.clone()));
            self.plain(target, Check::UnknownCredential, Caller::Unknown(scheme.clone()));
            if is_bearer(&kind) {
                let scopes = operation.alternatives().iter().flat_map(|one| one.scopes().cloned());
                let scopes: BTreeSet<String> = scopes.collect();
                self.plain(target, Check::Unsigned, Caller::Unsigned(scheme.clone(), scopes.into_iter().collect()));
            }
            let refused = self.options.refused.iter().filter(|(known, _)| *known == scheme);
            for (scheme, state) in refused.cloned().collect::<BTreeSet<_>>() {
                self.plain(target, Check::Refused(state.clone()), Caller::Refused { scheme, state });
            }
        }
        for (at, alternative) in operation.alternatives().iter().enumerate() {
            let all = grants(alternative);
            for scope in alternative.scopes().collect::<BTreeSet<_>>() {
                let check = Check::MissingScope { alternative: at, scope: scope.clone() };
                self.plain(target, check, Caller::Holds(without(&all, |known| known == scope)));
            }
            // What a scheme must grant, no other can [invariant: a grant belongs to the scheme that gave it].
            for (scheme, own) in alternative.schemes().iter().filter(|_| all.len() > 1) {
                for scope in own {
                    let check = Check::ScopeElsewhere { alternative: at, scheme: scheme.clone(), scope: scope.clone() };
                    self.plain(target, check, Caller::Holds(moved(&all, scheme, scope)));
                }
            }
            for (missing, _) in all.iter().filter(|_| all.len() > 1) {
                let rest = all.iter().filter(|(scheme, _)| scheme != missing).cloned().collect();
                let check = Check::MissingScheme { alternative: at, scheme: missing.clone() };
                self.plain(target, check, Caller::Holds(rest));
            }
        }
        let Some(first) = operation.alternatives().iter().map(grants).find(|grants| !grants.is_empty()) else { return };
        self.plain(target, Check::NoScopes, Caller::Holds(without(&first, |_| true)));
        let others = self.other_scopes(operation);
        if !others.is_empty() {
            let held = first.iter().map(|(scheme, _)| (scheme.clone(), others.clone())).collect();
            self.plain(target, Check::OtherScopes, Caller::Holds(held));
        }
        let needed: BTreeSet<String> = first.iter().flat_map(|(_, scopes)| scopes.iter().cloned()).collect();
        let own: BTreeSet<String> = self.schemes_of(operation).into_iter().map(|(scheme, _)| scheme).collect();
        for scheme in self.engine.served().schemes.iter().filter(|scheme| !own.contains(&scheme.name)) {
            let held = vec![(scheme.name.clone(), needed.iter().cloned().collect())];
            self.plain(target, Check::OtherScheme(scheme.name.clone()), Caller::Holds(held));
        }
    }

    /// Whether the stages come in the order of the document.
    fn queries(&mut self, target: Target<'_>) {
        let query = &target.operation.query;
        let is_taken = query.names.iter().any(|name| name == WRONG_NAME)
            || query.prefixes.iter().any(|prefix| WRONG_NAME.starts_with(prefix.as_str()));
        if query.takes_any() || is_taken {
            return;
        }
        let wrong = target.query.map_or_else(|| format!("{WRONG_NAME}=1"), |own| format!("{own}&{WRONG_NAME}=1"));
        let asked = Target { query: Some(&wrong), ..target };
        self.plain(asked, Check::QueryBeforeCredential, Caller::Nobody);
        let alternatives = target.operation.alternatives();
        if let Some((first, scope)) = alternatives.iter().find_map(|one| Some((grants(one), one.scopes().next()?))) {
            let caller = Caller::Holds(without(&first, |known| known == scope));
            self.plain(asked, Check::QueryBeforeScopes, caller);
        }
        self.plain(asked, Check::QueryAfterScopes, self.sufficient(target.operation));
    }

    fn allowed(&mut self, target: Target<'_>) {
        let changes = !is_safe(&target.operation.method) && !self.options.ids_for_all_methods;
        if !self.options.allowed {
            return;
        }
        if changes && !target.operation.path.contains('{') {
            self.plan.left_out.push((target.index, "an allowed request has no id that could exist nowhere"));
            return;
        }
        let alternatives = target.operation.alternatives();
        if alternatives.is_empty() {
            self.plain(target, Check::Allowed(0), Caller::Nobody);
        }
        for (at, alternative) in alternatives.iter().enumerate() {
            let caller = if alternative.is_anonymous() { Caller::Nobody } else { Caller::Holds(grants(alternative)) };
            self.plain(target, Check::Allowed(at), caller);
        }
    }

    /// The same path in other words, for nobody and for a caller without scopes.
    fn paths(&mut self, target: Target<'_>) {
        let served = format!("{}{}", target.base, target.path);
        if Caller::Nobody.asks(self.engine, &target.operation.method, &served, target.query).is_allowed() {
            return;
        }
        let unscoped = self.unscoped(target);
        for variant in &VARIANTS {
            let Some(path) = variant.of(target.path) else { continue };
            // Without a base path, what begins otherwise is no target of a request.
            if target.base.is_empty() && !path.starts_with('/') {
                continue;
            }
            let written = Target { path: &path, ..target };
            let check = Check::Path(variant.name);
            self.push(written, check.clone(), &target.operation.method, Caller::Nobody);
            if let Some(caller) = unscoped.clone().filter(|_| variant.is_common) {
                self.push(written, check, &target.operation.method, caller);
            }
        }
    }

    fn methods(&mut self, target: Target<'_>) {
        let method = &target.operation.method;
        if is_safe(method) {
            self.push(target, Check::MethodCase, &method.to_ascii_lowercase(), Caller::Nobody);
        }
        if method == "GET" {
            for caller in std::iter::once(Caller::Nobody).chain(self.unscoped(target)) {
                self.push(target, Check::Head, "HEAD", caller);
            }
        }
        self.push(target, Check::Options, "OPTIONS", Caller::Nobody);
        let others: &[&str] = if self.options.other_methods {
            &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "VERIFY"]
        } else {
            &["GET", "HEAD"]
        };
        // What such a method may change is nothing that exists, though the operation itself is asked with ids that may.
        let nowhere = parameters::path(self.engine, target.index, target.operation, self.options, false);
        for other in others {
            let asked = match &nowhere {
                _ if is_safe(other) => target,
                Some((base, path)) => Target { base, path, ..target },
                None => continue,
            };
            for caller in [Caller::Nobody, self.sufficient(target.operation)] {
                self.push(asked, Check::UndeclaredMethod, other, caller);
            }
        }
    }

    fn plain(&mut self, target: Target<'_>, check: Check, caller: Caller) {
        self.push(target, check, &target.operation.method, caller);
    }

    /// Adds a request, unless it is there, or says nothing: a check is about a denial, but for the one of what is allowed.
    fn push(&mut self, target: Target<'_>, check: Check, method: &str, caller: Caller) {
        let path = format!("{}{}", target.base, target.path);
        let expected = match check {
            // Where the document has no credential, nobody is known.
            Check::TokenInQuery => Caller::Nobody.asks(self.engine, method, &path, Some(TOKEN_IN_QUERY)),
            _ => caller.asks(self.engine, method, &path, target.query),
        };
        let is_meant = match check {
            Check::Allowed(_) => expected == Expected::Allowed,
            Check::UndeclaredMethod | Check::Options | Check::MethodCase | Check::MethodHeader(_) => {
                expected == Expected::Unmatched
            }
            Check::Path(_) | Check::Head | Check::PathHeader(_) => expected != Expected::Allowed,
            _ => matches!(expected, Expected::Denied { .. }),
        };
        let query = target.query.map(str::to_owned);
        // An operation's path may have other ids for other methods. That makes no other request of a method that none of them has.
        let route = match check {
            Check::UndeclaredMethod | Check::Options => target.operation.path.clone(),
            Check::MethodHeader(how) | Check::PathHeader(how) => format!("{} {how}", target.operation.path),
            Check::SchemeCase | Check::TwoCredentials | Check::TokenInQuery => format!("{path} {check}"),
            _ => format!("{path}?{}", query.as_deref().unwrap_or_default()),
        };
        if !is_meant || !self.known.insert((method.to_owned(), route, caller.clone())) {
            return;
        }
        self.plan.cases.push(Case {
            operation: target.index,
            check,
            method: method.to_owned(),
            base: target.base.to_owned(),
            path: target.path.to_owned(),
            query,
            header: target.header.map(|(name, value)| (name.to_owned(), value.to_owned())),
            caller,
            expected,
        });
    }

    /// Whoever may call the operation by its first alternative.
    fn sufficient(&self, operation: &OperationModel) -> Caller {
        match operation.alternatives().first() {
            Some(first) if !first.is_anonymous() => Caller::Holds(grants(first)),
            _ => Caller::Nobody,
        }
    }

    /// A known caller without scopes, where the operation needs some.
    fn unscoped(&self, target: Target<'_>) -> Option<Caller> {
        let first = target.operation.alternatives().iter().find(|one| one.scopes().next().is_some())?;
        let caller = Caller::Holds(without(&grants(first), |_| true));
        let path = format!("{}{}", target.base, target.path);
        let expected = caller.asks(self.engine, &target.operation.method, &path, target.query);
        (!expected.is_allowed()).then_some(caller)
    }

    /// The schemes of an operation's alternatives, each once.
    fn schemes_of(&self, operation: &OperationModel) -> Vec<(String, SchemeKind)> {
        let names: Vec<&String> =
            operation.alternatives().iter().flat_map(|one| one.schemes()).map(|(name, _)| name).collect();
        let schemes = self.engine.served().schemes.iter().filter(|scheme| names.contains(&&scheme.name));
        schemes.map(|scheme| (scheme.name.clone(), scheme.kind.clone())).collect()
    }

    /// Scopes that the operation does not name. Those whose words are most like its own come first: a service that compares the
    /// beginnings of scopes takes them for the same.
    fn other_scopes(&self, operation: &OperationModel) -> Vec<String> {
        let own: BTreeSet<&String> = operation.alternatives().iter().flat_map(AlternativeFacts::scopes).collect();
        if own.is_empty() {
            return Vec::new();
        }
        let likeness = |scope: &str| own.iter().map(|own| shared_start(own, scope)).max().unwrap_or_default();
        let mut others: Vec<&str> =
            self.engine.policy().scopes().filter(|scope| !own.iter().any(|own| own.as_str() == *scope)).collect();
        others.sort_by_key(|scope| std::cmp::Reverse(likeness(scope)));
        others.into_iter().take(OTHERS).map(str::to_owned).collect()
    }
}

fn shared_start(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
}

/// What a caller holds who meets the alternative. Scopes of the extension may be granted by any of the schemes, so that all have them.
pub(crate) fn grants(alternative: &AlternativeFacts) -> Vec<(String, Vec<String>)> {
    let with = |own: &[String]| {
        let scopes: BTreeSet<&String> = own.iter().chain(alternative.extension()).collect();
        scopes.into_iter().cloned().collect()
    };
    alternative.schemes().iter().map(|(scheme, own)| (scheme.clone(), with(own))).collect()
}

fn without(grants: &[(String, Vec<String>)], is_missing: impl Fn(&str) -> bool) -> Vec<(String, Vec<String>)> {
    let kept = |scopes: &[String]| scopes.iter().filter(|scope| !is_missing(scope)).cloned().collect();
    grants.iter().map(|(scheme, scopes)| (scheme.clone(), kept(scopes))).collect()
}

/// The same with a scope taken from one scheme and given to the others.
fn moved(grants: &[(String, Vec<String>)], from: &str, scope: &String) -> Vec<(String, Vec<String>)> {
    let moved = |(scheme, scopes): &(String, Vec<String>)| {
        let rest = scopes.iter().filter(|known| *known != scope).cloned();
        let given = (scheme != from).then(|| scope.clone());
        (scheme.clone(), rest.chain(given).collect())
    };
    grants.iter().map(moved).collect()
}

fn is_bearer(kind: &SchemeKind) -> bool {
    matches!(kind, SchemeKind::Bearer | SchemeKind::OAuth2 | SchemeKind::OpenIdConnect)
}
