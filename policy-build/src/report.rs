//! What a build script returns when there is no policy.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use policy_spec::{Code, ConfigurationError, Finding, Level, Sources, Told};

/// How many findings of one code are shown. Findings that say the same count as one.
const MOST_OF_A_CODE: usize = 20;

/// Why the document gave no policy: all its errors, shown as `rustc` would show them.
///
/// `Debug` gives the text for people. Cargo shows that if `main` of a build script returns the report:
///
/// ```no_run
/// fn main() -> Result<(), policy_build::Report> {
///     policy_build::compile("openapi.yaml")
/// }
/// ```
pub struct Report {
    styled: String,
    plain: String,
}

impl Report {
    /// A report of one sentence and what to do, for a mistake outside the document.
    pub(crate) fn message(message: impl fmt::Display, help: Option<&str>) -> Self {
        let styled = format!("\x1b[1m\x1b[91merror\x1b[0m\x1b[1m: {message}\x1b[0m");
        Self { styled, plain: format!("error: {message}") }.and_help(help)
    }

    /// Adds a line of help at the end.
    pub(crate) fn and_help(mut self, help: Option<&str>) -> Self {
        if let Some(help) = help {
            self.styled.push_str(&format!("\n  = \x1b[1mhelp\x1b[0m: {help}"));
            self.plain.push_str(&format!("\n  = help: {help}"));
        }
        self
    }

    /// Every mistake in the configuration.
    pub(crate) fn configuration(error: &ConfigurationError) -> Self {
        let summary = Self::message("no policy: the configuration cannot be used", None);
        Self {
            styled: format!("{}\n\n{}", error.render(true), summary.styled),
            plain: format!("{}\n\n{}", error.render(false), summary.plain),
        }
    }

    /// Every finding of a document, and how many of them are errors.
    pub(crate) fn findings(name: &str, findings: &[Finding], sources: &Sources) -> Self {
        let errors = findings.iter().filter(|finding| finding.is_error()).count();
        let summary =
            format!("no policy from `{name}`: {errors} error{} in the document", if errors == 1 { "" } else { "s" });
        let summary = Self::message(summary, None);
        let render = |color: bool, summary: &str| {
            let mut text = String::new();
            let mut told: BTreeMap<Code, usize> = BTreeMap::new();
            // Notes are left out, since the errors would be hard to find among them.
            let shown = findings.iter().filter(|finding| finding.level > Level::Note && finding.waived.is_none());
            for finding in Told::once(shown) {
                let count = told.entry(finding.finding.code).or_default();
                *count += 1;
                if *count <= MOST_OF_A_CODE {
                    text.push_str(&finding.render(sources, color, None));
                    text.push_str("\n\n");
                }
            }
            for (code, count) in told.into_iter().filter(|(_, count)| *count > MOST_OF_A_CODE) {
                let _ = writeln!(text, "… and {} more of `{code}`\n", count - MOST_OF_A_CODE);
            }
            text.push_str(summary);
            text
        };
        Self { styled: render(true, &summary.styled), plain: render(false, &summary.plain) }
    }
}

/// With ANSI colours. Cargo removes them where its own output has none.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `main` prints `Error: ` before it. The report starts on the next line.
        write!(f, "\n{}", self.styled)
    }
}

/// Without colours.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plain)
    }
}

impl std::error::Error for Report {}
