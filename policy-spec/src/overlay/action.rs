//! What an overlay says: its version and its actions.

use std::rc::Rc;

use super::target::Target;
use crate::context::Context;
use crate::finding::{Code, Finding, Level, warning};
use crate::likely::{did_you_mean, likely};
use crate::source::Span;
use crate::tree::{Entry, Node};

/// The version of the specification. Patch versions do not count [Overlay 1.1.0, Versions].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    V1_0,
    V1_1,
}

/// One change, to everything that its target selects.
pub(super) struct Action {
    /// The part of the action that findings show: its target.
    pub(super) span: Span,
    pub(super) target: Target,
    pub(super) change: Change,
}

pub(super) enum Change {
    Update(Rc<Node>),
    Remove,
    Copy(Target),
}

const ROOT: [&str; 4] = ["overlay", "info", "extends", "actions"];
const ACTION: [&str; 5] = ["target", "description", "update", "remove", "copy"];

/// The actions of an overlay, in order. `None` after an error.
pub(super) fn actions(context: &mut Context<'_>, overlay: &Rc<Node>) -> Option<(Version, Vec<Action>)> {
    let entries = context.entries(overlay, "the overlay", "a mapping that starts with `overlay: 1.1.0`")?;
    let version = version(context, overlay)?;
    for entry in entries.iter().filter(|entry| !ROOT.contains(&entry.key.as_str()) && !entry.key.starts_with("x-")) {
        // A misspelt `actions` is no danger, since an overlay without `actions` is an error.
        unknown(context, entry, "an overlay", &ROOT, Level::Warning);
    }
    let info = |key: &str| overlay.get("info").and_then(|info| info.get(key)?.text());
    if info("title").is_none() || info("version").is_none() {
        let span = overlay.entry("info").map_or(overlay.span, |entry| entry.key_span);
        let span = Span { end: span.end.min(span.start + 1).max(span.start), ..span };
        let finding = warning(Code::InvalidOverlay, span, "the overlay does not say its title and version");
        context.report(finding.help("write `info: { title: What it is for, version: 1.0.0 }`"));
    }
    let Some(list) = overlay.get("actions") else {
        let span = overlay.entry("overlay").map_or(overlay.span, |entry| entry.key_span);
        context.report(
            Finding::error(Code::InvalidOverlay, span, "the overlay has no `actions`")
                .help("list at least one: `actions: [{ target: $.info, update: { title: Notes } }]`"),
        );
        return None;
    };
    let items = context.items(list, "`actions`", "a list of actions")?;
    if items.is_empty() {
        let finding = Finding::error(Code::InvalidOverlay, list.span, "`actions` lists none");
        context.report(finding.help("list at least one action, or take the overlay out of the configuration"));
        return None;
    }
    let read: Vec<Option<Action>> = items.iter().map(|item| action(context, item, version)).collect();
    // If one action is left out, those after it would be applied to another document.
    Some((version, read.into_iter().collect::<Option<_>>()?))
}

fn version(context: &mut Context<'_>, overlay: &Node) -> Option<Version> {
    const HELP: &str = "write `overlay: 1.1.0`; versions 1.0 and 1.1 are known";
    let Some(written) = overlay.get("overlay") else {
        let span = overlay.entries().and_then(|entries| entries.first()).map_or(overlay.span, |entry| entry.key_span);
        context.report(
            Finding::error(Code::InvalidOverlay, span, "this is no overlay: it has no `overlay` version").help(HELP),
        );
        return None;
    };
    let text = written.text().unwrap_or_default();
    let mut parts = text.split('.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let known = match [parts.next(), parts.next(), parts.next(), parts.next()] {
        [Some("1"), Some("0"), Some(patch), None] if is_number(patch) => Some(Version::V1_0),
        [Some("1"), Some("1"), Some(patch), None] if is_number(patch) => Some(Version::V1_1),
        _ => None,
    };
    if known.is_none() {
        let message = format!("`{}` is no version of the Overlay Specification that is known", text.escape_debug());
        context.report(Finding::error(Code::InvalidOverlay, written.span, message).help(HELP));
    }
    known
}

fn action(context: &mut Context<'_>, node: &Rc<Node>, version: Version) -> Option<Action> {
    let entries = context.entries(node, "the action", "a mapping with a `target`, and an `update` or a `remove`")?;
    let mut sound = true;
    for entry in entries.iter().filter(|entry| !ACTION.contains(&entry.key.as_str()) && !entry.key.starts_with("x-")) {
        // It may be a misspelt `update`, `remove` or `copy`.
        unknown(context, entry, "an action", &ACTION, Level::Error);
        sound = false;
    }
    let place = entries.first().map_or(node.span, |entry| entry.key_span);
    let Some(target) = node.get("target") else {
        context.report(
            Finding::error(Code::InvalidOverlay, place, "the action has no `target`")
                .help("say what it changes, such as `target: $.paths['/notes'].get`"),
        );
        return None;
    };
    let target = Target::read(context, target, "target")?;
    let remove = match node.get("remove").map(|value| (value, value.bool())) {
        None => false,
        Some((_, Some(remove))) => remove,
        Some((value, None)) => {
            context.invalid(value, "`remove`", "`true` or `false`");
            return None;
        }
    };
    let (update, copy) = (node.entry("update"), node.entry("copy"));
    if let Some(copy) = copy.filter(|_| version < Version::V1_1) {
        let finding = Finding::error(Code::InvalidOverlay, copy.key_span, "`copy` came with version 1.1");
        context.report(finding.help("write `overlay: 1.1.0`"));
        return None;
    }
    let change = match (remove, update, copy) {
        (false, Some(update), Some(copy)) => {
            // Each of them makes the other have no effect [Overlay 1.1.0, Action Object].
            context.report(
                Finding::error(Code::InvalidOverlay, copy.key_span, "the action says `update` and `copy`")
                    .also(update.key_span, "one of the two counts, and it is not said which")
                    .help("make two actions of it"),
            );
            return None;
        }
        (true, update, copy) => {
            if let Some(idle) = update.or(copy) {
                let message = format!("`{}` has no effect beside `remove: true`", idle.key);
                context.report(
                    warning(Code::InvalidOverlay, idle.key_span, message)
                        .help("leave it out, or remove in an action before"),
                );
            }
            Change::Remove
        }
        (false, Some(update), None) => Change::Update(Rc::clone(&update.value)),
        (false, None, Some(copy)) => Change::Copy(Target::read(context, &copy.value, "copy")?),
        (false, None, None) => {
            context.report(
                Finding::error(Code::InvalidOverlay, place, "the action changes nothing")
                    .label("neither `update` nor `remove: true`")
                    .help("say what becomes of the target"),
            );
            return None;
        }
    };
    sound.then_some(Action { span: target.span, target, change })
}

fn unknown(context: &mut Context<'_>, entry: &Entry, what: &str, known: &[&str], level: Level) {
    let keys = format!("the keys are `{}`, and extensions that start with `x-`", known.join("`, `"));
    let help = did_you_mean(likely(&entry.key, known.iter().copied()), keys);
    let message = format!("`{}` is no key of {what}", entry.key.escape_debug());
    context.report(Finding { level, ..Finding::new(Code::UnknownKey, entry.key_span, message) }.settled().help(help));
}
