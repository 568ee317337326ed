//! Instructions for cargo: the warnings that it shows, and the files and folders that it watches.

use policy_spec::{DraftSettings, Finding, Level, Sources};

use crate::text;

/// Lets cargo watch the source folders of a document that a program writes. Their changes may name what the document does not have.
pub(crate) fn watched(settings: &DraftSettings) -> impl Iterator<Item = String> {
    let folders = settings.sources.iter().filter(|folder| folder.is_dir());
    folders.map(|folder| format!("cargo::rerun-if-changed={}", folder.display()))
}

/// One warning for each code: its first finding, and how many more there are. Longer lists of warnings are not read.
pub(crate) fn warnings(findings: &[Finding], sources: &Sources) -> Vec<String> {
    let mut of_codes: Vec<(&Finding, usize)> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.level == Level::Warning && finding.waived.is_none()) {
        match of_codes.iter_mut().find(|(first, _)| first.code == finding.code) {
            Some((_, more)) => *more += 1,
            None => of_codes.push((finding, 0)),
        }
    }
    let line = |(finding, more): (&Finding, usize)| {
        let help = finding.help.as_deref().map(|help| format!("; help: {help}")).unwrap_or_default();
        let more =
            if more == 0 { String::new() } else { format!(" (and {more} more: `cargo policy check` shows them)") };
        let (place, code) = (sources.location(finding.primary.span), finding.code.as_str());
        let text = format!("{place}: [{code}] {}{help}{more}", finding.message);
        format!("cargo::warning={}", text::one_line(&text))
    };
    of_codes.into_iter().map(line).collect()
}
