//! What a person must decide before the document is a policy: printed, and never written.

use std::collections::BTreeMap;

use policy_spec::{Code, Finding, Loaded, OperationModel, PolicyModel};

use super::written::toml;

/// One question, with the lines that answer it.
#[derive(Debug)]
pub(super) struct Question {
    /// What is to be decided.
    pub(super) what: String,
    /// The file that the lines belong to.
    pub(super) file: &'static str,
    /// The lines. What somebody has to say is left empty, so that the file is refused until it is said.
    pub(super) lines: String,
}

/// The overlay that declares a security scheme, where the document has none.
const OVERLAY: &str = "policy.overlay.yaml";

impl Question {
    fn of_configuration(what: String, lines: String) -> Self {
        Self { what, file: policy_spec::Configuration::FILE, lines }
    }
}

/// Every question that the document leaves open. `extensions` says whether it is asked which extension holds scopes: errors about
/// extensions that are not read end with the answer.
pub(super) fn questions(loaded: &Loaded, extensions: bool) -> Vec<Question> {
    let Some(model) = loaded.readable() else { return Vec::new() };
    let mut errors: BTreeMap<Code, Vec<&Finding>> = BTreeMap::new();
    for finding in loaded.findings.iter().filter(|finding| finding.is_error()) {
        errors.entry(finding.code).or_default().push(finding);
    }
    let mut questions = Vec::new();
    if errors.remove(&Code::UndeclaredOperation).is_some() {
        questions.extend(undeclared(model));
    }
    if errors.remove(&Code::NoSecurityScheme).is_some() {
        questions.extend(scheme());
    }
    if extensions {
        errors.remove(&Code::MisplacedExtension);
        errors.remove(&Code::MisspelledExtension);
    }
    for (code, findings) in errors {
        questions.push(match code.is_fixed() {
            true => in_the_document(code, &findings),
            false => waivers(code, &findings, model),
        });
    }
    questions.extend(names(loaded));
    questions
}

fn undeclared(model: &PolicyModel) -> Vec<Question> {
    let keys = model.operations.iter().filter(|operation| operation.access().is_none()).map(OperationModel::key);
    let keys: Vec<String> = keys.map(|key| toml(&key)).collect();
    let what = match keys.len() {
        1 => "the document does not say who may call one operation: close it, or name it as public and say why"
            .to_owned(),
        count => format!(
            "the document does not say who may call {count} operations: close them, or name those that are public and say why"
        ),
    };
    let deny = "undeclared = \"deny\"\n".to_owned();
    let public = format!("[[public]]\noperations = [\n    {},\n]\nreason = \"\"\n", keys.join(",\n    "));
    vec![
        Question::of_configuration(what, deny),
        Question::of_configuration("or, for those of them that anybody may call".to_owned(), public),
    ]
}

fn scheme() -> Vec<Question> {
    let what = "the document declares no security scheme: say how callers are known";
    vec![
        Question::of_configuration(what.to_owned(), format!("overlays = [{}]\n", toml(OVERLAY))),
        Question {
            what: "for instance by a bearer token (`policy-build` needs its feature `overlays`)".to_owned(),
            file: OVERLAY,
            lines: "overlay: 1.1.0\ninfo: { title: How callers are known, version: '1' }\nactions:\n- target: $\n  update:\n    \
                    components: { securitySchemes: { Token: { type: http, scheme: bearer } } }\n"
                .to_owned(),
        },
    ]
}

fn in_the_document(code: Code, findings: &[&Finding]) -> Question {
    let count = super::super::check::plural(findings.len(), "error");
    Question {
        what: format!("{count} `{code}` can be corrected in the document alone, or by an overlay of it"),
        file: "",
        lines: String::new(),
    }
}

/// A waiver for each operation that has the finding.
fn waivers(code: Code, findings: &[&Finding], model: &PolicyModel) -> Question {
    let mut locations: Vec<String> = Vec::new();
    for finding in findings {
        let about = model.operations.iter().find(|operation| {
            finding.is_about(operation) && operation.spans.iter().any(|span| span.covers(finding.primary.span))
        });
        // An empty location is refused, as an empty reason is: somebody has to say where.
        let location = about.map(OperationModel::key).unwrap_or_default();
        if !locations.contains(&location) {
            locations.push(location);
        }
    }
    let waiver = |location: &String| {
        let (code, location) = (toml(code.as_str()), toml(location));
        format!("[[waivers]]\ncode = {code}\nlocation = {location}\nreason = \"\"\nexpires = \"\"\n")
    };
    let waivers: Vec<String> = locations.iter().map(waiver).collect();
    let count = super::super::check::plural(findings.len(), "error");
    let what = format!("{count} `{code}`: correct the document, or live with them for a reason and until a day");
    Question::of_configuration(what, waivers.join("\n"))
}

/// Names for what would have one name in Rust. The finding says which are free.
fn names(loaded: &Loaded) -> Option<Question> {
    let mut tables: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let collisions = loaded.findings.iter().filter(|finding| finding.code == Code::NameCollision);
    for help in collisions.filter_map(|finding| finding.help.as_deref()) {
        let Some((entry, rest)) = help.split_once(": `").and_then(|(_, rest)| rest.split_once("` below `")) else {
            continue;
        };
        let table = rest.split('`').next().unwrap_or_default();
        tables.entry(table).or_default().push(entry);
    }
    if tables.is_empty() {
        return None;
    }
    let lines: Vec<String> =
        tables.iter().map(|(table, entries)| format!("{table}\n{}\n", entries.join("\n"))).collect();
    let what = "several operations, scopes or schemes would have one name in Rust: give each its own".to_owned();
    Some(Question::of_configuration(what, lines.join("\n")))
}
