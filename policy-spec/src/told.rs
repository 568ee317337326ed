//! Findings for people. Several that say the same of different places are shown as one.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::finding::{Code, Finding, Level};
use crate::source::Sources;

/// Up to so many findings that say the same are shown one by one. If there are more, so many of their places are named.
const MOST: usize = 3;

/// A finding, and others that say the same of other places.
#[derive(Clone, Debug)]
pub struct Told<'f> {
    /// The first of them.
    pub finding: &'f Finding,
    /// The others, in their order.
    pub others: Vec<&'f Finding>,
}

impl<'f> Told<'f> {
    /// Each finding on its own.
    pub fn each(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<Self> {
        findings.into_iter().map(|finding| Self { finding, others: Vec::new() }).collect()
    }

    /// Findings that say the same become one, which stands where the first of them stood. Up to three that say the same stay apart.
    ///
    /// For example, 430 operations can have an alternative without scopes. Readers need to be told that once.
    ///
    /// Findings say the same if they differ only in their places and in the one operation that they name.
    ///
    /// ```
    /// use policy_spec::{Settings, Told};
    ///
    /// let paths: String = (0..9).map(|at| format!("  /p{at}: {{ get: {{}} }}\n")).collect();
    /// let document = format!("openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\npaths:\n{paths}");
    /// let loaded = policy_spec::read("api.yaml", document.as_bytes(), &Settings::default());
    /// assert_eq!(loaded.findings.len(), 18);
    /// let told = Told::once(&loaded.findings);
    /// assert_eq!(told.iter().map(Told::count).collect::<Vec<_>>(), [9, 9]);
    /// ```
    pub fn once(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<Self> {
        let findings: Vec<&Finding> = findings.into_iter().collect();
        let mut counts: HashMap<Same<'_>, usize> = HashMap::new();
        for finding in &findings {
            *counts.entry(same(finding)).or_default() += 1;
        }
        let mut told: Vec<Self> = Vec::new();
        let mut places: HashMap<Same<'_>, usize> = HashMap::new();
        for finding in findings {
            let key = same(finding);
            let many = counts.get(&key).is_some_and(|count| *count > MOST);
            match places.get(&key).and_then(|at| told.get_mut(*at)).filter(|_| many) {
                Some(first) => first.others.push(finding),
                None => {
                    places.insert(key, told.len());
                    told.push(Self { finding, others: Vec::new() });
                }
            }
        }
        told
    }

    /// How many findings it stands for.
    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// The first three other places, and how many more there are. `None` for a finding that stands alone.
    #[must_use]
    pub fn places(&self, sources: &Sources) -> Option<String> {
        if self.others.is_empty() {
            return None;
        }
        let all = std::iter::once(self.finding).chain(self.others.iter().copied());
        let named: Vec<String> =
            all.take(MOST).map(|finding| sources.location(finding.primary.span).to_string()).collect();
        let more = match self.count().saturating_sub(MOST) {
            0 => String::new(),
            1 => " and at another place".to_owned(),
            more => format!(" and at {more} other places"),
        };
        Some(format!("found {} times: at {}{more}", self.count(), named.join(", ")))
    }

    /// The first finding as `rustc` would print it, with the places of the others, and a note of the caller's below.
    #[must_use]
    pub fn render(&self, sources: &Sources, color: bool, note: Option<&str>) -> String {
        let places = self.places(sources);
        let notes: Vec<&str> = places.as_deref().into_iter().chain(note).collect();
        self.finding.render_noting(sources, color, &notes)
    }
}

/// What findings that say the same have in common.
type Same<'f> = (Code, Level, bool, Cow<'f, str>, &'f str, Option<&'f str>);

fn same(finding: &Finding) -> Same<'_> {
    let message = without_operation(&finding.message);
    (finding.code, finding.level, finding.waived.is_some(), message, &finding.primary.text, finding.help.as_deref())
}

/// A message without the operation that it names. A message that names two operations is about both, and stays as it is.
fn without_operation(message: &str) -> Cow<'_, str> {
    let mut parts: Vec<&str> = message.split('`').collect();
    let is_operation = |part: &str| {
        let method = part.split_once(" /").map_or("", |(method, _)| method);
        !method.is_empty() && !method.contains(' ')
    };
    // Split at backticks, every second part is a name.
    let named: Vec<usize> =
        (1..parts.len()).step_by(2).filter(|at| parts.get(*at).is_some_and(|part| is_operation(part))).collect();
    match named.as_slice() {
        [one] => {
            if let Some(part) = parts.get_mut(*one) {
                *part = "";
            }
            Cow::Owned(parts.join("`"))
        }
        _ => Cow::Borrowed(message),
    }
}
