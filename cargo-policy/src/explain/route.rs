//! What the method and the path lead to.

use policy_core::unmatched::{Unmatched, deciding_method};
use policy_router::{Parameters, PathFault, Router};
use policy_spec::{Finding, OperationModel, RequirementFacts, Routed};

use super::Context;
use super::answer::Answer;
use super::caller::{Caller, StatedCaller};
use super::decided::{self, Decided};
use super::excerpt::Excerpt;
use super::explanation::{Explanation, Operation, Parameter, Route, SCHEMA_VERSION, Verdict};
use super::nearby;
use super::request::Request;
use crate::failure::Failure;
use crate::finding_json::{self, FindingJson};
use crate::project::Read;

/// Finds the operation of the request, and explains how the request is decided.
///
/// The findings are left to [`findings`].
pub(crate) fn explain<'l>(
    context: &Context<'_>,
    request: Request,
    stated: &StatedCaller,
) -> Result<Explanation<'l>, Failure> {
    let mut remarks = Vec::new();
    let routed = context.engine.route(&request.method, &request.path);
    let found = match routed {
        Routed::Operation { said, .. } => Some(said),
        Routed::MethodNotAllowed(_) | Routed::NotFound => None,
    };
    let hidden = hidden(context, &request, found);
    let (route, caller, decided) = match routed {
        Routed::Operation { operation, said, parameters } => {
            if let Some(hidden) = hidden {
                let (key, place) = (hidden.key(), &hidden.location);
                let why = match hidden.requirement {
                    RequirementFacts::Undeclared => "nothing says who may call it",
                    _ => "the document's errors leave open what it is",
                };
                remarks.push(format!("`{key}` ({place}) would come first, but it is not served: {why}"));
            }
            let caller = stated.of(Some(said))?;
            let decided = decided::decide(context, operation, said, &request, &caller)?;
            (found_operation(context, said, &parameters), caller, decided)
        }
        Routed::MethodNotAllowed(allowed) => {
            let allowed: Vec<String> = allowed.map(str::to_owned).collect();
            match head_of_get(context, &request, stated, &allowed)? {
                Some(explained) => {
                    remarks.push(HEAD.to_owned());
                    explained
                }
                None => {
                    let caller = stated.of(None)?;
                    let answer = Answer::unmatched(context.engine, &caller, &request.path, &allowed);
                    match hidden {
                        Some(hidden) => (kept_out(context, hidden), caller, denied(answer)),
                        None => {
                            let near = nearby::methods(context, &request, &allowed);
                            (Route::MethodNotAllowed { allowed, near }, caller, denied(answer))
                        }
                    }
                }
            }
        }
        Routed::NotFound => {
            let caller = stated.of(None)?;
            let answer = Answer::unmatched(context.engine, &caller, &request.path, &[]);
            let route = match hidden {
                Some(hidden) => kept_out(context, hidden),
                None => Route::NotFound {
                    fault: PathFault::of(&request.path).map(|fault| fault.to_string()),
                    near: nearby::paths(context, &request),
                },
            };
            (route, caller, denied(answer))
        }
    };
    remarks.extend(unmatched_remarks(context, &route, decided.answer.as_ref()));
    let loaded = &context.read.loaded;
    Ok(Explanation {
        schema_version: SCHEMA_VERSION,
        document: context.read.path.display().to_string(),
        fingerprint: loaded.readable().map(|model| model.fingerprint()).unwrap_or_default(),
        complete: loaded.is_complete(),
        accepted: loaded.model.is_some(),
        request,
        caller,
        route,
        verdict: decided.verdict,
        stages: decided.stages,
        alternatives: decided.alternatives,
        answer: decided.answer,
        remarks,
        findings: Vec::new(),
    })
}

/// Remarks on a request that reaches no operation.
fn unmatched_remarks(context: &Context<'_>, route: &Route, answer: Option<&Answer>) -> Vec<String> {
    let mut remarks = Vec::new();
    let known = match route {
        Route::Operation { .. } => return remarks,
        Route::MethodNotAllowed { .. } => Unmatched::MethodNotAllowed,
        Route::NotFound { .. } | Route::Undeclared(_) | Route::LeftOut(_) => Unmatched::NotFound,
    };
    if answer.is_some_and(|answer| answer.status == 401) {
        remarks.push(format!("only a caller who is known learns more: {} {}", known.status(), known.code()));
    }
    if let Route::NotFound { near, .. } = route
        && near.is_empty()
    {
        let base = &context.engine.served().base_path;
        let below = if base.is_empty() { String::new() } else { format!("; they are served below `{base}`") };
        remarks.push(format!("`cargo policy audit` lists the document's operations{below}"));
    }
    if !context.is_whole || !context.read.loaded.is_complete() {
        remarks.push("the document has errors, and operations that they touch are not served".to_owned());
    }
    remarks
}

