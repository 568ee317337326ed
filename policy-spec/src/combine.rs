//! What an operation requires. It has its own `security`, or inherits the document's. The scopes of its extensions are added to each
//! alternative of that.

use std::collections::HashSet;
use std::rc::Rc;

use policy_core::owned::{AlternativeFacts, RequirementFacts};

use crate::context::Context;
use crate::extension::{Bundle, Required, too_many};
use crate::finding::{Code, Finding, named};
use crate::requirement::{Requirements, extension_in_catalogue, in_catalogue, sorted};
use crate::schemes::{Declared, Schemes};
use crate::settings::Undeclared;
use crate::source::Span;

/// The requirement, and the place where each of its alternatives is written. `None` after an error that leaves it unknown.
///
/// What is empty means different things [OpenAPI 3.1, Operation Object]:
///
/// | written | meaning |
/// |---|---|
/// | `security: []`, at the operation or inherited | public |
/// | `security: [{ Key: [] }]` | every caller whom `Key` authenticates |
/// | no `security` anywhere | undeclared |
/// | no `security` anywhere, and an extension | every caller whom any scheme authenticates and who has the extension's scopes |
pub(crate) fn combine(
    context: &mut Context<'_>,
    operation: (&str, Span),
    security: Option<&Requirements>,
    required: Option<&Required>,
    schemes: &Schemes,
) -> Option<(RequirementFacts, Vec<Span>)> {
    let (key, span) = operation;
    let Some(security) = security else {
        return match required {
            Some(required) => {
                let alternatives = by_extension(context, key, required, schemes);
                let spans = vec![required.span; alternatives.len()];
                Some((RequirementFacts::AnyOf(alternatives), spans))
            }
            None => {
                let finding =
                    Finding::new(Code::UndeclaredOperation, span, format!("nothing says who may call `{key}`"));
                context.report(match context.settings.undeclared {
                    Undeclared::Error => finding
                        .label("no `security` here nor at the document's root")
                        .help("add `security` with a declared scheme; a public operation says `security: []`, or is named under `[[public]]` in `policy.toml`"),
                    Undeclared::Deny => Finding { level: crate::finding::Level::Warning, ..finding }
                        .label("every request to it is denied")
                        .help("add `security`; a public operation says `security: []`, or is named under `[[public]]` in `policy.toml`"),
                });
                Some((RequirementFacts::Undeclared, Vec::new()))
            }
        };
    };
    let base: Vec<&AlternativeFacts> = security.alternatives.iter().map(|(alternative, _)| alternative).collect();
    let anonymous = base.is_empty() || base.iter().any(|alternative| alternative.is_anonymous());
    if let Some(required) = required {
        // A bundle without such scopes is bound to the credentials of certain schemes. It demands nothing of an anonymous caller.
        if anonymous && required.bundles.iter().all(|bundle| !bundle.scopes.is_empty()) {
            context.report(
                Finding::error(
                    Code::PublicOperationWithScopes,
                    required.span,
                    format!("`{key}` demands scopes, but anonymous callers may use it"),
                )
                .label("an anonymous caller holds none of these")
                .also(security.span, "public by this")
                .help("remove the scopes, or require a scheme in every alternative of `security`"),
            );
        } else {
            let scopes: usize = required.bundles.iter().map(|bundle| 1 + bundle.all().count()).sum();
            if !context.grow(scopes.saturating_mul(base.len()), required.span) {
                return None;
            }
            check_extension(context, required, &base, schemes);
            check_agreement(context, key, required, security);
        }
    }
    let limit = context.settings.limits.alternatives;
    let (mut distinct, mut spans) = (Distinct::default(), Vec::new());
    for (alternative, written) in &security.alternatives {
        for whole in multiplied(alternative, required) {
            let size = whole.schemes().iter().map(|(_, scopes)| 2 + scopes.len()).sum::<usize>();
            let size = size + whole.extension().len();
            // Each alternative takes some memory, even an empty one.
            let size = 10 + size;
            if !context.grow(size, span) {
                return None;
            }
            if distinct.add(whole) {
                spans.push(*written);
            }
            if distinct.list.len() > limit {
                context.report(too_many(required.map_or(security.span, |required| required.span), limit));
                return None;
            }
        }
    }
    let alternatives = distinct.list;
    // What several operations inherit is reported once.
    if required.is_some() || context.told.insert(security.span) {
        check_scopes_everywhere(context, security.span, &alternatives);
    }
    let is_public = alternatives.is_empty();
    Some((if is_public { RequirementFacts::Public } else { RequirementFacts::AnyOf(alternatives) }, spans))
}

/// Alternatives without exact duplicates. One that another implies is kept, so that reviewers see it.
#[derive(Default)]
struct Distinct {
    list: Vec<AlternativeFacts>,
    known: HashSet<AlternativeFacts>,
}

