//! What `init` says: the document's findings, what became of each file, what a person must decide, and what to do next.

use super::file::{File, State};
use super::open::Question;
use super::schemes::Authenticator;
use super::service;
use super::set_up::SetUp;
use crate::escape::visible;
use crate::failure::{BOLD, OFF};

const GREEN: &str = "\x1b[1m\x1b[92m";
const YELLOW: &str = "\x1b[1m\x1b[33m";
const CYAN: &str = "\x1b[36m";
const RED: &str = "\x1b[31m";

/// A line for each file, and what belongs into those that exist.
pub(super) fn files(files: &[File], dry: bool) -> String {
    let mut text = String::new();
    for File { path, text: new, state, .. } in files {
        let count = new.lines().count();
        let lines = |count: usize| crate::check::plural(count, "line");
        let (word, note) = match state {
            State::New => ("writes", lines(count)),
            State::Same => ("keeps", "as it is".to_owned()),
            State::Included => ("leaves", "it includes the policy: the guard and its tests are yours".to_owned()),
            State::Other => ("leaves", "it is yours; what belongs into it is shown below".to_owned()),
            State::Replaced(before) if path == "src/main.rs" && before.contains("Hello, world!") => {
                ("writes", format!("{}, in the place of `cargo new`'s own", lines(count)))
            }
            State::Replaced(before) => ("adds", lines(count.saturating_sub(before.lines().count()))),
        };
        let color = if matches!(state, State::Other | State::Included) { YELLOW } else { GREEN };
        let changes = matches!(state, State::New | State::Replaced(_));
        let word = if dry && changes { format!("would {}", word.trim_end_matches('s')) } else { word.to_owned() };
        text.push_str(&format!("{color}{word:>12}{OFF} {path:24} {note}\n"));
    }
    for file in files.iter().filter(|file| file.state == State::Other) {
        text.push_str(&format!("\n{BOLD}{} should have{OFF}\n", file.path));
        text.push_str(&indented(file.part.as_ref().unwrap_or(&file.text)));
    }
    text
}

/// What a person must decide.
pub(super) fn questions(questions: &[Question]) -> String {
    let mut text = String::new();
    for Question { what, file, lines } in questions {
        let place = if file.is_empty() { String::new() } else { format!(", in {file}") };
        text.push_str(&format!("\n{YELLOW}decide{OFF}{BOLD}: {}{place}{OFF}\n{}", visible(what), indented(lines)));
    }
    text
}

/// The commands to go on with.
pub(super) fn next(set_up: &SetUp, files: &[File], is_policy: bool) -> String {
    let mut steps: Vec<(String, String)> = Vec::new();
    if set_up.code_first {
        steps.push((
            "cargo policy draft".to_owned(),
            "once `cargo run -q -- openapi` prints the document; rustc then names each operation".to_owned(),
        ));
    } else if !is_policy {
        steps.push((
            "cargo policy check".to_owned(),
            "until the document has no error: a build refuses it before".to_owned(),
        ));
    }
    let serves = files.iter().any(|file| file.path == "src/main.rs" && file.is_ours());
    if serves {
        let note = match set_up.schemes_of(Authenticator::Keys).is_empty() {
            true => "serves on 127.0.0.1:8080",
            false => "serves on 127.0.0.1:8080, and says a key without scopes",
        };
        steps.push(("cargo run".to_owned(), note.to_owned()));
        steps.extend(requests(set_up));
    }
    steps.push((
        "INSTA_UPDATE=always cargo test".to_owned(),
        format!("writes src/{}/snapshots: who may call what, to be reviewed", set_up.module),
    ));
    let mut text = format!("\n{BOLD}next{OFF}\n");
    let widest =
        steps.iter().map(|(command, _)| command.chars().count()).filter(|width| *width < 100).max().unwrap_or(0);
    for (command, note) in steps {
        text.push_str(&format!("  {command:widest$}  # {note}\n"));
    }
    if !set_up.framework.is_whole() {
        text.push_str(&format!(
            "\nnot written for {}: handlers, `src/main.rs` and a test of refused requests. In `main`, mount the guard:\n{}\
             its README and example show handlers: docs/step-by-step.md, examples/{}\n",
            set_up.framework.package(),
            indented(&service::mounted(set_up)),
            set_up.framework.package(),
        ));
    }
    text
}

/// Requests to try, with what they are answered.
fn requests(set_up: &SetUp) -> Vec<(String, String)> {
    let Some(probe) = set_up.probe() else { return Vec::new() };
    let method = if probe.method == "GET" { String::new() } else { format!(" -X {}", probe.method) };
    let curl = |more: &str| format!("curl -i{method}{more} 'http://127.0.0.1:8080{}'", probe.path);
    let mut all = vec![(curl(""), "401: nobody is known".to_owned())];
    let is_key = |constant: &str| set_up.schemes_of(Authenticator::Keys).contains(&constant);
    if let Some((constant, kind)) = &probe.scheme
        && is_key(constant)
    {
        use policy_spec::SchemeKind;
        let more = match kind {
            SchemeKind::ApiKeyHeader(name) => format!(" -H '{name}: KEY'"),
            SchemeKind::ApiKeyCookie(name) => format!(" -b '{name}=KEY'"),
            SchemeKind::ApiKeyQuery(name) => format!(" -G -d '{name}=KEY'"),
            _ => " -H 'Authorization: Bearer KEY'".to_owned(),
        };
        all.push((visible(&curl(&more)).into_owned(), "403: the key lacks the scopes".to_owned()));
    }
    all
}

/// The changes of all files, as `git apply` and `patch -p1` take them.
pub(super) fn diff(files: &[File]) -> String {
    let mut text = String::new();
    for File { path, text: new, state, .. } in files {
        let (before, old) = match state {
            State::New => ("", "/dev/null".to_owned()),
            State::Replaced(before) => (before.as_str(), format!("a/{path}")),
            State::Same | State::Other | State::Included => continue,
        };
        let diff = similar::TextDiff::from_lines(before, new);
        let diff = diff.unified_diff().context_radius(3).header(&old, &format!("b/{path}")).to_string();
        for line in diff.split_inclusive('\n') {
            let color = match line.chars().next() {
                Some('+') => "\x1b[32m",
                Some('-') => RED,
                Some('@') => CYAN,
                _ => "",
            };
            match color {
                "" => text.push_str(line),
                color => text.push_str(&format!("{color}{}{OFF}\n", line.trim_end_matches('\n'))),
            }
        }
    }
    text
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {}\n", visible(line)) })
        .collect()
}
