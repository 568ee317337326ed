//! A finding as JSON: the same object in `check --format json` and in `audit --format json`.
//!
//! The schema is on the page `docs/command-line.md`. Keys may be added to it. Any other change needs another `schema_version` of the
//! outputs that contain it.

use policy_spec::{Finding, Label, Loaded, Location, OperationModel, Sources, Span};
use serde::Serialize;

/// One finding.
#[derive(Debug, Serialize)]
pub(crate) struct FindingJson<'l> {
    /// The stable code.
    pub(crate) code: &'static str,
    /// `error`, `warning` or `note`.
    pub(crate) level: &'static str,
    /// What is wrong.
    pub(crate) message: &'l str,
    /// What to do.
    pub(crate) help: Option<&'l str>,
    /// The reason of its waiver, and until when it holds. The level of a waived finding does not count.
    pub(crate) waived: Option<&'l str>,
    /// The places, the primary one first.
    pub(crate) labels: Vec<LabelJson<'l>>,
    /// The keys of the operations that it is about, such as `GET /files`. A label points into the text of each.
    pub(crate) operations: Vec<String>,
}

/// A place in a file. Lines and columns count from 1, and columns count characters. The end is the place after the last character.
#[derive(Debug, Serialize)]
pub(crate) struct LabelJson<'l> {
    /// Whether this is the place of the finding itself.
    pub(crate) primary: bool,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
    /// The text beside the underline. It may be empty.
    pub(crate) text: &'l str,
}

/// Every finding of a document, in the order of the text.
pub(crate) fn findings(loaded: &Loaded) -> Vec<FindingJson<'_>> {
    let operations = Operations::of(loaded);
    loaded.findings.iter().map(|finding| of(finding, &loaded.sources, &operations)).collect()
}

fn of<'l>(finding: &'l Finding, sources: &Sources, operations: &Operations<'_>) -> FindingJson<'l> {
    let secondary = finding.secondary.iter().map(|other| label(other, false, sources));
    FindingJson {
        code: finding.code.as_str(),
        level: finding.level.as_str(),
        message: &finding.message,
        help: finding.help.as_deref(),
        waived: finding.waived.as_deref(),
        labels: std::iter::once(label(&finding.primary, true, sources)).chain(secondary).collect(),
        operations: operations.about(finding),
    }
}

fn label<'l>(label: &'l Label, primary: bool, sources: &Sources) -> LabelJson<'l> {
    let Location { file, line, column } = sources.location(label.span);
    let end = sources.location(Span { start: label.span.end, ..label.span });
    LabelJson { primary, file, line, column, end_line: end.line, end_column: end.column, text: &label.text }
}

/// The texts of a document's operations, to find the operations into whose text a finding points.
///
/// It gives the same as [`Loaded::about`]. But it is made once for all findings, since a large document has thousands of findings and of
/// operations.
#[derive(Debug)]
pub(crate) struct Operations<'l> {
    /// The texts, sorted by where they start. Each has the furthest end of all texts up to it, and the index of its operation.
    texts: Vec<(Span, usize, usize)>,
    operations: &'l [OperationModel],
}

impl<'l> Operations<'l> {
    pub(crate) fn of(loaded: &'l Loaded) -> Self {
        let operations = loaded.readable().map(|model| model.operations.as_slice()).unwrap_or_default();
        let mut texts: Vec<(Span, usize, usize)> = operations
            .iter()
            .enumerate()
            .flat_map(|(at, operation)| operation.spans.iter().map(move |span| (*span, span.end, at)))
            .collect();
        texts.sort_unstable();
        let mut before: Option<(Span, usize)> = None;
        for (span, furthest, _) in &mut texts {
            if let Some((_, end)) = before.filter(|(other, _)| other.file == span.file) {
                *furthest = end.max(*furthest);
            }
            before = Some((*span, *furthest));
        }
        Self { texts, operations }
    }

    /// The keys of the operations that a finding is about, in document order.
    pub(crate) fn about(&self, finding: &Finding) -> Vec<String> {
        let operations = self.places(finding).into_iter().filter_map(|at| self.operations.get(at));
        operations.map(OperationModel::key).collect()
    }

    /// The indices of the operations that a finding is about.
    pub(crate) fn places(&self, finding: &Finding) -> Vec<usize> {
        let mut found = Vec::new();
        for label in std::iter::once(&finding.primary).chain(&finding.secondary) {
            let after =
                self.texts.partition_point(|(span, ..)| (span.file, span.start) <= (label.span.file, label.span.start));
            for (span, furthest, at) in self.texts.iter().take(after).rev() {
                if span.file != label.span.file || *furthest < label.span.end {
                    break;
                }
                if span.covers(label.span) {
                    found.push(*at);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|at| self.operations.get(*at).is_some_and(|operation| finding.is_about(operation)));
        found
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a failed expectation is a failed test")]
mod tests {
    use super::Operations;

    const DOCUMENT: &str = "
openapi: 3.1.0
info: { title: T, version: '1' }
components:
  securitySchemes:
    Token: { type: http, scheme: bearer, x-scopes: { a: A, unused: U } }
security: [{ Token: [] }]
paths:
  /one: { get: { x-required-scopes: [b], parameters: [{ name: q, in: query, style: bent }] }, put: {} }
  /two/{x}: { get: { x-required-scopes: [a, c] } }
  /two/{y}: { get: { x-required-scopes: [a] } }
  /shared: { get: { $ref: '#/components/x-operation' }, put: { $ref: '#/components/x-operation' } }
";

    #[test]
    fn the_operations_of_a_finding_are_those_that_the_reader_tells() {
        let shared = DOCUMENT.replace(
            "components:",
            "components:\n  x-operation: { operationId: twice, security: [{ Token: [d] }, {}] }",
        );
        let loaded = policy_spec::read("api.yaml", shared.as_bytes(), &policy_spec::Settings::default());
        let model = loaded.readable().expect("most of it can be read");
        let operations = Operations::of(&loaded);
        let mut several = 0;
        for finding in &loaded.findings {
            let expected: Vec<String> = model
                .operations
                .iter()
                .filter(|operation| loaded.about(operation).any(|about| std::ptr::eq(about, finding)))
                .map(policy_spec::OperationModel::key)
                .collect();
            assert_eq!(operations.about(finding), expected, "{finding:?}");
            several += usize::from(expected.len() > 1);
        }
        assert!(several > 0, "an operation that two routes share has findings");
        assert!(loaded.findings.iter().any(|finding| operations.about(finding) == ["GET /one"]));
        assert!(loaded.findings.iter().any(|finding| operations.about(finding).is_empty()));
    }
}
