//! Annotations in GitHub's pull requests, by workflow commands on standard output.
//!
//! GitHub shows ten annotations of each level for a step and drops the rest. So the first finding of each code comes before the
//! second one of any code. What is left out is in the log.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy_spec::Level;

use super::Report;
use super::place::{Region, first_line, in_checkout};
use super::text::plural;

/// How many annotations of each level GitHub shows.
const MOST_OF_A_LEVEL: usize = 10;

/// What is shown beside a line.
pub(crate) struct Annotation {
    pub(crate) level: Level,
    pub(crate) title: String,
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) region: Option<Region>,
    /// How many findings of the same code come before it.
    pub(crate) rank: usize,
}

pub(super) fn github(report: &Report<'_>) -> String {
    let mut annotations = Vec::new();
    let mut ranks: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rank = |code| {
        let rank = ranks.entry(code).or_default();
        *rank += 1;
        *rank
    };
    let loaded = &report.read.loaded;
    for finding in loaded.findings.iter().filter(|finding| finding.waived.is_none()) {
        let mut message = finding.message.clone();
        for more in [finding.primary.text.as_str(), finding.help.as_deref().unwrap_or("")] {
            if !more.is_empty() {
                let _ = write!(message, "\n{more}");
            }
        }
        annotations.push(Annotation {
            level: finding.level,
            title: finding.code.as_str().to_owned(),
            message,
            file: loaded.sources.name(finding.primary.span.file).to_owned(),
            region: Some(first_line(&loaded.sources, finding.primary.span)),
            rank: rank(finding.code.as_str()),
        });
    }
    if let Some(against) = report.against {
        for told in against.told(report.read) {
            let here = told.here.as_ref().map(|spot| (spot, &loaded.sources));
            let spot = here.or_else(|| told.there.as_ref().map(|spot| (spot, &against.other.loaded.sources)));
            let mut message = told.message;
            for proof in &told.proofs {
                let _ = write!(message, "\n{proof}");
            }
            annotations.push(Annotation {
                level: Level::Error,
                title: told.change.as_str().to_owned(),
                message,
                file: spot.as_ref().map_or_else(|| report.name(), |(spot, _)| spot.location.file.clone()),
                region: spot.map(|(spot, sources)| match spot.span {
                    Some(span) => first_line(sources, span),
                    None => {
                        let (line, column) = (spot.location.line, spot.location.column);
                        Region { line, column, end_line: line, end_column: column }
                    }
                }),
                rank: rank(told.change.as_str()),
            });
        }
        if against.errors > 0 {
            annotations.push(Annotation {
                level: Level::Error,
                title: "no-policy".to_owned(),
                message: format!("{} in the document to compare with", plural(against.errors, "error")),
                file: against.name(),
                region: None,
                rank: 0,
            });
        }
    }
    let name = report.name();
    let mut text = commands(annotations, &name);
    let counts = report.counts;
    let (errors, warnings) = (plural(counts.errors, "error"), plural(counts.warnings, "warning"));
    let _ = writeln!(text, "{errors}, {warnings}, {} in {name}", plural(counts.notes, "note"));
    if let Some(against) = report.against {
        let _ = writeln!(text, "{} from {}", plural(against.differences.len(), "difference"), against.name());
    }
    text
}

/// The commands, those of the highest level first, and how many were left out. `name` is what they are about.
pub(crate) fn commands(mut annotations: Vec<Annotation>, name: &str) -> String {
    annotations.sort_by_key(|annotation| (std::cmp::Reverse(annotation.level), annotation.rank));
    let mut text = String::new();
    let mut shown: BTreeMap<Level, usize> = BTreeMap::new();
    for annotation in &annotations {
        let count = shown.entry(annotation.level).or_default();
        *count += 1;
        if *count <= MOST_OF_A_LEVEL {
            let _ = writeln!(text, "{}", command(annotation));
        }
    }
    let left_out: usize = shown.values().map(|count| count.saturating_sub(MOST_OF_A_LEVEL)).sum();
    if left_out > 0 {
        let _ = writeln!(
            text,
            "{left_out} more of {name} are not annotated: GitHub shows {MOST_OF_A_LEVEL} of each level; `--format text` shows them"
        );
    }
    text
}

fn command(annotation: &Annotation) -> String {
    let level = match annotation.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let file = in_checkout(&annotation.file).unwrap_or_else(|| annotation.file.clone());
    let mut text = format!("::{level} file={}", property(&file));
    if let Some(region) = &annotation.region {
        let _ = write!(text, ",line={},endLine={},col={}", region.line, region.end_line, region.column);
        // GitHub refuses an empty range.
        if region.end_column > region.column {
            let _ = write!(text, ",endColumn={}", region.end_column);
        }
    }
    let _ = write!(text, ",title={}::{}", property(&annotation.title), data(&annotation.message));
    text
}

/// Percent-encoded as the runner decodes it: the parts of a message that would end or change the command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Like [`data`], for a property of a command, where more characters have a meaning.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{Annotation, Region, command};
    use policy_spec::Level;

    #[test]
    fn nothing_in_a_document_ends_or_forges_a_command() {
        let region = Some(Region { line: 3, column: 5, end_line: 3, end_column: 9 });
        let annotation = Annotation {
            level: Level::Warning,
            title: "a,b: c%".to_owned(),
            message: "50% of\r\n::error::forged".to_owned(),
            file: "/a:b,c%d.yaml".to_owned(),
            region,
            rank: 0,
        };
        assert_eq!(
            command(&annotation),
            "::warning file=/a%3Ab%2Cc%25d.yaml,line=3,endLine=3,col=5,endColumn=9,title=a%2Cb%3A c%25::50%25 of%0D%0A::error::forged"
        );
    }
}
