//! Names that people give: by `x-rust-name` in the document, or below `[names]` in `policy.toml`. Where both name one thing, `policy.toml`
//! counts.

use std::collections::HashMap;

use super::{Kind, fault, type_of_route};
use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::likely::did_you_mean;
use crate::model::{OperationModel, PolicyModel};
use crate::operations::Declared;
use crate::served;
use crate::settings::{GivenName, Naming};
use crate::tree::Node;

/// The extension of an operation or a security scheme that names its type or constant.
pub(crate) const EXTENSION: &str = "x-rust-name";

/// Reads `x-rust-name`. Nothing after an error, which is reported.
pub(crate) fn rust_name(context: &mut Context<'_>, node: &Node, kind: Kind) -> Option<String> {
    let entry = node.entry(EXTENSION)?;
    let Some(name) = entry.value.string() else {
        context.report(
            Finding::error(
                Code::UnreadableExtension,
                entry.value.span,
                format!("`{EXTENSION}` is {}", entry.value.what()),
            )
            .label("expected a name as a string"),
        );
        return None;
    };
    match fault(name, kind) {
        None => Some(name.to_owned()),
        Some((message, help)) => {
            context.report(Finding::error(Code::UnreadableExtension, entry.value.span, message).help(help));
            None
        }
    }
}

/// Gives the model the names of `policy.toml`. Reports each that names nothing in the document.
pub(crate) fn apply(context: &mut Context<'_>, model: &mut PolicyModel, declared: &[Declared]) {
    let settings = context.settings;
    if settings.names.operations == Naming::Route {
        for operation in &mut model.operations {
            if operation.rust_name.is_none() {
                operation.rust_name = Some(type_of_route(operation));
            }
        }
    }
    if settings.names.given.is_empty() {
        return;
    }
    let served: HashMap<String, usize> =
        served::indexed(model).map(|(index, operation)| (operation.key(), index)).collect();
    for given in &settings.names.given {
        let slot = match given.kind {
            Kind::Operation => {
                let operation = served.get(&given.key).and_then(|at| model.operations.get_mut(*at));
                operation.map(|operation| &mut operation.rust_name)
            }
            Kind::Scope => {
                let index = model.scopes.binary_search_by(|scope| scope.name.cmp(&given.key)).ok();
                index.and_then(|at| model.scopes.get_mut(at)).map(|scope| &mut scope.rust_name)
            }
            Kind::Scheme => {
                let mut schemes = model.schemes.iter_mut();
                schemes.find(|scheme| scheme.name == given.key).map(|scheme| &mut scheme.rust_name)
            }
        };
        match slot {
            Some(slot) => *slot = Some(given.name.clone()),
            None => unknown(context, given, model, declared),
        }
    }
}

/// Reports a name for something that the document does not have. Nothing is reported if an error kept it out of the model.
fn unknown(context: &mut Context<'_>, given: &GivenName, model: &PolicyModel, declared: &[Declared]) {
    let keys: Vec<String> = match given.kind {
        Kind::Operation => declared.iter().map(|(method, template, _)| format!("{method} {template}")).collect(),
        Kind::Scope => model.scopes.iter().map(|scope| scope.name.clone()).collect(),
        Kind::Scheme => model.schemes.iter().map(|scheme| scheme.name.clone()).collect(),
    };
    if context.left_out {
        return;
    }
    let (what, key) = (given.kind.as_str(), given.key.escape_debug());
    let (message, help) = if keys.contains(&given.key) {
        let help = "it is denied because its security is not declared, or it is one route with an operation before it, which can be named";
        (format!("the {what} `{key}` is not served by itself, and so `{}` names nothing", given.name), help.to_owned())
    } else {
        let likely = |operation: &&OperationModel| {
            let served = operation.served_key();
            served == given.key || operation.key().eq_ignore_ascii_case(&given.key)
        };
        let near = model.operations.iter().find(likely).filter(|_| given.kind == Kind::Operation);
        let near = near.map(OperationModel::key);
        let near = near.or_else(|| context.likely(&given.key, keys.iter().map(String::as_str)).map(str::to_owned));
        let otherwise = match given.kind {
            Kind::Operation => {
                "an operation is written as `METHOD /template`, with its path as it stands under `paths`"
            }
            _ => "correct it, or remove the name",
        };
        let message = format!("`{key}` is no {what} of the document, and so `{}` names nothing", given.name);
        (message, did_you_mean(near.as_deref(), otherwise))
    };
    let span = context.stated(given.origin.as_ref());
    context.report(Finding::error(Code::InvalidConfiguration, span, message).help(help));
}
