//! An explanation for people.

use super::alternatives::Alternative;
use super::excerpt::Excerpt;
use super::explanation::{Explanation, Near, Operation, Route, StageExplained, StageResult, Verdict};
use policy_core::Stage;
use policy_spec::InWords;

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[1m\x1b[91m";
const GREEN: &str = "\x1b[1m\x1b[92m";
const YELLOW: &str = "\x1b[1m\x1b[93m";
const BLUE: &str = "\x1b[1m\x1b[94m";
const OFF: &str = "\x1b[0m";

/// How many alternatives are shown one by one.
const TOLD: usize = 8;

/// The explanation, with ANSI colours.
pub(crate) fn render(explanation: &Explanation<'_>) -> String {
    let mut page = Page { text: String::new() };
    page.head(explanation);
    match &explanation.route {
        Route::Operation { operation, parameters } => {
            page.operation("is", operation);
            let values: Vec<String> =
                parameters.iter().map(|parameter| format!("{} = {}", parameter.name, parameter.value)).collect();
            if !values.is_empty() {
                page.line(&format!("  with {}", values.join(", ")));
            }
        }
        Route::MethodNotAllowed { allowed, near } => {
            page.line(&format!("  {BOLD}no operation has this method here{OFF}: the path has {}", allowed.join(", ")));
            page.near(near, "served");
        }
        Route::NotFound { fault, near } => {
            match fault {
                Some(fault) => page.line(&format!("  {BOLD}no operation can have this path{OFF}: {fault}")),
                None => page.line(&format!("  {BOLD}no operation has this path{OFF}")),
            }
            page.near(near, "similar");
        }
        Route::Undeclared(operation) => {
            page.operation("would be", operation);
            page.line(&format!(
                "  {BOLD}but nothing says who may call it{OFF}: it is denied like a path that no operation has"
            ));
        }
        Route::LeftOut(operation) => {
            page.operation("would be", operation);
            page.line(&format!("  {BOLD}but the document's errors leave open what it is{OFF}: it is not served"));
        }
    }
    page.caller(explanation);
    if !explanation.stages.is_empty() {
        page.line("");
        for (number, stage) in (1..).zip(&explanation.stages) {
            page.stage(number, stage, explanation);
        }
    }
    page.answer(explanation);
    page.remarks(explanation);
    page.text
}

struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn head(&mut self, explanation: &Explanation<'_>) {
        let (color, verdict) = match explanation.verdict {
            Verdict::Allowed => (GREEN, "allowed".to_owned()),
            Verdict::Denied => {
                let code = explanation.answer.as_ref().map(|answer| format!("[{}]", answer.reason_code));
                (RED, format!("denied{}", code.unwrap_or_default()))
            }
        };
        let request = &explanation.request;
        let request =
            format!("{} {}", request.method, request.target()).escape_debug().to_string().replace("\\\"", "\"");
        self.line(&format!("{color}{verdict}{OFF}{BOLD}: {request}{OFF}"));
    }

    fn operation(&mut self, verb: &str, operation: &Operation) {
        let id = operation.operation_id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        self.line(&format!("  {verb} {BOLD}{} {}{OFF}{id}", operation.method, operation.path));
        self.line(&format!("  {BLUE}-->{OFF} {}", operation.place.place()));
    }

    fn near(&mut self, near: &[Near], others: &str) {
        for one in near {
            let (lead, why) = match &one.why {
                Some(why) => ("did you mean", format!(", as {why}")),
                None => (others, String::new()),
            };
            self.line(&format!("  {BLUE}={OFF} {BOLD}{lead}{OFF}: `{} {}`{why} ({})", one.method, one.path, one.place));
        }
    }

    fn caller(&mut self, explanation: &Explanation<'_>) {
        let caller = &explanation.caller;
        let grants: Vec<String> = caller
            .grants
            .iter()
            .map(|grant| match grant.scopes.as_slice() {
                [] => format!("`{}` without any scope", grant.scheme),
                scopes => format!("`{}` with `{}`", grant.scheme, scopes.join("`, `")),
            })
            .collect();
        let who = if grants.is_empty() { "nobody: no credential".to_owned() } else { grants.join(" and ") };
        self.line(&format!("  caller: {who}"));
        if let Some(assumed) = &caller.assumed {
            self.note(assumed);
        }
        for mapping in caller.grants.iter().flat_map(|grant| &grant.mapped) {
            self.note(&format!("`scopes.map` says {mapping}"));
        }
        for unknown in &caller.unknown_scopes {
            let near = unknown.near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            self.note(&format!("the document does not know `{}`, which opens nothing{near}", unknown.scope));
        }
    }

    fn note(&mut self, note: &str) {
        self.line(&format!("  {BLUE}={OFF} {BOLD}note{OFF}: {note}"));
    }

    fn stage(&mut self, number: usize, stage: &StageExplained, explanation: &Explanation<'_>) {
        let (color, outcome) = match stage.outcome {
            StageResult::Passed => (GREEN, "passed"),
            StageResult::Denied => (RED, "denied"),
            StageResult::NotReached => (DIM, "not reached"),
        };
        let name = stage.stage.as_str();
        if stage.outcome == StageResult::NotReached {
            self.line(&format!("{DIM}{number}. {name:<15} {outcome}{OFF}"));
            return;
        }
        self.line(&format!("{BOLD}{number}. {name:<15}{OFF} {color}{outcome}{OFF}  {}", stage.because));
        for place in &stage.places {
            self.excerpt(place, "      ");
        }
        if weighs(stage, explanation) {
            self.alternatives(&explanation.alternatives);
        }
    }

    fn alternatives(&mut self, alternatives: &[Alternative]) {
        let matter = |one: &Alternative| one.chosen || one.closest;
        let is_met = alternatives.iter().any(|one| one.chosen);
        let skipped = alternatives.len().saturating_sub(TOLD);
        let words = InWords::new(&quoted);
        for (at, one) in alternatives.iter().enumerate().filter(|(at, one)| *at < TOLD || matter(one)) {
            let number = if alternatives.len() > 1 { format!("{}. ", at + 1) } else { String::new() };
            let (color, mark) = if one.met { (GREEN, "✓") } else { (RED, "✗") };
            let verdict = verdict(one, alternatives.len());
            self.line(&format!("   {color}{mark}{OFF} {number}{}{verdict}", words.alternative(&one.facts)));
            // If an alternative is met, the others are only named.
            for place in one.places.iter().filter(|_| one.chosen || !is_met) {
                self.excerpt(place, "      ");
            }
        }
        if skipped > 0 {
            self.line(&format!("   … {} alternatives in all; `--format json` tells each", alternatives.len()));
        }
    }

    fn excerpt(&mut self, excerpt: &Excerpt, indent: &str) {
        let width = excerpt.lines.iter().map(|line| line.number.to_string().len()).max().unwrap_or(1);
        let gutter = " ".repeat(width);
        self.line(&format!("{indent}{gutter}{BLUE}-->{OFF} {}", excerpt.place()));
        if excerpt.lines.is_empty() {
            return;
        }
        self.line(&format!("{indent}{gutter} {BLUE}|{OFF}"));
        let mut before: Option<usize> = None;
        let last = excerpt.lines.len() - 1;
        for (at, line) in excerpt.lines.iter().enumerate() {
            if before.is_some_and(|before| before + 1 < line.number) {
                self.line(&format!("{indent}{BLUE}...{OFF}"));
            }
            before = Some(line.number);
            self.line(&format!("{indent}{BLUE}{:>width$} |{OFF} {}", line.number, line.text));
            let mut under = String::new();
            let mut column = 0;
            for mark in &line.marks {
                under.push_str(&" ".repeat(mark.start.saturating_sub(column)));
                under.push_str(&"^".repeat(mark.len().max(1)));
                column = mark.end.max(mark.start + 1);
            }
            let label =
                if at == last && !excerpt.label.is_empty() { format!(" {}", excerpt.label) } else { String::new() };
            self.line(&format!("{indent}{gutter} {BLUE}|{OFF} {YELLOW}{under}{label}{OFF}"));
        }
    }

    fn answer(&mut self, explanation: &Explanation<'_>) {
        self.line("");
        let Some(answer) = &explanation.answer else {
            self.line(&format!("{BOLD}answer{OFF}  the handler's"));
            return;
        };
        self.line(&format!("{BOLD}answer{OFF}  {RED}{}{OFF} {}: {}", answer.status, answer.reason_code, answer.detail));
        for (name, value) in [("WWW-Authenticate", &answer.www_authenticate), ("Allow", &answer.allow)] {
            if let Some(value) = value {
                self.line(&format!("        {name}: {value}"));
            }
        }
    }

    fn remarks(&mut self, explanation: &Explanation<'_>) {
        for remark in &explanation.remarks {
            self.note(remark);
        }
        for finding in
            explanation.findings.iter().filter(|finding| finding.level != "error" || finding.waived.is_some())
        {
            let place =
                finding.labels.first().map(|label| format!(" ({}:{}:{})", label.file, label.line, label.column));
            let place = place.unwrap_or_default();
            self.line(&format!(
                "  {BLUE}={OFF} {YELLOW}{}[{}]{OFF}: {}{place}",
                finding.level, finding.code, finding.message
            ));
        }
    }
}

/// Whether the alternatives are shown below this stage. It is the stage that denied because of them, or else the scopes stage.
fn weighs(stage: &StageExplained, explanation: &Explanation<'_>) -> bool {
    match (stage.stage, stage.outcome) {
        (Stage::Authentication, StageResult::Denied) | (Stage::Scopes, StageResult::Denied | StageResult::Passed) => {
            !explanation.alternatives.is_empty()
        }
        _ => false,
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// Whether the alternative is met, or what is missing for it.
fn verdict(one: &Alternative, of: usize) -> String {
    let missing = |names: &[String]| format!("`{}`", names.join("`, `"));
    if one.met {
        return match (one.chosen, of) {
            (true, 1) => String::new(),
            (true, _) => format!(" {DIM}(the one that counts){OFF}"),
            (false, _) => format!(" {DIM}(met too){OFF}"),
        };
    }
    if !one.missing_schemes.is_empty() {
        return format!(": no credential of {}", missing(&one.missing_schemes));
    }
    let closest =
        if one.closest && of > 1 { format!(" {DIM}(the closest: the answer names it){OFF}") } else { String::new() };
    format!(": lacks {}{closest}", missing(&one.missing_scopes))
}
