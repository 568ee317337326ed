//! Reads a document and makes the engine that decides by it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_spec::{Engine, Finding, Level};

use super::refusal::{Faults, Refusal};
use super::source::{NoSource, Source};
use crate::configuration::PolicyEntry;

/// A document, ready to decide.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) engine: Arc<Engine>,
    pub(super) fingerprint: String,
    /// The findings that are no errors, as `rustc` would print them.
    pub(super) warnings: String,
}

/// What came of reading a document.
pub(super) struct Read {
    pub(super) document: Option<Document>,
    /// The files that were looked at, whatever came of it.
    pub(super) files: Vec<PathBuf>,
    pub(super) refusal: Refusal,
    pub(super) faults: Faults,
}

/// Reads the document of a policy.
pub(super) fn read(entry: &PolicyEntry) -> Read {
    let mut read = Read {
        document: None,
        files: vec![entry.source.value.clone()],
        refusal: Refusal::default(),
        faults: Faults::default(),
    };
    let place = entry.source.place.clone();
    let mut source = match Source::find(&entry.source.value) {
        Ok(source) => source,
        Err(NoSource::Configuration(error)) => {
            read.files.extend(error.sources.files().map(|file| PathBuf::from(error.sources.name(file))));
            read.refusal = error.into();
            return read;
        }
        Err(NoSource::Missing { path, error }) => {
            let help = "the path is relative to the folder of this file";
            read.faults.add(place, format!("`{}` cannot be read: {error}", path.display()), help);
            return read;
        }
        Err(NoSource::Bare(folder)) => {
            let help = "name the document itself, or add a `policy.toml` that names it";
            read.faults.add(place, format!("the folder `{}` has no `policy.toml`", folder.display()), help);
            return read;
        }
        Err(NoSource::Unnamed(file)) => {
            let help = "add `document = \"openapi.yaml\"` to it, or name the document here";
            read.faults.add(place, format!("`{}` names no document", file.display()), help);
            return read;
        }
    };
    read.files = source.file.iter().cloned().chain([source.document.clone()]).collect();
    if let Some(base_path) = &entry.base_path {
        source.configuration.settings.base_path = Some(base_path.value.clone());
    }
    source.configuration.settings.ordinary_files = true;
    let loaded = policy_spec::load(&source.document, &source.configuration.settings);
    read.files.extend(loaded.files.iter().filter(|file| !is_known(&read.files, file)).cloned().collect::<Vec<_>>());
    let Some(model) = &loaded.model else {
        read.refusal.findings(loaded.findings.into_iter().filter(Finding::is_error).collect(), loaded.sources);
        return read;
    };
    match Engine::new(model) {
        Ok(engine) => {
            let warnings: Vec<String> = loaded
                .findings
                .iter()
                .filter(is_worth_a_look)
                .map(|finding| finding.render(&loaded.sources, false))
                .collect();
            read.document = Some(Document {
                engine: Arc::new(engine),
                fingerprint: model.fingerprint(),
                warnings: warnings.join("\n\n"),
            });
        }
        Err(error) => {
            let name = source.document.display();
            for line in error.to_string().lines() {
                read.refusal.sentence(format!("`{name}` cannot be served: {line}"));
            }
        }
    }
    read
}

/// Notes are about Rust code, or for whoever writes the document: `cargo policy check` shows them.
fn is_worth_a_look(finding: &&Finding) -> bool {
    finding.level >= Level::Warning && finding.waived.is_none()
}

fn is_known(files: &[PathBuf], file: &Path) -> bool {
    files.iter().any(|known| known == file)
}
