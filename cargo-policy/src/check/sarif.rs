//! SARIF 2.1.0 [OASIS Standard, 27 March 2020], for code scanning.
//!
//! Nothing in it depends on the machine or the time. Paths are relative to the checkout. A result is identified from run to run by its
//! rule, its operation and the text that it underlines, and not by its line.

use std::collections::BTreeMap;

use hmac_sha256::Hash;
use policy_spec::{Change, Code, DifferenceInWords, Finding, Label, Level, Sources, Span, Spot};
use serde::Serialize;

use super::against::Against;
use super::place::{Region, in_checkout, uri, utf16};
use super::{Report, json};
use crate::escape::without_links;
use crate::failure::Failure;
use crate::finding_json::Operations;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The base of relative paths: the root of the checkout. Whoever uploads the file knows where that is.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    automation_details: AutomationDetails,
    column_kind: &'static str,
    artifacts: Vec<Artifact>,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: [&'static str; 2],
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct AutomationDetails {
    id: String,
}

#[derive(Serialize)]
struct Artifact {
    location: ArtifactLocation,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
}

#[derive(Serialize)]
struct Fingerprints {
    /// The name by which GitHub follows a result.
    #[serde(rename = "primaryLocationLineHash")]
    hash: String,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: RegionJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegionJson {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

pub(super) fn sarif(report: &Report<'_>) -> Result<String, Failure> {
    let loaded = &report.read.loaded;
    let operations = Operations::of(loaded);
    let mut results = Results::default();
    for finding in &loaded.findings {
        results.finding(finding, &loaded.sources, operations.about(finding));
    }
    if let Some(against) = report.against {
        for told in against.told(report.read) {
            results.difference(told, report, against);
        }
        let other = &against.other.loaded;
        let operations = Operations::of(other);
        for finding in other.findings.iter().filter(|finding| finding.is_error()) {
            results.finding(finding, &other.sources, operations.about(finding));
        }
    }
    let document = artifact(&report.name());
    let run = Run {
        automation_details: AutomationDetails { id: format!("cargo-policy/{}/", document.uri) },
        tool: Tool {
            driver: Driver {
                name: "cargo-policy",
                semantic_version: env!("CARGO_PKG_VERSION"),
                rules: rules(report.against.is_some()),
            },
        },
        column_kind: "utf16CodeUnits",
        artifacts: vec![Artifact { location: document }],
        results: results.list,
    };
    json::pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
}

/// All codes, and all kinds of change if documents are compared. Each rule is listed, found or not, so that it keeps its index.
fn rules(against: bool) -> Vec<Rule> {
    let codes = Code::ALL.iter().map(|code| {
        let help = format!("{} See docs/findings.md#{code}.", code.summary());
        rule(code.as_str(), code.summary(), help, code.level().as_str())
    });
    let changes = Change::ALL.iter().filter(|_| against).map(|change| {
        let help = format!("{} See docs/command-line.md#another-document-to-agree-with.", change.summary());
        rule(change.as_str(), change.summary(), help, Level::Error.as_str())
    });
    codes.chain(changes).collect()
}

fn rule(id: &'static str, summary: &str, help: String, level: &'static str) -> Rule {
    let text = |text: &str| Text { text: text.to_owned() };
    Rule {
        id,
        short_description: text(summary),
        full_description: text(summary),
        help: Text { text: help },
        default_configuration: Configuration { level },
        properties: Properties { tags: ["security", "openapi"] },
    }
}

#[derive(Default)]
struct Results {
    list: Vec<SarifResult>,
    /// How often each identity was used.
    identities: BTreeMap<String, usize>,
}

impl Results {
    fn finding(&mut self, finding: &Finding, sources: &Sources, operations: Vec<String>) {
        let code = finding.code.as_str();
        let mut message = finding.message.clone();
        for more in [finding.primary.text.as_str(), finding.help.as_deref().unwrap_or("")] {
            if !more.is_empty() {
                message.push('\n');
                message.push_str(more);
            }
        }
        let file = artifact(sources.name(finding.primary.span.file));
        let identity = [code, &file.uri, &operations.join("\n"), underlined(sources, finding.primary.span)];
        let fingerprint = self.identity(&identity);
        let logical = operations
            .into_iter()
            .map(|fully_qualified_name| LogicalLocation { fully_qualified_name, kind: "resource" })
            .collect();
        let primary = Location { logical_locations: logical, ..location(&finding.primary, sources, None) };
        let related = finding.secondary.iter().enumerate();
        self.list.push(SarifResult {
            rule_id: code,
            rule_index: Code::ALL.iter().position(|known| *known == finding.code).unwrap_or_default(),
            level: finding.level.as_str(),
            message: Text { text: without_links(&message) },
            locations: vec![primary],
            related_locations: related.map(|(at, label)| location(label, sources, Some(at))).collect(),
            partial_fingerprints: fingerprint,
            suppressions: finding
                .waived
                .iter()
                .map(|reason| Suppression { kind: "external", status: "accepted", justification: reason.clone() })
                .collect(),
        });
    }

    fn difference(&mut self, told: DifferenceInWords, report: &Report<'_>, against: &Against) {
        let rule_id = told.change.as_str();
        let about = told.operation.as_deref().or(told.scheme.as_deref()).unwrap_or("");
        let fingerprint = self.identity(&[rule_id, &artifact(&report.name()).uri, about, ""]);
        let (here, there) = (&report.read.loaded.sources, &against.other.loaded.sources);
        let first = told.here.as_ref().map(|spot| of_spot(spot, here));
        let second = told.there.as_ref().map(|spot| of_spot(spot, there));
        // Code scanning only shows results with a place in the checkout.
        let (primary, related) = match (first, second) {
            (Some(first), second) => (first, second),
            (None, Some(second)) => (second, None),
            (None, None) => (start_of(&report.name()), None),
        };
        let mut message = told.message;
        for proof in &told.proofs {
            message.push('\n');
            message.push_str(proof);
        }
        let named =
            told.operation.map(|operation| LogicalLocation { fully_qualified_name: operation, kind: "resource" });
        let change = Change::ALL.iter().position(|known| *known == told.change).unwrap_or_default();
        self.list.push(SarifResult {
            rule_id,
            rule_index: Code::ALL.len() + change,
            level: Level::Error.as_str(),
            message: Text { text: without_links(&message) },
            locations: vec![Location { logical_locations: named.into_iter().collect(), ..primary }],
            related_locations: related
                .map(|related| Location {
                    id: Some(0),
                    message: Some(Text { text: format!("in `{}`", against.name()) }),
                    ..related
                })
                .into_iter()
                .collect(),
            partial_fingerprints: fingerprint,
            suppressions: Vec::new(),
        });
    }

    /// The hash of the parts that stay the same when lines move. Results with the same parts are numbered.
    fn identity(&mut self, parts: &[&str; 4]) -> Fingerprints {
        let mut hash = Hash::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let count = self.identities.entry(hash.clone()).or_default();
        *count += 1;
        Fingerprints { hash: format!("{hash}:{count}") }
    }
}

/// The text of a span on its first line.
fn underlined(sources: &Sources, span: Span) -> &str {
    let text = sources.text(span.file).get(span.start..span.end.max(span.start)).unwrap_or("");
    text.lines().next().unwrap_or("").trim()
}

fn location(label: &Label, sources: &Sources, id: Option<usize>) -> Location {
    Location {
        id,
        physical_location: PhysicalLocation {
            artifact_location: artifact(sources.name(label.span.file)),
            region: utf16(sources, label.span).into(),
        },
        logical_locations: Vec::new(),
        message: (!label.text.is_empty()).then(|| Text { text: without_links(&label.text) }),
    }
}

fn of_spot(spot: &Spot, sources: &Sources) -> Location {
    let (line, column) = (spot.location.line, spot.location.column);
    let point = Region { line, column, end_line: line, end_column: column };
    let region = spot.span.map_or(point, |span| utf16(sources, span));
    at(&spot.location.file, region)
}

fn start_of(file: &str) -> Location {
    at(file, Region { line: 1, column: 1, end_line: 1, end_column: 1 })
}

fn at(file: &str, region: Region) -> Location {
    let physical_location = PhysicalLocation { artifact_location: artifact(file), region: region.into() };
    Location { id: None, physical_location, logical_locations: Vec::new(), message: None }
}

impl From<Region> for RegionJson {
    fn from(region: Region) -> Self {
        Self {
            start_line: region.line,
            start_column: region.column,
            end_line: region.end_line,
            end_column: region.end_column,
        }
    }
}

fn artifact(name: &str) -> ArtifactLocation {
    match in_checkout(name) {
        Some(path) => ArtifactLocation { uri: uri(&path), uri_base_id: Some(ROOT) },
        None => ArtifactLocation { uri: uri(name), uri_base_id: None },
    }
}
