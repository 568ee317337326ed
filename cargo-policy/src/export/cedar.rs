//! Policies for Cedar: one for each operation. An operation that nobody may call has none, and Cedar denies it.

use std::fmt::Write as _;

use policy_spec::OperationModel;

use super::Target;
use super::operation::{LetsIn, Met, lets_in, name};

/// How a policy is asked.
const ASKED: &[&str] = &[
    "The action is the operation, `Action::\"GET /v1/files/{id}\"`. The context says what each satisfied security scheme granted:",
    "{ granted: { \"OAuth2\": [\"files:read\"] } }. Nobody is { granted: {} }. Principal and resource are not looked at.",
];

/// Cedar.
pub(super) const TARGET: Target = Target { language: "cedar", mark: "//", asked: ASKED, preamble: "", policy };

fn policy(operation: &OperationModel, schemes: &[&str], text: &mut String) {
    let name = quoted(&name(operation));
    let head = format!("@id({name})\npermit(principal, action == Action::{name}, resource)");
    match lets_in(operation, schemes) {
        // Cedar denies what no policy permits.
        LetsIn::Nobody => text.push_str("// Nobody may call it.\n"),
        LetsIn::Anybody(why) => text.push_str(&format!("// {why}\n{head};\n")),
        LetsIn::AnyOf(alternatives) => {
            let alternatives: Vec<String> = alternatives.iter().map(condition).collect();
            text.push_str(&format!("{head}\nwhen {{\n    {}\n}};\n", alternatives.join(" ||\n    ")));
        }
    }
}

/// An alternative in parentheses, so that no operator beside it takes a part of it.
fn condition(met: &Met<'_>) -> String {
    let mut parts = Vec::new();
    for (scheme, scopes) in &met.schemes {
        parts.push(format!("context.granted has {}", quoted(scheme)));
        if !scopes.is_empty() {
            let scopes: Vec<String> = scopes.iter().map(|scope| quoted(scope)).collect();
            parts.push(format!("context.granted[{}].containsAll([{}])", quoted(scheme), scopes.join(", ")));
        }
    }
    if met.schemes.is_empty() {
        parts.push(one_of(met.any.iter().map(|scheme| format!("context.granted has {}", quoted(scheme)))));
    }
    for scope in &met.extension {
        let by = |scheme: &&str| {
            let (scheme, scope) = (quoted(scheme), quoted(scope));
            let granted = format!("context.granted[{scheme}].contains({scope})");
            // The schemes of the alternative are known to be there. To ask for an attribute that is absent is an error in Cedar.
            if met.schemes.is_empty() { format!("(context.granted has {scheme} && {granted})") } else { granted }
        };
        parts.push(one_of(met.any.iter().map(by)));
    }
    format!("({})", parts.join(" && "))
}

/// Invariant *closed*: one of none is nobody.
fn one_of(conditions: impl Iterator<Item = String>) -> String {
    let conditions: Vec<String> = conditions.collect();
    match conditions.as_slice() {
        [] => "false".to_owned(),
        [one] => one.clone(),
        several => format!("({})", several.join(" || ")),
    }
}

/// A string literal. Anybody may have written the text: what could end the literal, or would not be seen, is escaped.
fn quoted(text: &str) -> String {
    let mut literal = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            ' '..='~' => literal.push(character),
            other if other.is_alphanumeric() => literal.push(other),
            other => {
                // Writing to a string does not fail.
                let _ = write!(literal, "\\u{{{:x}}}", u32::from(other));
            }
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_text_ends_a_literal() {
        for (text, literal) in [
            ("GET /é/{id}", r#""GET /é/{id}""#),
            ("\") || true || (\"", r#""\") || true || (\"""#),
            ("a\\", r#""a\\""#),
            ("a\n\r\u{0}\u{202e}\u{2028}", r#""a\u{a}\u{d}\u{0}\u{202e}\u{2028}""#),
        ] {
            assert_eq!(quoted(text), literal);
        }
    }
}
