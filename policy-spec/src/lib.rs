//! Reads an OpenAPI document, with its exact meaning, into a policy model. Every fact has a span in the source.
//!
//! [`load`] reads a file, [`read`] reads bytes. Both give all [findings](Finding) at once. They give a [`PolicyModel`] only if no
//! finding is an error. What this crate does not know, it refuses.
//!
//! ```
//! let document = "
//! openapi: 3.1.0
//! info: { title: Notes, version: '1' }
//! paths:
//!   /notes:
//!     get:
//!       x-required-scopes: [notes:read]
//! components:
//!   securitySchemes:
//!     Token: { type: http, scheme: bearer }
//! security: [{ Token: [] }]
//! ";
//! let loaded = policy_spec::read("notes.yaml", document.as_bytes(), &policy_spec::Settings::default());
//! let model = loaded.model.ok_or("the document has errors")?;
//! assert_eq!(model.operations[0].alternatives()[0].extension(), ["notes:read"]);
//! # Ok::<(), &str>(())
//! ```
//!
//! # From bytes to model
//! 1. The text becomes a tree with spans. Budgets bound its depth and size, and every duplicate key is found.
//! 2. Unknown keys are found where they could change the policy.
//! 3. The parts that a policy needs are read one by one, so that an error has the position of its part.
//! 4. They are put together into the model.
//!
//! Bodies, responses and examples are never looked into, and of schemas only those of query parameters. Examples of path parameters are
//! read where [`Settings::path_examples`] asks for them.
// docs.rs builds with nightly, and shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod as_nobody;
mod code;
mod combine;
#[cfg(feature = "tools")]
mod compare;
#[cfg_attr(not(feature = "tools"), allow(unused, unreachable_pub, reason = "what only tools read and show"))]
mod configuration;
mod context;
mod document;
mod draft;
#[cfg_attr(not(feature = "tools"), path = "emit/absent.rs")]
mod emit;
#[cfg(feature = "tools")]
mod engine;
mod extension;
mod files;
mod finding;
mod fingerprint;
mod in_words;
mod json;
mod keys;
mod late;
mod likely;
mod lints;
mod model;
mod names;
mod operations;
mod order;
mod overlap;
#[cfg_attr(not(feature = "overlays"), path = "overlay/absent.rs")]
mod overlay;
mod parse;
mod passage;
mod path_examples;
mod path_key;
mod public;
mod query;
mod reference;
mod requirement;
mod router_syntax;
mod schema;
mod schemes;
mod scope_lints;
mod scope_map;
mod served;
mod server;
mod settings;
mod siblings;
mod source;
mod together;
mod told;
mod tree;
mod unserved;
mod version;
mod waiver;
mod webhooks;
mod words;

use std::path::{Path, PathBuf};

#[cfg(feature = "tools")]
pub use compare::{
    Change, Danger, Deciders, Difference, DifferenceInWords, Reviewable, Reviewed, Spot, Subject, Witness, compare,
    different_base_paths, review,
};
pub use configuration::{Configuration, ConfigurationError};
/// What reads a configuration file in TOML and makes its JSON schema, for `policy-gateway`, whose file is read as `policy.toml` is.
#[cfg(feature = "tools")]
#[doc(hidden)]
pub mod toml_file {
    pub use crate::configuration::{Range, Reader, Value, read_toml, schema};
    pub use toml::de::{DeTable, DeValue};
}
pub use draft::{DRAFT_VARIABLE, DraftSettings, draft_path};
#[cfg(feature = "tools")]
pub use emit::{EMITTED, Emission, Unsaid, emit};
#[cfg(feature = "tools")]
pub use engine::{Engine, EngineError, Routed};
#[doc(hidden)]
pub use files::ordinary as ordinary_file;
pub use finding::{Code, Finding, Label, Level};
pub use in_words::InWords;
pub use likely::likely;
pub use model::{
    BeforeOverlays, OperationModel, PolicyModel, RemovedOperation, Scheme, SchemeKind, ScopeEntry, WebhookModel,
};
pub use names::{Collision, Kind as NameKind, Names, OperationNames, ScopeNames};
pub use policy_core::owned::{AlternativeFacts, QueryFacts, RequirementFacts};
pub use policy_core::{Access, AsNobody, Date, ScopeMapping, Stage, Stale};
pub use served::ServeError;
pub use settings::{
    AsNobodyEntry, Combine, Extension, ExtensionShape, GivenName, Limits, Lint, NameSettings, Naming, Overlay,
    PublicOperation, ScopeMapEntry, Settings, Undeclared, UnsupportedQuery, Waiver,
};
pub use source::{FileId, Location, Sources, Span};
pub use told::Told;

use context::Context;

/// What was read from a document.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The policy. `None` if one of the findings is an error.
    pub model: Option<PolicyModel>,
    /// Everything that was found, in the order of the text.
    pub findings: Vec<Finding>,
    /// The texts that the findings point into.
    pub sources: Sources,
    /// The files that were read, overlays among them. A build has to run again when one of them changes.
    pub files: Vec<PathBuf>,
    /// The overlays among them.
    pub overlays: Vec<PathBuf>,
    /// What could be read in spite of errors.
    partial: Option<PolicyModel>,
    complete: bool,
    /// Where each operation of the model can be edited.
    #[cfg_attr(not(feature = "tools"), expect(dead_code, reason = "only tools edit documents"))]
    editable: Vec<emit::Editable>,
}