impl Distinct {
    /// Adds an alternative. False if the same one was there.
    fn add(&mut self, alternative: AlternativeFacts) -> bool {
        let new = self.known.insert(alternative.in_any_order());
        if new {
            self.list.push(alternative);
        }
        new
    }
}

/// Whether whoever satisfies `one` also satisfies `other`.
fn implies(one: &AlternativeFacts, other: &AlternativeFacts) -> bool {
    let holds = |scheme: &str, scopes: &[String]| {
        one.schemes()
            .iter()
            .any(|(name, held)| name == scheme && scopes.iter().all(|scope| held.binary_search(scope).is_ok()))
    };
    one.is_anonymous() == other.is_anonymous()
        && other.schemes().iter().all(|(scheme, scopes)| holds(scheme, scopes))
        && other.extension().iter().all(|scope| one.extension().binary_search(scope).is_ok())
        // With more schemes, `one` may have an extension's scope from a scheme that `other` does not name.
        && (other.extension().is_empty() || one.schemes().len() == other.schemes().len())
}

/// The alternatives of an operation that only an extension speaks about.
fn by_extension(context: &mut Context<'_>, key: &str, required: &Required, schemes: &Schemes) -> Vec<AlternativeFacts> {
    if schemes.is_empty() {
        context.report(
            Finding::error(Code::NoSecurityScheme, required.span, format!("nobody can be authenticated for `{key}`"))
                .label("scopes are demanded here")
                .help(format!("declare the credential under `{}`", context.version.schemes())),
        );
    }
    let all = schemes.all();
    let mut distinct = Distinct::default();
    if !context.grow(all.len(), required.span) {
        return Vec::new();
    }
    for bundle in &required.bundles {
        let mut bound = Vec::new();
        // Any scheme of the document may have granted them.
        for (scope, span) in &bundle.scopes {
            extension_in_catalogue(context, scope, *span, &all);
        }
        for (scheme, scopes) in &bundle.bound {
            let span = scopes.first().map_or(required.span, |(_, span)| *span);
            match schemes.find(scheme) {
                None => context.report(schemes.unresolved(context, scheme, span)),
                Some(declared) => {
                    for (scope, span) in scopes {
                        in_catalogue(context, scope, *span, &declared);
                    }
                }
            }
            bind(&mut bound, scheme, scopes);
        }
        distinct.add(AlternativeFacts::Credentials { schemes: bound, extension: names(&bundle.scopes) });
    }
    distinct.list
}

/// An alternative of `security`, with each of the bundles that concern it.
fn multiplied(alternative: &AlternativeFacts, required: Option<&Required>) -> Vec<AlternativeFacts> {
    let Some(required) = required.filter(|_| !alternative.is_anonymous()) else { return vec![alternative.clone()] };
    let concerned = |bundle: &&Bundle| {
        bundle.bound.is_empty()
            || !bundle.scopes.is_empty()
            || bundle.bound.iter().any(|(scheme, _)| has(alternative, scheme))
    };
    let multiplied: Vec<_> = required
        .bundles
        .iter()
        .filter(concerned)
        .map(|bundle| {
            let mut schemes = alternative.schemes().to_vec();
            for (scheme, scopes) in bundle.bound.iter().filter(|(scheme, _)| has(alternative, scheme)) {
                bind(&mut schemes, scheme, scopes);
            }
            AlternativeFacts::Credentials { schemes, extension: names(&bundle.scopes) }
        })
        .collect();
    // No bundle is about the schemes of this alternative.
    if multiplied.is_empty() { vec![alternative.clone()] } else { multiplied }
}

fn has(alternative: &AlternativeFacts, scheme: &str) -> bool {
    alternative.schemes().iter().any(|(name, _)| name == scheme)
}

fn names(scopes: &[(String, Span)]) -> Vec<String> {
    sorted(scopes.iter().map(|(scope, _)| scope.clone()).collect())
}

fn bind(schemes: &mut Vec<(String, Vec<String>)>, scheme: &str, scopes: &[(String, Span)]) {
    match schemes.iter_mut().find(|(name, _)| name == scheme) {
        Some((_, held)) => *held = sorted(std::mem::take(held).into_iter().chain(names(scopes)).collect()),
        None => schemes.push((scheme.to_owned(), names(scopes))),
    }
}

