//! Checks that need only the list. Whether it is exhaustive depends on types, so the expansion checks that.

use proc_macro2::Span;
use syn::Error;

use crate::errors::Errors;
use crate::handlers::parse::List;

pub(crate) fn validate(list: List) -> syn::Result<List> {
    let mut errors = Errors::default();
    if list.entries.is_empty() {
        errors.push(Error::new(
            Span::call_site(),
            "the list names no handler, so no document can be told from it\n\
             help: name every handler, or write `pending!(Operation, \"reason\")` for those that do not exist yet",
        ));
    }
    for entry in &list.entries {
        if let Some(unserved) = entry.unserved()
            && unserved.reason.value().trim().is_empty()
        {
            errors.push(Error::new(
                unserved.reason.span(),
                "the reason is empty\nhelp: say why no handler of the list serves the operation; the audit shows it to reviewers",
            ));
        }
    }
    errors.or_ok(list)
}
