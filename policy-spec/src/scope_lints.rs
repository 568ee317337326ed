//! Suspicious scopes. They can only be seen when all operations are known.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::is_scope_token;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::operations::Operations;
use crate::schemes::Schemes;
use crate::source::Span;

/// Words that documents write where they mean "no scope" or "every scope". To the engine they are scopes like any other.
const SENTINELS: [&str; 11] =
    ["*", "all", "any", "anonymous", "anyone", "no_scope", "none", "null", "public", "unrestricted", "no-scope"];

pub(crate) fn scope_lints(context: &mut Context<'_>, operations: &Operations, schemes: &Schemes) {
    words_and_templates(context, operations);
    unused(context, operations, schemes);
    by_use(context, schemes);
}

/// Reports scopes that are such words, and scopes that are templates. Each is reported once, where it is first required.
fn words_and_templates(context: &mut Context<'_>, operations: &Operations) {
    let mut told = BTreeSet::new();
    for (scope, span) in &operations.required {
        if !told.insert(scope.as_str()) {
            continue;
        }
        if SENTINELS.contains(&scope.to_ascii_lowercase().as_str()) {
            context.report(
                Finding::new(
                    Code::SentinelScope,
                    *span,
                    format!("the scope `{scope}` reads like a word for something else"),
                )
                .label("it is required like any other scope")
                .help("for no scope write an empty list, for a public operation `security: []`"),
            );
        }
        if let Some(part) = placeholder(scope) {
            context.report(
                Finding::new(
                    Code::ScopePlaceholder,
                    *span,
                    format!("no token holds the scope `{scope}`: it is a template"),
                )
                .label(format!("nobody can call what requires it: `{part}` is compared byte for byte"))
                .help("require a scope that every such token holds, and compare the value that varies in the handler"),
            );
        }
    }
}

/// The part of a scope that stands for a value: `{id}`, `${id}`, `<id>`, `%s`, or `:id` as a segment.
fn placeholder(scope: &str) -> Option<&str> {
    between(scope, '{', '}')
        .or_else(|| between(scope, '<', '>'))
        .or_else(|| format_directive(scope))
        .or_else(|| colon_segment(scope))
}

/// A name in brackets, with the brackets and a `$`, `#` or `%` before them.
fn between(scope: &str, open: char, close: char) -> Option<&str> {
    let name = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'?'))
    };
    for (at, _) in scope.match_indices(open) {
        let inner = scope.get(at + 1..)?;
        let (inside, _) = inner.split_once(close)?;
        if name(inside.trim_start_matches([open, '$'])) {
            let before = scope.get(..at).unwrap_or("");
            let start = before.trim_end_matches(['$', '#', '%', open]).len();
            let doubled = inner.get(inside.len()..).unwrap_or("");
            let closing = doubled.len() - doubled.trim_start_matches(close).len();
            return scope.get(start..at + 1 + inside.len() + closing);
        }
    }
    None
}

/// `%s` or `%d`, unless it is percent-encoding or a part of a word.
fn format_directive(scope: &str) -> Option<&str> {
    scope.match_indices('%').find_map(|(at, _)| {
        let directive = scope.get(at..at + 2).filter(|directive| matches!(*directive, "%s" | "%d"))?;
        let after = scope.get(at + 2..).and_then(|after| after.chars().next());
        after.is_none_or(|after| !after.is_ascii_alphanumeric()).then_some(directive)
    })
}

/// `:id` as a whole segment of a path. A `:` within a segment is usual in scopes, as in `files:read`.
fn colon_segment(scope: &str) -> Option<&str> {
    let name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    scope.split('/').find(|segment| segment.strip_prefix(':').is_some_and(name))
}

fn unused(context: &mut Context<'_>, operations: &Operations, schemes: &Schemes) {
    // A part of the document that could not be read may require the scope.
    if context.left_out {
        return;
    }
    let used: BTreeSet<&str> = operations.required.iter().map(|(scope, _)| scope.as_str()).collect();
    for scheme in schemes.all() {
        for (scope, (_, span)) in scheme.catalogue.iter().flat_map(|catalogue| &catalogue.scopes) {
            // A string that is no scope token was reported already.
            if !used.contains(scope.as_str()) && is_scope_token(scope) {
                context.report(
                    Finding::new(
                        Code::UnusedScope,
                        *span,
                        format!("no operation requires the scope `{}`", scope.escape_debug()),
                    )
                    .label(format!("declared by `{}`", scheme.name))
                    .help("require it where it belongs, or remove it: what nobody checks should not be granted"),
                );
            }
        }
    }
}

/// Reports scopes that no catalogue has to list. One note names those of extensions. Those that look misspelt are reported one by one.
fn by_use(context: &mut Context<'_>, schemes: &Schemes) {
    let all = schemes.all();
    let declared: BTreeSet<&str> = all
        .iter()
        .filter_map(|scheme| scheme.catalogue.as_ref())
        .flat_map(|catalogue| catalogue.scopes.keys().map(String::as_str))
        .collect();
    let by_use = std::mem::take(&mut context.by_use);
    let unlisted: Vec<_> = by_use.iter().filter(|(scope, _)| !declared.contains(scope.as_str())).collect();
    let of_extensions: Vec<_> = unlisted.iter().filter(|(_, (_, extension))| *extension).collect();
    if let Some(first) = of_extensions.iter().filter_map(|(_, (places, _))| places.first()).min() {
        let count = of_extensions.len();
        let scopes = if count == 1 { "one scope is".to_owned() } else { format!("{count} scopes are") };
        let place = context.version.schemes();
        context.report(
            Finding::new(
                Code::UncataloguedScopes,
                *first,
                format!(
                    "{scopes} demanded by extensions and in no catalogue; those in use are taken for all there are"
                ),
            )
            .label("first here")
            .help(format!(
                "list them as `x-scopes` of their scheme under `{place}`: then one that is misspelt is an error"
            )),
        );
    }
    typos(context, &unlisted, &by_use, &declared);
}

