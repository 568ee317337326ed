//! Headers, and places of credentials, that fooled guards: the guard looks at one thing, and the service behind it at another.

use super::{Planner, Target, is_bearer};
use crate::matrix::caller::Caller;
use crate::matrix::case::{Check, TOKEN_IN_QUERY};
use policy_spec::SchemeKind;

/// Headers by which some frameworks and proxies take another method than that of the request.
const OF_METHODS: [&str; 3] = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];
/// Headers by which some take another path. In words, what stands in them: the operation's path, where the request's own is that of nothing;
/// and the other way round.
const OF_PATHS: [(&str, &str, &str); 2] = [
    ("X-Original-URL", "its path in `X-Original-URL` alone", "a path of nothing in `X-Original-URL`"),
    ("X-Rewrite-URL", "its path in `X-Rewrite-URL` alone", "a path of nothing in `X-Rewrite-URL`"),
];
/// A path of nothing.
const OF_NOTHING: &str = "/not-in-the-document";

impl Planner<'_> {
    /// Of an operation by GET that refuses nobody there is nothing to be had, and another method is not safe to be asked for.
    pub(super) fn headers(&mut self, target: Target<'_>) {
        let path = format!("{}{}", target.base, target.path);
        if target.operation.method != "GET" || Caller::Nobody.asks(self.engine, "GET", &path, target.query).is_allowed()
        {
            return;
        }
        for name in OF_METHODS {
            // Guards let OPTIONS through, as browsers send it without a credential.
            let asked = Target { header: Some((name, "GET")), ..target };
            self.push(asked, Check::MethodHeader(name), "OPTIONS", Caller::Nobody);
        }
        let nothing = format!("{}{OF_NOTHING}", target.base);
        for (name, in_header, in_request) in OF_PATHS {
            let elsewhere = Target { path: OF_NOTHING, query: None, header: Some((name, &path)), ..target };
            self.push(elsewhere, Check::PathHeader(in_header), "GET", Caller::Nobody);
            let here = Target { header: Some((name, &nothing)), ..target };
            self.push(here, Check::PathHeader(in_request), "GET", Caller::Nobody);
        }
        self.tokens(target);
    }

    /// The token of a caller without scopes, sent in other ways.
    fn tokens(&mut self, target: Target<'_>) {
        let Some(caller) = self.unscoped(target) else { return };
        let schemes = self.schemes_of(target.operation);
        let is_held = |name: &str| matches!(&caller, Caller::Holds(held) if held.iter().any(|(held, _)| held == name));
        let held: Vec<&SchemeKind> = schemes.iter().filter(|(name, _)| is_held(name)).map(|(_, kind)| kind).collect();
        let has_token = held.iter().any(|kind| is_bearer(kind));
        if has_token || held.iter().any(|kind| matches!(kind, SchemeKind::Basic)) {
            self.plain(target, Check::SchemeCase, caller.clone());
        }
        if !has_token {
            return;
        }
        self.plain(target, Check::TwoCredentials, caller.clone());
        let is_declared = target.operation.query.names.iter().any(|name| name == TOKEN_IN_QUERY)
            || self
                .engine
                .served()
                .schemes
                .iter()
                .any(|scheme| matches!(&scheme.kind, SchemeKind::ApiKeyQuery(name) if name == TOKEN_IN_QUERY));
        if !is_declared && held.len() == 1 {
            self.plain(target, Check::TokenInQuery, caller);
        }
    }
}
