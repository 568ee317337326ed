//! Applies the levels and waivers of the settings to the findings.

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::reference::unescape;
use crate::settings::{Lint, Waiver};
use crate::source::Span;

/// The findings with the levels of the settings and with their waivers, and findings about the waivers themselves.
pub(crate) fn judge(context: &mut Context<'_>) -> Vec<Finding> {
    let settings = context.settings;
    let mut findings = std::mem::take(&mut context.findings);
    findings.retain_mut(|finding| {
        let lint = settings.levels.get(&finding.code).filter(|_| !finding.code.is_fixed() && !finding.settled);
        match lint {
            Some(Lint::Allow) => return false,
            Some(Lint::Level(level)) => finding.level = *level,
            None => {}
        }
        true
    });
    for waiver in &settings.waivers {
        let report = match apply(context, waiver, &mut findings) {
            Applied::Yes => continue,
            Applied::Expired => Finding::new(
                Code::ExpiredWaiver,
                context.stated(waiver.origin.as_ref()),
                format!(
                    "the waiver of `{}` at `{}` expired on {}",
                    waiver.code,
                    waiver.location.escape_debug(),
                    waiver.expires
                ),
            )
            .label(waiver.reason.clone())
            .help("solve what it waives, or give it another date and say why"),
            Applied::Nowhere => Finding::new(
                Code::UnusedWaiver,
                context.stated(waiver.origin.as_ref()),
                format!("there is no `{}` at `{}` to waive", waiver.code, waiver.location.escape_debug()),
            )
            .label(waiver.reason.clone())
            .help("remove the waiver"),
            Applied::Fixed => Finding::error(
                Code::InvalidConfiguration,
                context.stated(waiver.origin.as_ref()),
                format!("`{}` at `{}` cannot be waived", waiver.code, waiver.location.escape_debug()),
            )
            .help("without what it is about, the policy would not be the document's"),
        };
        findings.push(report);
    }
    findings
}

enum Applied {
    Yes,
    Expired,
    Nowhere,
    Fixed,
}

fn apply(context: &mut Context<'_>, waiver: &Waiver, findings: &mut [Finding]) -> Applied {
    let places = places(context, &waiver.location);
    let mut applied = Applied::Nowhere;
    for finding in findings.iter_mut().filter(|finding| finding.code == waiver.code) {
        // A finding can compare a route with several others. A waiver of it names the route itself, not one of the others.
        let others =
            if finding.is_of_routes() && finding.secondary.len() > 1 { &[] } else { finding.secondary.as_slice() };
        let mut labels = std::iter::once(&finding.primary).chain(others);
        if !labels.any(|label| places.iter().any(|place| place.covers(label.span))) {
            continue;
        }
        if finding.code.is_fixed() || finding.settled {
            return Applied::Fixed;
        }
        if waiver.expires < context.settings.today {
            return Applied::Expired;
        }
        finding.waived = Some(format!("{} (until {})", waiver.reason, waiver.expires));
        applied = Applied::Yes;
    }
    applied
}

/// The texts that a location names: an operation, a path, or a JSON pointer.
fn places(context: &mut Context<'_>, location: &str) -> Vec<Span> {
    let Some(root) = context.root() else { return Vec::new() };
    if let Some(pointer) = location.strip_prefix('#') {
        let mut spans = vec![root.span];
        let mut node = root;
        for part in pointer.split('/').skip(1) {
            let part = unescape(part);
            if let Some(entry) = node.entry(&part).cloned() {
                spans = vec![entry.key_span, entry.value.span];
                spans.append(&mut entry.value.written_elsewhere());
                node = entry.value;
            } else if let Some(item) = part.parse().ok().and_then(|at: usize| node.items()?.get(at).cloned()) {
                spans = vec![item.span];
                node = item;
            } else {
                return Vec::new();
            }
        }
        return spans;
    }
    let (method, template) = match location.split_once(' ') {
        Some((method, template)) => (Some(method), template),
        None => (None, location),
    };
    let Some(path) = root.get("paths").and_then(|paths| paths.entry(template)) else { return Vec::new() };
    // The path item that a `$ref` leads to belongs to the path as well.
    let item = context.peek(&path.value);
    let mut spans = vec![path.key_span, path.value.span, item.span];
    spans.append(&mut item.written_elsewhere());
    if let Some(method) = method {
        let written = |key: &str| key == method || key.to_ascii_uppercase() == method;
        let of = |node: &crate::tree::Node| {
            node.entries().and_then(|entries| entries.iter().find(|entry| written(&entry.key)).cloned())
        };
        let Some(entry) = of(&item)
            .or_else(|| of(&path.value))
            .or_else(|| item.get("additionalOperations").and_then(|more| of(more)))
        else {
            return Vec::new();
        };
        // Findings about the route point at the path's key.
        spans = vec![path.key_span, entry.key_span, entry.value.span, context.peek(&entry.value).span];
        spans.append(&mut entry.value.written_elsewhere());
    }
    spans
}
