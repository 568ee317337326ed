//! The router's tables as one constant, and the layout of lists of numbers.

use std::fmt::Write as _;

use policy_router::Router;
use policy_spec::PolicyModel;

use super::GenerateError;

/// `pub static ROUTER`. It answers the index that the operation has in the policy.
pub(super) fn router(served: &PolicyModel, path: &str) -> Result<String, GenerateError> {
    syn::parse_str::<syn::Path>(path).map_err(|_| GenerateError::RouterPath(path.to_owned()))?;
    let routes = served.operations.iter().map(|operation| (&operation.method, &operation.path));
    let built = Router::build(routes).map_err(|error| GenerateError::Router(error.to_string()))?;
    let tables = built.plain();
    let mut source = format!(
        "\nconst _: () = ::core::assert!(\n    {path}::FORMAT == {format},\n    \"this router was generated for another version of policy-router; use policy-build and policy-router of the same version\"\n);\n\
         /// From a request's method and raw path to the index of its operation.\n\
         #[allow(dead_code, clippy::unreadable_literal, reason = \"a table, which a crate may leave unused\")]\n\
         pub static ROUTER: {path}::Router<'static> = {path}::Router::from_tables({path}::Tables {{\n",
        format = policy_router::FORMAT,
    );
    // Writing to a string does not fail.
    let _ = field(&mut source, "slots", tables.slots.iter().map(|slot| format!("{slot:?}")));
    let _ = field(&mut source, "siblings", tables.siblings.iter().map(ToString::to_string));
    let _ = field(&mut source, "operations", tables.operations.iter().map(ToString::to_string));
    let _ = writeln!(source, "    text: {:?},", tables.text);
    let _ = field(&mut source, "method_keys", tables.method_keys.iter().map(ToString::to_string));
    let _ = field(&mut source, "methods", tables.methods.iter().map(|method| format!("{method:?}")));
    let _ = field(&mut source, "templates", tables.templates.iter().map(|template| format!("{template:?}")));
    source.push_str("});\n");
    Ok(source)
}

/// A field that is a list.
pub(super) fn field(source: &mut String, name: &str, items: impl Iterator<Item = String>) -> std::fmt::Result {
    write!(source, "    {name}: ")?;
    list(source, "    ", "&[", items, "],")
}

/// A list, broken into lines of some width, between the texts `begin` and `end`.
pub(super) fn list(
    source: &mut String,
    indent: &str,
    begin: &str,
    items: impl Iterator<Item = String>,
    end: &str,
) -> std::fmt::Result {
    const WIDTH: usize = 100;
    source.push_str(begin);
    let mut width = 0;
    for item in items {
        if width == 0 || width + item.len() > WIDTH {
            write!(source, "\n{indent}    ")?;
            width = 0;
        } else {
            source.push(' ');
        }
        width += item.len() + 2;
        write!(source, "{item},")?;
    }
    if width > 0 {
        write!(source, "\n{indent}")?;
    }
    writeln!(source, "{end}")
}
