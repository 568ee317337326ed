//! The check order.

use policy_core::{Stage, check_order};

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::likely::{did_you_mean, likely};
use crate::requirement::{not_strings, string_list};
use crate::tree::Node;

const HELP: &str =
    "list `authentication` first, `query` last, and `enablement` and `scopes` between them in either order";

/// Reads `x-check-order`. A document without it takes the order of the settings, or else [`Stage::ALL`]. `None` after an error.
pub(crate) fn order(context: &mut Context<'_>, root: &Node) -> Option<[Stage; 4]> {
    let Some(list) = root.get("x-check-order") else {
        let chosen = context.settings.check_order.unwrap_or(Stage::ALL);
        return match check_order(&chosen) {
            Ok(order) => Some(order),
            Err(error) => {
                context.report(
                    Finding::error(
                        Code::InvalidCheckOrder,
                        root.span,
                        format!("in the settings' check order, {error}"),
                    )
                    .help(HELP),
                );
                None
            }
        };
    };
    let names = match string_list(list) {
        Ok(names) => names,
        Err(node) => {
            context.report(not_strings("x-check-order", list, node, "stages").help(HELP));
            return None;
        }
    };
    let mut stages = Vec::new();
    for (name, span) in &names {
        match Stage::from_name(name) {
            Some(stage) => stages.push(stage),
            None => {
                let near = likely(name, Stage::ALL.iter().map(|stage| stage.as_str()));
                context.report(
                    Finding::error(Code::InvalidCheckOrder, *span, format!("`{name}` is not a stage"))
                        .label(did_you_mean(near, "unknown"))
                        .help(HELP),
                );
            }
        }
    }
    if stages.len() < names.len() {
        return None;
    }
    match check_order(&stages) {
        Ok(order) => Some(order),
        Err(error) => {
            context.report(Finding::error(Code::InvalidCheckOrder, list.span, error.to_string()).help(HELP));
            None
        }
    }
}