/// What is said of HEAD on a template that declares only GET.
const HEAD: &str = "the document declares GET and not HEAD: GET's policy decides, and then HEAD is answered 405 unless the \
                    application lets the handler of GET answer it";

/// A request for HEAD where only GET is declared. GET's policy decides first.
fn head_of_get(
    context: &Context<'_>,
    request: &Request,
    stated: &StatedCaller,
    allowed: &[String],
) -> Result<Option<(Route, Caller, Decided)>, Failure> {
    let Some(method) = deciding_method(&request.method) else { return Ok(None) };
    let Routed::Operation { operation, said, parameters } = context.engine.route(method, &request.path) else {
        return Ok(None);
    };
    let caller = stated.of(Some(said))?;
    let mut decided = decided::decide(context, operation, said, request, &caller)?;
    if decided.verdict == Verdict::Allowed {
        decided.verdict = Verdict::Denied;
        decided.answer = Some(Answer::unmatched_to_known(Unmatched::MethodNotAllowed, allowed));
    }
    Ok(Some((found_operation(context, said, &parameters), caller, decided)))
}

fn denied(answer: Answer) -> Decided {
    Decided { verdict: Verdict::Denied, stages: Vec::new(), alternatives: Vec::new(), answer: Some(answer) }
}

/// An operation of the document that would get the request but is not served, because it is undeclared or has errors. If the request
/// reaches another operation, this one must come before that in the router's order.
fn hidden<'c>(context: &Context<'c>, request: &Request, found: Option<&OperationModel>) -> Option<&'c OperationModel> {
    context.model.operations.iter().find(|operation| {
        let could_be = operation.method == request.method
            && (operation.requirement == RequirementFacts::Undeclared || !context.is_whole);
        could_be && !is_served(context, operation) && comes_first(operation, found, request)
    })
}

/// Whether the operation is served: its own template, taken as a path, leads to it.
fn is_served(context: &Context<'_>, operation: &OperationModel) -> bool {
    match context.engine.route(&operation.method, &operation.path) {
        Routed::Operation { said, .. } => said.path == operation.path,
        _ => false,
    }
}

/// Whether the router would find the operation for the request if it were served beside the one that is found.
fn comes_first(operation: &OperationModel, found: Option<&OperationModel>, request: &Request) -> bool {
    let both = std::iter::once(operation).chain(found).map(|one| (&one.method, &one.path));
    let router = Router::build(both).or_else(|_| Router::build([(&operation.method, &operation.path)]));
    router.is_ok_and(|router| router.find(&request.method, &request.path).operation() == Some(0))
}

fn found_operation(context: &Context<'_>, said: &OperationModel, parameters: &Parameters<'_, '_>) -> Route {
    let parameters =
        parameters.iter().map(|(name, value)| Parameter { name: name.to_owned(), value: value.to_owned() });
    Route::Operation { operation: described(context, said), parameters: parameters.collect() }
}

fn kept_out(context: &Context<'_>, operation: &OperationModel) -> Route {
    let described = described(context, operation);
    if operation.requirement == RequirementFacts::Undeclared {
        Route::Undeclared(described)
    } else {
        Route::LeftOut(described)
    }
}

fn described(context: &Context<'_>, operation: &OperationModel) -> Operation {
    let loaded = &context.read.loaded;
    let place = operation.spans.first().map(|span| Excerpt::of(&loaded.sources, *span, &[], ""));
    let place = place.unwrap_or_else(|| Excerpt {
        file: operation.location.file.clone(),
        line: operation.location.line,
        column: operation.location.column,
        label: String::new(),
        lines: Vec::new(),
    });
    Operation {
        method: operation.method.clone(),
        path: operation.path.clone(),
        template: operation.template.clone(),
        operation_id: operation.operation_id.clone(),
        summary: operation.summary.clone(),
        access: operation.requirement.access_word(),
        place,
    }
}

/// The findings about the operation, without notes. Without an operation, the document's errors.
pub(crate) fn findings(read: &Read, operation: Option<String>) -> Vec<FindingJson<'_>> {
    let loaded = &read.loaded;
    let mut findings = finding_json::findings(loaded);
    let errors: Vec<bool> = loaded.findings.iter().map(Finding::is_error).collect();
    let mut errors = errors.into_iter();
    findings.retain(|finding| {
        let is_error = errors.next().unwrap_or_default();
        match &operation {
            Some(key) => finding.level != "note" && finding.operations.contains(key),
            None => is_error,
        }
    });
    findings
}
