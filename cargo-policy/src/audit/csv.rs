//! The audit as CSV [RFC 4180]: one row for each alternative of each operation, one for an operation without any.

use std::collections::BTreeSet;

use policy_spec::{AlternativeFacts, OperationModel, RemovedOperation};

use super::view::{View, before};
use crate::escape::visible;

/// One row for each alternative; what `policy.toml` says beside the document has rows of its own.
const COLUMNS: usize = 15;

const HEADER: [&str; COLUMNS] = [
    "method",
    "path",
    "template",
    "operation_id",
    "access",
    "alternative",
    "anonymous",
    "schemes",
    "extension",
    "scopes",
    "query",
    "findings",
    "public_reason",
    "before_overlays",
    "configured",
];

/// The table, with a header.
pub(super) fn render(view: &View<'_>) -> String {
    let mut out = String::new();
    row(&mut out, &HEADER.map(str::to_owned));
    for (operation, about) in view.operations() {
        let findings: Vec<String> =
            view.findings(about).map(|finding| format!("{}[{}]", finding.level.as_str(), finding.code)).collect();
        let findings = findings.join(" ");
        if operation.alternatives().is_empty() {
            row(&mut out, &cells(operation, None, &findings));
        }
        for alternative in operation.alternatives().iter().enumerate() {
            row(&mut out, &cells(operation, Some(alternative), &findings));
        }
    }
    for removed in &view.model.removed {
        row(&mut out, &removed_cells(removed));
    }
    for mapping in &view.model.scope_map {
        row(&mut out, &configured_cells("scope-map", &mapping.scheme, &mapping.to.join(" "), mapping.to_string()));
    }
    for scheme in view.as_nobody() {
        row(&mut out, &configured_cells("as-nobody", &scheme.name, "", scheme.as_nobody.to_string()));
    }
    out
}

fn cells(
    operation: &OperationModel,
    alternative: Option<(usize, &AlternativeFacts)>,
    findings: &str,
) -> [String; COLUMNS] {
    let of = |show: &dyn Fn(&AlternativeFacts) -> String| alternative.map(|(_, found)| show(found)).unwrap_or_default();
    [
        operation.method.clone(),
        operation.path.clone(),
        operation.template.clone(),
        operation.operation_id.clone().unwrap_or_default(),
        operation.requirement.access_word().to_owned(),
        alternative.map(|(at, _)| (at + 1).to_string()).unwrap_or_default(),
        of(&|found| found.is_anonymous().to_string()),
        of(&schemes),
        of(&|found| found.extension().join(" ")),
        of(&scopes),
        query(operation),
        findings.to_owned(),
        operation.public_reason.clone().unwrap_or_default(),
        before(operation).unwrap_or_default(),
        String::new(),
    ]
}

/// An operation that overlays removed: nobody may call it.
fn removed_cells(removed: &RemovedOperation) -> [String; COLUMNS] {
    let (method, template) = removed.key.split_once(' ').unwrap_or(("", &removed.key));
    let mut cells = [const { String::new() }; COLUMNS];
    let [first, _, third, _, access, .., before, _] = &mut cells;
    (*first, *third, *access) = (method.to_owned(), template.to_owned(), "removed".to_owned());
    *before = removed.before.to_string();
    cells
}

/// What `policy.toml` says of a scheme. The column of the access tells what it is, since it is no operation.
fn configured_cells(what: &str, of: &str, granted: &str, said: String) -> [String; COLUMNS] {
    let mut cells = [const { String::new() }; COLUMNS];
    let [_, _, _, _, access, _, _, schemes, _, scopes, .., configured] = &mut cells;
    (*access, *schemes, *scopes) = (what.to_owned(), of.to_owned(), granted.to_owned());
    *configured = said;
    cells
}

/// `OAuth2[files:read] + Key`.
fn schemes(alternative: &AlternativeFacts) -> String {
    let mut schemes = String::new();
    // Writing to a string cannot fail.
    let _ = alternative.write_schemes(&mut schemes);
    schemes
}

/// All scopes of the alternative, whichever scheme must grant them. A pivot table counts these.
fn scopes(alternative: &AlternativeFacts) -> String {
    let scopes: BTreeSet<&str> = alternative.scopes().map(String::as_str).collect();
    scopes.into_iter().collect::<Vec<_>>().join(" ")
}

/// The query keys. A prefix ends with `*`, and `*` alone means any key.
fn query(operation: &OperationModel) -> String {
    let query = &operation.query;
    let any = query.takes_any().then(|| "*".to_owned());
    let prefixes = query.prefixes.iter().map(|prefix| format!("{prefix}*"));
    query.names.iter().cloned().chain(prefixes).chain(any).collect::<Vec<_>>().join(" ")
}

fn row(out: &mut String, cells: &[String]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&field(cell));
    }
    out.push_str("\r\n");
}

/// One field. A spreadsheet would run a text that starts like a formula. An apostrophe in front prevents that.
fn field(text: &str) -> String {
    let text = visible(text);
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%']);
    let guard = if formula { "'" } else { "" };
    if formula || text.contains(['"', ',', ';', '\'', ' ']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn no_field_breaks_out_or_is_a_formula() {
        let cases = [
            ("/files/{id}", "/files/{id}"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("  @SUM(A1)", "\"'  @SUM(A1)\""),
            ("-1+1", "\"'-1+1\""),
            ("\t=1", "\\u{9}=1"),
            ("two\r\nlines", "two\\u{d}\\u{a}lines"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(field(text), expected, "{text:?}");
        }
    }
}
