//! Checks that need only the list. Whether it is exhaustive depends on types, so the expansion checks that.

use proc_macro2::Span;
use syn::Error;

use crate::handlers::parse::List;
use crate::problems::Problems;

pub(crate) fn validate(list: List) -> syn::Result<List> {
    let mut problems = Problems::default();
    if list.entries.is_empty() {
        problems.push(Error::new(
            Span::call_site(),
            "the list names no handler, so no document can be told from it\n\
             help: name every handler, or write `pending!(Operation, \"reason\")` for those that do not exist yet",
        ));
    }
    for entry in &list.entries {
        if let Some(unserved) = entry.unserved()
            && unserved.reason.value().trim().is_empty()
        {
            problems.push(Error::new(
                unserved.reason.span(),
                "the reason is empty\nhelp: say why no handler of the list serves the operation; the audit shows it to reviewers",
            ));
        }
    }
    problems.or_ok(list)
}
