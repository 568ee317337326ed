//! `src/api/handlers.rs`: a function for each operation, to be filled.

use super::facts::Operation;
use super::set_up::SetUp;
use super::written::{WIDTH, comment, literal};

pub(super) fn text(set_up: &SetUp) -> String {
    let mut text = String::from(
        "//! One function for each operation: its permit comes first, then whatever axum extracts.\n\n\
         use axum::http::StatusCode;\nuse policy_axum::Permit;\nuse policy_core::operation;\n\nuse super::policy::operations;\n",
    );
    for operation in &set_up.facts.operations {
        text.push('\n');
        text.push_str(&stub(operation));
    }
    text
}

fn stub(operation: &Operation) -> String {
    let Operation { key, summary, name, function, scopes } = operation;
    let said = summary.as_deref().map_or_else(|| format!("`{key}`"), |summary| format!("`{key}`: {summary}"));
    let scopes: Vec<String> = scopes.iter().flatten().map(|scope| literal(scope)).collect();
    let attribute = attribute(name, &scopes);
    let parameter = format!("_permit: Permit<operations::{name}>");
    let mut head = format!("pub async fn {function}({parameter}) -> StatusCode {{\n");
    if head.len() > WIDTH + 1 {
        head = format!("pub async fn {function}(\n    {parameter},\n) -> StatusCode {{\n");
    }
    format!("{}{attribute}{head}    StatusCode::NOT_IMPLEMENTED\n}}\n", comment("///", &said))
}

/// The attribute, with the list of scopes where there is room. The list says again what the document says, and may be left out.
fn attribute(name: &str, scopes: &[String]) -> String {
    /// What rustfmt gives the arguments of an attribute.
    const WIDEST: usize = 70;
    let scopes = scopes.join(", ");
    let arguments = format!("operations::{name}, scopes({scopes})");
    if scopes.is_empty() || scopes.len() > WIDEST {
        format!("#[operation(operations::{name})]\n")
    } else if arguments.len() <= WIDEST {
        format!("#[operation({arguments})]\n")
    } else {
        format!("#[operation(\n    operations::{name},\n    scopes({scopes})\n)]\n")
    }
}
