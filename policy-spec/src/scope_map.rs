//! `[[scopes.map]]`: what a grant means beside the names that it has, compared with the document.
//!
//! An entry that is wrong is reported, and left out: nothing is granted by it.

use policy_core::{ScopeMapping, is_scope_token};

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::model::{Scheme, ScopeEntry};
use crate::source::Span;

/// The entries that hold, sorted. One that is past its day stays: the clock of whoever decides says when it ends.
pub(crate) fn entries(context: &mut Context<'_>, schemes: &[Scheme], scopes: &[ScopeEntry]) -> Vec<ScopeMapping> {
    let settings = context.settings;
    let mut kept: Vec<ScopeMapping> = Vec::new();
    // Who is mapped, and where that stands first.
    let mut known = Vec::new();
    for entry in &settings.scope_map {
        let mapping = &entry.mapping;
        let span = context.stated(entry.origin.as_ref());
        let key = (mapping.scheme.as_str(), mapping.claim.as_slice(), mapping.from.as_str());
        let fault = fault(context, mapping, span, schemes, scopes);
        let repeated = known.iter().find(|(other, _)| *other == key).map(|(_, first)| {
            invalid(span, format!("`{}` is mapped twice", mapping.from.escape_debug()))
                .label("again here")
                .also(*first, "first here")
                .help("write all scopes that it grants into one entry")
        });
        if let Some(finding) = fault.or(repeated) {
            context.report(finding);
            continue;
        }
        known.push((key, span));
        if let Some(until) = mapping.until.filter(|until| *until < settings.today) {
            let message =
                format!("the map of `{}` ended on {until}: it grants nothing any more", mapping.from.escape_debug());
            let help = "remove the entry once nobody is issued this name, or give it another day";
            context.report(Finding::new(Code::ExpiredScopeMapEntry, span, message).label("past its day").help(help));
        }
        let mut mapping = mapping.clone();
        mapping.to.sort_unstable();
        kept.push(mapping);
    }
    kept.sort_unstable();
    kept
}

/// What is wrong with an entry by itself.
fn fault(
    context: &Context<'_>,
    mapping: &ScopeMapping,
    span: Span,
    schemes: &[Scheme],
    scopes: &[ScopeEntry],
) -> Option<Finding> {
    let ScopeMapping { scheme, claim, from, to, .. } = mapping;
    if !schemes.iter().any(|known| known.name == *scheme) {
        let message = format!("the document has no security scheme `{}`", scheme.escape_debug());
        let near = context.likely(scheme, schemes.iter().map(|known| known.name.as_str()));
        return Some(invalid(span, message).label("not in the document").near(near));
    }
    if let Some(scope) = to.iter().find(|scope| scopes.binary_search_by(|known| known.name.cmp(scope)).is_err()) {
        let message = format!("the document has no scope `{}`", scope.escape_debug());
        let near = context.likely(scope, scopes.iter().map(|known| known.name.as_str()));
        return Some(invalid(span, message).label("a map grants scopes of the document alone").near(near));
    }
    if to.is_empty() || claim.is_empty() && to.iter().all(|scope| scope == from) {
        let message = format!("the map of `{}` grants nothing new", from.escape_debug());
        return Some(invalid(span, message).label("maps nothing").help("list in `to` the scopes that it grants"));
    }
    if let Some(scope) = to.iter().enumerate().find_map(|(at, scope)| to.get(..at)?.contains(scope).then_some(scope)) {
        return Some(
            invalid(span, format!("`{}` stands twice in `to`", scope.escape_debug())).help("keep one of the two"),
        );
    }
    if claim.iter().any(String::is_empty) {
        return Some(invalid(span, "a claim without a name".to_owned()).help("write `claim = \"roles\"`"));
    }
    // Roles and groups have names of any kind, and tokens' scopes do not.
    let is_well_formed = if claim.is_empty() { is_scope_token(from) } else { !from.is_empty() };
    if !is_well_formed {
        let message = format!("`{}` is no scope that a token could hold", from.escape_debug());
        let help = "a scope is printable ASCII without spaces, quotes and backslashes; for a role or a group, name its `claim`";
        return Some(invalid(span, message).label("matches nothing").help(help));
    }
    None
}

fn invalid(span: Span, message: String) -> Finding {
    Finding::error(Code::InvalidScopeMapEntry, span, message)
}
