//! Everything for which a configuration is refused.

use std::fmt;

use policy_spec::toml_file::Range;
use policy_spec::{ConfigurationError, Finding, Sources};

use crate::configuration::Configuration;

/// Everything that is wrong with a configuration, with the documents that it names.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Findings { findings: Vec<Finding>, sources: Sources },
    Sentence(String),
}

impl Refusal {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// How many things are wrong.
    #[must_use]
    pub fn count(&self) -> usize {
        let count = |part: &Part| match part {
            Part::Findings { findings, .. } => findings.len(),
            Part::Sentence(_) => 1,
        };
        self.parts.iter().map(count).sum()
    }

    /// Everything, as `rustc` would print it, with ANSI colours if asked.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let mut all = Vec::new();
        for part in &self.parts {
            match part {
                Part::Findings { findings, sources } => {
                    all.extend(findings.iter().map(|finding| finding.render(sources, color)));
                }
                Part::Sentence(text) => all.push(format!("error: {text}")),
            }
        }
        all.join("\n\n")
    }

    /// The first line of the first thing that is wrong, for a log.
    #[must_use]
    pub fn first(&self) -> String {
        match self.parts.first() {
            Some(Part::Findings { findings, sources }) => findings.first().map_or_else(String::new, |finding| {
                format!("{}: {}", sources.location(finding.primary.span), finding.message)
            }),
            Some(Part::Sentence(text)) => text.clone(),
            None => String::new(),
        }
    }

    pub(super) fn findings(&mut self, findings: Vec<Finding>, sources: Sources) {
        self.parts.push(Part::Findings { findings, sources });
    }

    pub(crate) fn sentence(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Sentence(text.into()));
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.parts.append(&mut other.parts);
    }
}

impl From<ConfigurationError> for Refusal {
    fn from(error: ConfigurationError) -> Self {
        Self { parts: vec![Part::Findings { findings: error.findings, sources: error.sources }] }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Refusal {}

/// What is found to be wrong with `gateway.toml` while what it names is loaded.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(Range, String, String)>);

impl Faults {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, place: Range, message: impl Into<String>, help: impl Into<String>) {
        self.0.push((place, message.into(), help.into()));
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The refusal, with the places of the file.
    pub(crate) fn into_refusal(self, configuration: &Configuration) -> Refusal {
        let found = configuration.faults(|reader| {
            for (place, message, help) in self.0 {
                reader.error(place, message, &help);
            }
        });
        found.err().map(Refusal::from).unwrap_or_default()
    }
}
