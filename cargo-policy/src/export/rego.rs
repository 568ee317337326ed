//! Policies for engines of Rego: one rule for each alternative of each operation.

use std::fmt::Write as _;

use policy_spec::OperationModel;

use super::Target;
use super::operation::{LetsIn, Met, lets_in, name};

/// How a policy is asked.
const ASKED: &[&str] = &[
    "`data.scopes.allow` is true where the request is allowed. The input is the operation, and what each satisfied security scheme",
    "granted: { \"operation\": \"GET /v1/files/{id}\", \"granted\": { \"OAuth2\": [\"files:read\"] } }. Nobody has { \"granted\": {} }.",
];

/// Two functions that every rule calls. A scheme whose grant is no array is not satisfied.
const FUNCTIONS: &str = "
package scopes

import rego.v1

default allow := false

# The scheme is satisfied, and granted all of these scopes.
grants(scheme, scopes) if {
\tis_array(input.granted[scheme])
\tevery scope in scopes { scope in input.granted[scheme] }
}

# One of the schemes is satisfied.
grants_any(schemes) if {
\tsome scheme in schemes
\tgrants(scheme, [])
}

# Each of these scopes was granted by one of the schemes.
grants_between(schemes, scopes) if {
\tevery scope in scopes { granted_by_one(schemes, scope) }
}

granted_by_one(schemes, scope) if {
\tsome scheme in schemes
\tgrants(scheme, [scope])
}
";

/// Rego.
pub(super) const TARGET: Target = Target { language: "rego", mark: "#", asked: ASKED, preamble: FUNCTIONS, policy };

fn policy(operation: &OperationModel, schemes: &[&str], text: &mut String) {
    let is_asked = format!("input.operation == {}", quoted(&name(operation)));
    match lets_in(operation, schemes) {
        // The default denies.
        LetsIn::Nobody => text.push_str("# Nobody may call it.\n"),
        LetsIn::Anybody(why) => text.push_str(&format!("# {why}\nallow if {is_asked}\n")),
        LetsIn::AnyOf(alternatives) => {
            let rules: Vec<String> = alternatives.iter().map(|met| rule(&is_asked, met)).collect();
            text.push_str(&rules.join("\n"));
        }
    }
}

fn rule(is_asked: &str, met: &Met<'_>) -> String {
    let mut rule = format!("allow if {{\n\t{is_asked}\n");
    for (scheme, scopes) in &met.schemes {
        rule.push_str(&format!("\tgrants({}, {})\n", quoted(scheme), list(scopes)));
    }
    if met.schemes.is_empty() {
        rule.push_str(&format!("\tgrants_any({})\n", list(&met.any)));
    }
    if !met.extension.is_empty() {
        rule.push_str(&format!("\tgrants_between({}, {})\n", list(&met.any), list(&met.extension)));
    }
    rule.push_str("}\n");
    rule
}

fn list(texts: &[&str]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// A string literal, as in JSON. Anybody may have written the text: what could end the literal, or would not be seen, is escaped.
fn quoted(text: &str) -> String {
    let mut literal = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            ' '..='~' => literal.push(character),
            other if other.is_alphanumeric() => literal.push(other),
            other => {
                let mut units = [0_u16; 2];
                for unit in other.encode_utf16(&mut units) {
                    // Writing to a string does not fail.
                    let _ = write!(literal, "\\u{unit:04x}");
                }
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
        for text in ["GET /é/{id}", "\" } allow if { true", "a\\", "a\n\r\u{0}\u{202e}\u{2028}\u{e0001}`#"] {
            let literal = quoted(text);
            assert!(!literal.contains(|c: char| c.is_control()) && literal.lines().count() == 1, "{literal}");
            let json: Result<String, _> = serde_json::from_str(&literal);
            assert_eq!(json.ok().as_deref(), Some(text));
        }
    }
}