/// Where a scope is required, and whether an extension requires it.
type Use = (BTreeSet<Span>, bool);

/// Reports scopes that are required once and are a letter away from another one that is required or declared.
fn typos(
    context: &mut Context<'_>,
    unlisted: &[(&String, &Use)],
    by_use: &BTreeMap<String, Use>,
    declared: &BTreeSet<&str>,
) {
    /// If there are more scopes, none are compared. Each is compared with each, and a hint must not cost more than the reading.
    const MOST: usize = 1_500;
    let all: Vec<&str> = unlisted.iter().map(|(scope, _)| scope.as_str()).chain(declared.iter().copied()).collect();
    if all.len() > MOST {
        return;
    }
    let mut found = Vec::new();
    for (scope, (places, _)) in unlisted {
        let Some(span) = places.first().filter(|_| places.len() == 1) else { continue };
        let near = all.iter().copied().filter(|other| other != scope && is_a_letter_away(scope, other));
        // Of several near scopes, the one that is used most is probably meant.
        let unlisted = |other: &&str| by_use.get(*other).filter(|_| !declared.contains(other));
        let uses = |other: &&str| unlisted(other).map_or(usize::MAX, |(places, _)| places.len());
        if let Some(near) = near.max_by_key(uses) {
            found.push((*span, scope.as_str(), near, uses(&near)));
        }
    }
    found.sort_unstable();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for (span, scope, near, uses) in found.into_iter().rev() {
        // If both are used once, only the second is reported.
        if uses == 1 && told.contains(near) {
            continue;
        }
        told.insert(scope);
        context.report(
            Finding::new(
                Code::ScopeTypo,
                span,
                format!("the scope `{scope}` is required once, and `{near}` is a letter away"),
            )
            .label(format!("did you mean `{near}`?"))
            .help("scopes are compared byte for byte; correct it, or allow `scope-typo` if both are meant"),
        );
    }
}

/// Whether two scopes differ in no more than one letter, one separator or the case of letters.
///
/// Scopes that differ in a digit (`v1`, `v2`) or in a word of up to three letters (`r`, `rs`; `get`, `set`) are different on purpose,
/// and are not near.
pub(crate) fn is_a_letter_away(one: &str, other: &str) -> bool {
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    let (short, long) =
        if one.len() <= other.len() { (one.as_bytes(), other.as_bytes()) } else { (other.as_bytes(), one.as_bytes()) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let start = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let rest = short.len() - start;
    let end = short.iter().rev().zip(long.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let middle = |bytes: &[u8]| bytes.get(start..bytes.len() - end).map(<[u8]>::to_vec).unwrap_or_default();
    let (removed, added) = (middle(short), middle(long));
    let swapped = || removed.len() == 2 && added.iter().rev().eq(removed.iter());
    if removed.len() > 1 && !swapped() || added.len() > 1 && !swapped() {
        return false;
    }
    let is_separator = |byte: &u8| matches!(byte, b'.' | b':' | b'/' | b'_' | b'-');
    if removed.iter().chain(&added).all(is_separator) {
        return true;
    }
    if !removed.iter().chain(&added).all(u8::is_ascii_alphabetic) {
        return false;
    }
    let letters = |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let before = letters(&mut long.iter().take(start).rev());
    let after = letters(&mut long.iter().skip(start));
    before + after > 3
}

#[cfg(test)]
mod tests {
    use super::{is_a_letter_away, placeholder};

    #[test]
    fn only_what_is_plainly_a_template_is_a_placeholder() {
        for (scope, part) in [
            ("consent:{consentId}", "{consentId}"),
            ("AIS:<consentId>", "<consentId>"),
            ("org:${org_id}:read", "${org_id}"),
            ("tenant/{{tenant}}/read", "{{tenant}}"),
            ("repos/:owner/read", ":owner"),
            (":id", ":id"),
            ("account:%s", "%s"),
            ("user:#{id}", "#{id}"),
        ] {
            assert_eq!(placeholder(scope), Some(part), "{scope}");
        }
        for scope in [
            "https://www.googleapis.com/auth/drive.file",
            "https://graph.microsoft.com/.default",
            "https://api.example.org:8443/a",
            "urn:opc:resource:consumer::all",
            "read:users",
            "a::b",
            "#billing:read",
            "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
            "repo:status",
            "a<b",
            "<svg/onload=x>",
            "{}",
            "100%",
            "files%20read",
            "%d0%b0",
            "tasks.*",
            "!public",
            "[read]",
        ] {
            assert_eq!(placeholder(scope), None, "{scope}");
        }
    }

    #[test]
    fn a_letter_away_is_a_slip_and_no_other_word() {
        for (one, other) in [
            ("notes:read", "note:read"),
            ("notes:read", "notes:raed"),
            ("notes:read", "notes.read"),
            ("notes:read", "notesread"),
            ("notes:read", "Notes:Read"),
            ("dashboards_read", "dashboard_read"),
            ("users", "user"),
        ] {
            assert!(is_a_letter_away(one, other) && is_a_letter_away(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("a", "b"),
            ("v1:read", "v2:read"),
            ("x.r", "x.rs"),
            ("get", "set"),
            ("notes:read", "notes:write"),
            ("notes:read", "notes:re"),
            ("cat:read", "bat:read"),
            ("notes:*", "notes:x"),
            ("notes:s", "notes::"),
            ("", "a"),
        ] {
            assert!(!is_a_letter_away(one, other) && !is_a_letter_away(other, one), "{one} {other}");
        }
    }
}