impl Loaded {
    /// What could be read, even of a document with errors. It is for reviewers, who need to see a bad document most of all. Never
    /// decide by it.
    #[must_use]
    pub fn readable(&self) -> Option<&PolicyModel> {
        self.model.as_ref().or(self.partial.as_ref())
    }

    /// Whether [`readable`](Loaded::readable) is the whole document, since no error kept a part of it out.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The texts of the overlays.
    #[cfg(feature = "tools")]
    fn overlay_files(&self) -> impl Iterator<Item = FileId> + '_ {
        let is_overlay = |file: &FileId| {
            let name = Path::new(self.sources.name(*file));
            self.overlays.iter().any(|overlay| overlay == name)
        };
        self.sources.files().filter(is_overlay)
    }

    /// The [findings about](Finding::is_about) an operation.
    pub fn about<'l>(&'l self, operation: &'l OperationModel) -> impl Iterator<Item = &'l Finding> {
        self.findings.iter().filter(move |finding| finding.is_about(operation))
    }

    /// Every finding as `rustc` would print it, one blank line between two.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let rendered: Vec<String> = self.findings.iter().map(|finding| finding.render(&self.sources, color)).collect();
        rendered.join("\n\n")
    }
}

/// Reads a document from its file, with the files it refers to in the same folder tree.
///
/// A file that cannot be read is a finding like any other.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let loaded = policy_spec::load("openapi.yaml".as_ref(), &policy_spec::Settings::default());
/// eprintln!("{}", loaded.render(true));
/// if let Some(model) = loaded.model {
///     println!("{} operations", model.operations.len());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn load(path: &Path, settings: &Settings) -> Loaded {
    let name = path.to_string_lossy().replace('\\', "/");
    match files::within(settings, path, settings.limits.bytes) {
        Ok(bytes) => {
            let context = Context::new(&name, bytes, Some(path), settings);
            let mut files = vec![path.to_path_buf()];
            let mut loaded = finish(context);
            files.append(&mut loaded.files);
            Loaded { files, ..loaded }
        }
        Err(error) => {
            let mut sources = Sources::default();
            let file = sources.add(name.as_str(), "");
            let finding = Finding::error(
                Code::UnreadableFile,
                Span { file, start: 0, end: 0 },
                format!("`{name}` cannot be read: {error}"),
            )
            .help("the path is relative to the folder the program runs in");
            Loaded {
                model: None,
                partial: None,
                complete: false,
                findings: vec![finding],
                sources,
                files: Vec::new(),
                overlays: Vec::new(),
                editable: Vec::new(),
            }
        }
    }
}

/// Reads a document from bytes. `name` is what findings call it. References to other files are errors.
#[must_use]
pub fn read(name: &str, bytes: &[u8], settings: &Settings) -> Loaded {
    finish(Context::new(name, bytes.to_vec(), None, settings))
}

fn finish(mut context: Context<'_>) -> Loaded {
    let original = overlay::apply_overlays(&mut context);
    let read = context.root().and_then(|root| document::lower(&mut context, &root));
    let (mut model, mut editable) = read.map_or((None, Vec::new()), |(model, editable)| (Some(model), editable));
    if let (Some(model), Some(original)) = (&mut model, original) {
        overlay::tell_changes(&mut context, &original, model, &editable);
    }
    context.collect_late_findings();
    let files = context.files.others().collect();
    let overlays = context.files.overlays().cloned().collect();
    let mut complete = model.is_some() && !context.left_out;
    let mut findings = waiver::judge(&mut context);
    findings.sort_by_key(|finding| (finding.primary.span, finding.code));
    // A part to which several places refer is read for each of them, and its findings repeat.
    findings.dedup();
    let failed = findings.iter().any(Finding::is_error);
    if let Some(model) = model.as_mut().filter(|_| context.unreachable && !failed) {
        // The configuration lowered or waived the error, so that this is the policy.
        complete = false;
        leave_out_unreachable(model, &mut editable);
    }
    let (model, partial) = if failed { (None, model) } else { (model, None) };
    Loaded { model, partial, complete, findings, sources: context.sources, files, overlays, editable }
}

/// Takes those operations out of the model that no request can reach.
fn leave_out_unreachable(model: &mut PolicyModel, editable: &mut Vec<emit::Editable>) {
    let is_reachable = |operation: &OperationModel| policy_router::Template::parse(&operation.path).is_ok();
    let mut kept: Vec<Option<usize>> = Vec::new();
    let mut count = 0;
    for operation in &model.operations {
        kept.push(is_reachable(operation).then_some(count));
        count += usize::from(is_reachable(operation));
    }
    let mut of_editable = kept.iter();
    editable.retain(|_| of_editable.next().is_none_or(Option::is_some));
    model.operations.retain(is_reachable);
    for webhook in &mut model.webhooks {
        webhook.follow_up = webhook.follow_up.iter().filter_map(|at| kept.get(*at).copied().flatten()).collect();
    }
}