/// Reports extension scopes that no scheme of their alternative declares. Any of these schemes may grant such a scope, so one that
/// declares it is enough.
fn check_extension(
    context: &mut Context<'_>,
    required: &Required,
    alternatives: &[&AlternativeFacts],
    schemes: &Schemes,
) {
    for (scope, span) in required.bundles.iter().flat_map(|bundle| &bundle.scopes) {
        for alternative in alternatives {
            let declared: Vec<Rc<Declared>> =
                alternative.schemes().iter().filter_map(|(name, _)| schemes.find(name)).collect();
            if declared.len() == alternative.schemes().len() && extension_in_catalogue(context, scope, *span, &declared)
            {
                break;
            }
        }
    }
    for (scheme, scopes) in required.bundles.iter().flat_map(|bundle| &bundle.bound) {
        let span = scopes.first().map_or(required.span, |(_, span)| *span);
        let Some(declared) = schemes.find(scheme) else {
            context.report(schemes.unresolved(context, scheme, span));
            continue;
        };
        for (scope, span) in scopes {
            in_catalogue(context, scope, *span, &declared);
        }
        if !scopes.is_empty() && !alternatives.iter().any(|alternative| has(alternative, scheme)) {
            context.report(
                Finding::error(
                    Code::ExtensionDisagreesWithSecurity,
                    span,
                    format!("scopes are demanded of `{scheme}`, which no alternative of `security` requires"),
                )
                .settled()
                .label("nobody is asked for these")
                .help(format!("require `{scheme}` in `security`, or name another scheme here")),
            );
        }
    }
}

/// Reports an operation whose `security` and whose extension list different scopes.
fn check_agreement(context: &mut Context<'_>, key: &str, required: &Required, security: &Requirements) {
    for (alternative, span) in &security.alternatives {
        // All scopes of the alternative, whichever scheme must grant them.
        let together = sorted(alternative.schemes().iter().flat_map(|(_, scopes)| scopes).cloned().collect());
        for (scheme, scopes) in alternative.schemes().iter().filter(|(_, scopes)| !scopes.is_empty()) {
            let mut concerned = false;
            let agrees = required.bundles.iter().any(|bundle| {
                let bound = bundle.bound.iter().filter(|(name, _)| name == scheme).flat_map(|(_, scopes)| scopes);
                let said: Vec<(String, Span)> = bundle.scopes.iter().chain(bound).cloned().collect();
                concerned |= bundle.bound.is_empty() || bundle.bound.iter().any(|(name, _)| name == scheme);
                let said = names(&said);
                said == *scopes || said == together
            });
            if concerned && !agrees {
                context.report(
                    Finding::new(
                        Code::ExtensionDisagreesWithSecurity,
                        required.span,
                        format!("`{key}` demands other scopes here than in `security`"),
                    )
                    .label("both are required together")
                    .also(*span, format!("`{}` of `{scheme}`", scopes.join("`, `")))
                    .help("say the same in both, or in one of them only"),
                );
                return;
            }
        }
    }
}

/// Reports alternatives that do not do what they seem to do. One without scopes lets callers avoid those with scopes. One that
/// demands all that another demands, and more, is never needed.
fn check_scopes_everywhere(context: &mut Context<'_>, span: Span, alternatives: &[AlternativeFacts]) {
    let unscoped = |alternative: &&AlternativeFacts| alternative.scopes().next().is_none();
    let title = |alternative: &AlternativeFacts| {
        let schemes: Vec<&str> = alternative.schemes().iter().map(|(scheme, _)| scheme.as_str()).collect();
        schemes.join("` and `")
    };
    let open = alternatives.iter().filter(|alternative| !alternative.is_anonymous()).find(unscoped);
    if let (Some(open), Some(scoped)) = (open, alternatives.iter().find(|alternative| !unscoped(alternative))) {
        context.report(
            Finding::new(
                Code::UnscopedAlternativeBesideScoped,
                span,
                format!("a credential of `{}` needs no scope here, one of `{}` does", title(open), title(scoped)),
            )
            .label("the alternatives are not equally strict")
            .help("demand scopes in every alternative, or be sure that the first is as limited by other means"),
        );
    }
    /// So many are compared, each with each. Nobody reads more of them one by one.
    const COMPARED: usize = 64;
    let few = alternatives.iter().enumerate().filter(|_| alternatives.len() <= COMPARED);
    let redundant: Vec<String> = few
        .filter(|(at, stricter)| {
            let mut others = alternatives.iter().enumerate().filter(|(other_at, _)| at != other_at);
            !stricter.is_anonymous() && others.any(|(_, other)| implies(stricter, other))
        })
        .map(|(at, stricter)| format!("`{}` number {}", title(stricter), at + 1))
        .collect();
    let (alternatives, open, it, satisfies) = match redundant.as_slice() {
        [] => return,
        [_] => ("the alternative", "opens", "it", "satisfies it"),
        _ => ("the alternatives", "open", "them", "satisfies one of them"),
    };
    context.report(
        Finding::new(
            Code::RedundantAlternative,
            span,
            format!(
                "{alternatives} of {} {open} nothing that another one does not",
                named(&redundant, redundant.len())
            ),
        )
        .label(format!("whoever {satisfies} satisfies another one"))
        .help(format!("remove {it}, or demand less in {it}")),
    );
}
