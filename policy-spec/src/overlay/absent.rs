//! Refuses overlays in a build without the feature `overlays`.

use std::rc::Rc;

use crate::context::Context;
use crate::emit::Editable;
use crate::finding::{Code, Finding};
use crate::model::PolicyModel;
use crate::tree::Node;

/// Refuses overlays in the settings. The document without them would be another policy.
pub(crate) fn apply_overlays(context: &mut Context<'_>) -> Option<Rc<Node>> {
    for overlay in &context.settings.overlays {
        let span = context.stated(overlay.origin.as_ref());
        context.left_out = true;
        context.report(
            Finding::error(Code::InvalidConfiguration, span, "overlays are not part of this build")
                .label("this one would be ignored")
                .help("add the feature `overlays` to the dependency: `policy-build = { version = \"…\", features = [\"overlays\"] }`"),
        );
    }
    None
}

/// Nothing was changed.
pub(crate) fn tell_changes(_: &mut Context<'_>, _: &Rc<Node>, _: &mut PolicyModel, _: &[Editable]) {}
