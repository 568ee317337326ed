//! `[schemes.NAME] as-nobody`: which credentials count as nobody on operations that anybody may call, compared with the document.

use policy_core::Access;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::model::{OperationModel, Scheme};

/// Notes at each scheme what the configuration says of it. An entry that is wrong is reported, and changes nothing.
pub(crate) fn apply(context: &mut Context<'_>, schemes: &mut [Scheme], operations: &[OperationModel]) {
    let settings = context.settings;
    for entry in &settings.as_nobody {
        let span = context.stated(entry.origin.as_ref());
        let Some(scheme) = schemes.iter().position(|scheme| scheme.name == entry.scheme) else {
            let message = format!("the document has no security scheme `{}`", entry.scheme.escape_debug());
            let near = context.likely(&entry.scheme, schemes.iter().map(|known| known.name.as_str()));
            let finding = Finding::error(Code::InvalidAsNobody, span, message).label("not in the document");
            context.report(finding.near(near));
            continue;
        };
        if !operations.iter().any(|operation| is_optional_for(operation, &entry.scheme)) {
            let message = format!("no operation that anybody may call accepts `{}`", entry.scheme.escape_debug());
            let help = "remove it: a credential counts as nobody only where `{}` is an alternative beside its scheme";
            context.report(Finding::new(Code::UnusedAsNobody, span, message).label("has no effect").help(help));
        }
        if let Some(scheme) = schemes.get_mut(scheme) {
            scheme.as_nobody = entry.credentials;
        }
    }
}

/// Whether anybody may call the operation, and a credential of the scheme is looked at there.
fn is_optional_for(operation: &OperationModel, scheme: &str) -> bool {
    let names = |name: &String| name == scheme;
    operation.access() == Some(Access::Optional)
        && operation
            .alternatives()
            .iter()
            .any(|one| one.accepts_any_scheme() || one.schemes().iter().any(|(name, _)| names(name)))
}
