//! Overlays: changes to the entry document that are made before anything else reads it
//! [OpenAPI Overlay Specification, 1.0.0 and 1.1.0].
//!
//! ```text
//! mod.rs      reads each overlay and applies its actions, one after another
//! action.rs   what an overlay says: its version, its actions
//! target.rs   what a target selects, from RFC 9535 text
//! filter.rs   what stands after the `?` of a target
//! apply.rs    update, remove and copy, on the tree
//! changes.rs  which operations they changed, with before and after
//! ```
//!
//! A tree is never modified. An action makes a new tree: the collections on the way to the change are rebuilt, and all others are
//! shared with the old tree. So a value that stands in several places, by a YAML alias or by `copy`, changes only where
//! the action says. And the old tree remains, so that both can be compared.
//!
//! # Why only the grammar comes from a library
//! `jsonpath-rust` reads a target into a syntax tree, which is public. The walk over the document is written here, for three
//! reasons. No library bounds the cost of a query, and `$..*..*..*` over a document of some megabytes selects more than memory
//! holds. A library would need a second copy of the document as `serde_json` values. And it would read everything that
//! [`crate::json`] passes over.

use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;

use crate::context::Context;
use crate::files;
use crate::finding::{Code, Finding};
use crate::settings::Overlay;
use crate::source::{FileId, Span};
use crate::tree::Node;

mod action;
mod apply;
mod changes;
mod filter;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use changes::tell_changes;

use action::{Action, Change, Version};
use apply::Failure;

/// Counts the values that overlays looked at, copied or wrote.
pub(crate) struct Budget {
    limit: usize,
    spent: usize,
}

impl Budget {
    fn new(limit: usize) -> Self {
        Self { limit, spent: 0 }
    }

    /// Counts so many values. False once the limit is passed.
    fn spend(&mut self, values: usize) -> bool {
        self.spent = self.spent.saturating_add(values);
        self.spent <= self.limit
    }

    fn is_left(&self) -> bool {
        self.spent <= self.limit
    }
}

/// Applies the overlays of the settings to the entry document. If there are any, this is the document before them.
pub(crate) fn apply_overlays(context: &mut Context<'_>) -> Option<Rc<Node>> {
    let settings = context.settings;
    let original = context.root().filter(|_| !settings.overlays.is_empty())?;
    let mut root = Rc::clone(&original);
    let mut budget = Budget::new(settings.limits.overlay_values);
    let mut known = HashSet::new();
    for overlay in &settings.overlays {
        let span = context.stated(overlay.origin.as_ref());
        if !known.insert(overlay.path.canonicalize().unwrap_or_else(|_| overlay.path.clone())) {
            // Applied twice, it would append its lists twice.
            context.report(
                Finding::error(Code::InvalidConfiguration, span, "this overlay is named twice")
                    .help("keep one of the two"),
            );
            continue;
        }
        let Some(text) = files::overlay(context, &overlay.path, span) else {
            context.left_out = true;
            continue;
        };
        let Some((version, actions)) = action::actions(context, &text) else {
            context.left_out = true;
            continue;
        };
        check_extends(context, overlay, &text);
        for action in &actions {
            match run(context, &root, action, version, &mut budget) {
                Some(changed) => root = changed,
                None => context.left_out = true,
            }
            if !budget.is_left() {
                too_large(context, action.span);
                break;
            }
        }
    }
    context.files.set_root(root);
    Some(original)
}

/// The document after an action; `None` after an error.
fn run(
    context: &mut Context<'_>,
    root: &Rc<Node>,
    action: &Action,
    version: Version,
    budget: &mut Budget,
) -> Option<Rc<Node>> {
    /// What reading a target counts in the budget: about as much time as looking at so many values.
    const TARGET: usize = 100;
    budget.spend(TARGET);
    let selected = action.target.select(root, budget);
    if !budget.is_left() {
        return None;
    }
    if selected.is_empty() {
        let (label, help) = action.target.why_nothing(root, budget);
        context.report(
            Finding::error(
                Code::UnmatchedOverlayTarget,
                action.target.span,
                format!("the target `{}` selects nothing", action.target.shown()),
            )
            .label(label)
            .help(help),
        );
        return None;
    }
    let source;
    let change = match &action.change {
        Change::Remove => apply::Edit::Remove,
        Change::Update(value) => apply::Edit::Merge(value),
        Change::Copy(path) => {
            let copied = path.select(root, budget);
            let [one] = copied.as_slice() else {
                let found = if copied.is_empty() { "nothing".to_owned() } else { format!("{} values", copied.len()) };
                if budget.is_left() {
                    context.report(
                        Finding::error(Code::InvalidOverlay, path.span, format!("`copy` selects {found}"))
                            .label("expected one value")
                            .help("select the value by its path, such as `$.paths['/notes'].get`"),
                    );
                }
                return None;
            };
            source = Rc::clone(&one.node);
            apply::Edit::Merge(&source)
        }
    };
    let mut edits = apply::Edits { version, action: action.span, depth: context.settings.limits.depth, budget };
    match edits.apply(root, &selected, change) {
        Ok(changed) => Some(changed),
        Err(Failure::TooLarge) => None,
        Err(Failure::Finding(finding)) => {
            context.report(*finding);
            None
        }
    }
}

fn too_large(context: &mut Context<'_>, span: Span) {
    let limit = context.settings.limits.overlay_values;
    context.left_out = true;
    context.report(
        Finding::error(Code::TooLarge, span, format!("overlays look at, copy or write more than {limit} values"))
            .label("with this action")
            .help("select less, or raise `limits.overlay-values` in `policy.toml` if that is meant"),
    );
}

/// Checks `extends`: an overlay that names a document must name this one.
fn check_extends(context: &mut Context<'_>, overlay: &Overlay, text: &Node) {
    let Some(extends) = text.get("extends") else { return };
    let Some(uri) = extends.string() else {
        context.invalid(extends, "`extends`", "the document that the overlay is for, as a URI reference");
        return;
    };
    if uri.contains("://") {
        let own = context.root().and_then(|root| root.get("$self")?.string().map(str::to_owned));
        if own.as_deref() != Some(uri) {
            context.report(
                crate::finding::warning(
                    Code::InvalidOverlay,
                    extends.span,
                    format!("`{}` may be another document than the one that is read", uri.escape_debug()),
                )
                .label("a URL is never fetched")
                .help("name the document by its path, relative to the overlay, or leave `extends` out"),
            );
        }
        return;
    }
    let named = overlay.path.parent().unwrap_or(Path::new("")).join(uri);
    let read = overlay.document.clone().unwrap_or_else(|| Path::new(context.sources.name(FileId(0))).to_path_buf());
    let same = match (named.canonicalize(), read.canonicalize()) {
        (Ok(named), Ok(read)) => named == read,
        // A document that was read from memory has no path, only a name.
        _ => named.file_name() == read.file_name() && named.file_name().is_some() && !read.exists(),
    };
    if !same {
        context.left_out = true;
        context.report(
            Finding::error(
                Code::InvalidOverlay,
                extends.span,
                format!("this overlay is for `{}`, not for `{}`", uri.escape_debug(), context.sources.name(FileId(0))),
            )
            .label("relative to the overlay")
            .help("correct `extends`, or take the overlay out of the configuration"),
        );
    }
}
