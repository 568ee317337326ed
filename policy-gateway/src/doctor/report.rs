//! What was found, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::findings::{Code, Finding, path};
use super::plan::Plan;
use super::seen::Seen;

/// Everything that an examination found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The URL of the proxy.
    pub proxy: String,
    /// Whether the doctor was the authorizer.
    pub as_authorizer: bool,
    /// Each request.
    pub checks: Vec<Check>,
    /// Identity headers that the proxy does not take from the authorizer's answer.
    pub not_handed_on: Vec<String>,
}

/// One request, and what became of it.
#[derive(Debug, Serialize)]
pub struct Check {
    /// What the authorizer answered, or was to answer.
    #[serde(serialize_with = "name_of")]
    pub(crate) plan: Plan,
    /// The method that was sent.
    pub method: String,
    /// The target that was sent.
    pub target: String,
    /// The header fields that were sent besides those of each request.
    pub fields: String,
    /// The status that the proxy answered. `None`: no answer in time.
    pub answer: Option<u16>,
    /// What the authorizer was asked about.
    pub authorizer: Option<Seen>,
    /// What the service got.
    pub service: Option<Seen>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

fn name_of<S: serde::Serializer>(plan: &Plan, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match plan {
        Plan::Allow => "allow",
        Plan::AllowNobody => "allow-nobody",
        Plan::Deny => "deny",
        Plan::Fail => "fail",
        Plan::Overloaded => "overloaded",
        Plan::Silence => "silence",
        Plan::Close => "close",
    })
}

impl Report {
    /// How much is wrong.
    #[must_use]
    pub fn count(&self) -> usize {
        self.checks.iter().map(|check| check.findings.len()).sum()
    }

    /// One JSON object.
    ///
    /// # Errors
    /// Never in practice: every key is a string.
    pub fn to_json(&self) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct Whole<'r> {
            findings: usize,
            #[serde(flatten)]
            report: &'r Report,
        }
        serde_json::to_string_pretty(&Whole { findings: self.count(), report: self })
    }

    /// What differs in a table, and each finding with what to do.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let sent = self.checks.len();
        let arrived = self.checks.iter().filter(|check| check.service.is_some()).count();
        let _ = writeln!(text, "{sent} requests through {}, {arrived} arrived at the service", self.proxy);
        let changed: Vec<_> = self.checks.iter().filter(|check| check.is_changed()).collect();
        if !changed.is_empty() {
            let _ = writeln!(text, "\nWhat the proxy changed:");
            for check in changed {
                let _ = writeln!(text, "  {}", check.line());
            }
        }
        if !self.not_handed_on.is_empty() {
            let names = self.not_handed_on.join(", ");
            let _ = writeln!(text, "\nnote: the proxy does not hand these identity headers on to the service: {names}");
        }
        let mut codes: Vec<Code> =
            self.checks.iter().flat_map(|check| &check.findings).map(|finding| finding.code).collect();
        codes.sort_unstable();
        codes.dedup();
        for code in codes {
            let _ = writeln!(text, "\nerror[{}]", code.name());
            for check in &self.checks {
                for finding in check.findings.iter().filter(|finding| finding.code == code) {
                    let _ = writeln!(text, "  {}: {}", check.request(), shown(&finding.message));
                }
            }
            let _ = writeln!(text, "  = help: {}", code.help());
        }
        let _ = match self.count() {
            0 if self.as_authorizer => writeln!(
                text,
                "\nno findings: authorizer and service saw the same requests, every denial held, and a client can forge no header that was \
                 tried"
            ),
            0 => writeln!(
                text,
                "\nno findings in what was sent and what arrived. With --authorizer the doctor sees what the authorizer is asked, too"
            ),
            1 => writeln!(text, "\n1 finding"),
            count => writeln!(text, "\n{count} findings"),
        };
        text
    }
}

impl Check {
    /// The request in one line.
    fn request(&self) -> String {
        let fields = if self.fields.is_empty() { String::new() } else { format!(" ({})", self.fields) };
        shown(&format!("{} {}{fields}", self.method, self.target))
    }

    fn is_changed(&self) -> bool {
        let same = |seen: &Seen| seen.method == self.method && seen.target == path(&self.target);
        self.plan == Plan::Allow && [&self.authorizer, &self.service].into_iter().flatten().any(|seen| !same(seen))
    }

    fn line(&self) -> String {
        let saw = |seen: Option<&Seen>| match seen {
            None => "nothing".to_owned(),
            Some(seen) if seen.method == self.method && seen.target == self.target => "it as it was sent".to_owned(),
            Some(seen) => format!("{} {}", seen.method, shown(&seen.target)),
        };
        let authorizer =
            self.authorizer.as_ref().map_or_else(String::new, |seen| format!("authorizer saw {}, ", saw(Some(seen))));
        let answer = self.answer.map_or("no answer".to_owned(), |status| status.to_string());
        format!("{}: {authorizer}service saw {}, client got {answer}", self.request(), saw(self.service.as_ref()))
    }
}

/// A text that is safe on a terminal, and not too long.
fn shown(text: &str) -> String {
    let escaped: String = text
        .chars()
        .flat_map(|letter| if letter.is_control() { letter.escape_default().collect() } else { vec![letter] })
        .collect();
    match escaped.chars().count() {
        ..=200 => escaped,
        long => format!("{}… ({long})", escaped.chars().take(160).collect::<String>()),
    }
}
