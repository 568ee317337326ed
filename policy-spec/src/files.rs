//! The files of a document: found, bounded, and read once each.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::late::LateText;
use crate::parse::{Parsed, parse};
use crate::settings::Settings;
use crate::source::{FileId, Span};
use crate::tree::Node;

/// The files that were read.
#[derive(Default)]
pub(crate) struct Files {
    /// In the order in which they were read.
    documents: Vec<(FileId, Document)>,
    /// The number of each document, by its path below the folder.
    known: HashMap<PathBuf, FileId>,
    /// The overlays. What they write is part of the entry document.
    overlays: Vec<Overlay>,
    /// The folder that references must stay in; `None` when the document does not come from a file.
    folder: Option<PathBuf>,
    /// How many bytes all files have together.
    bytes: usize,
}

struct Document {
    /// The file's path below the folder.
    relative: PathBuf,
    root: Option<Rc<Node>>,
    late: Option<Rc<LateText>>,
}

struct Overlay {
    file: FileId,
    path: PathBuf,
    late: Option<Rc<LateText>>,
}

impl Files {
    /// The tree of the entry document.
    pub(crate) fn root(&self) -> Option<Rc<Node>> {
        self.document(FileId(0))
    }

    pub(crate) fn document(&self, file: FileId) -> Option<Rc<Node>> {
        self.of(self.home(file)).and_then(|document| document.root.clone())
    }

    /// The document of that number. Numbers are given in the order in which files are read.
    fn of(&self, file: FileId) -> Option<&Document> {
        let at = self.documents.binary_search_by_key(&file, |(file, _)| *file).ok()?;
        self.documents.get(at).map(|(_, document)| document)
    }

    /// The document that a text belongs to. References in an overlay's text start from the entry document.
    fn home(&self, file: FileId) -> FileId {
        if self.is_overlay(file) { FileId(0) } else { file }
    }

    /// Whether the file is an overlay.
    pub(crate) fn is_overlay(&self, file: FileId) -> bool {
        self.overlays.iter().any(|overlay| overlay.file == file)
    }

    /// The overlays that were read.
    pub(crate) fn overlays(&self) -> impl Iterator<Item = &PathBuf> {
        self.overlays.iter().map(|overlay| &overlay.path)
    }

    /// Puts another tree in the place of the entry document's.
    #[cfg(feature = "overlays")]
    pub(crate) fn set_root(&mut self, root: Rc<Node>) {
        if let Some((_, entry)) = self.documents.first_mut() {
            entry.root = Some(root);
        }
    }

    /// The path of a file below the folder, with `/` between its parts. It is the same for every spelling of a reference.
    pub(crate) fn relative(&self, file: FileId) -> String {
        let relative = self.of(file).map(|document| document.relative.to_string_lossy().replace('\\', "/"));
        relative.unwrap_or_default()
    }

    /// The files that were read beside the entry document.
    pub(crate) fn others(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let folder = self.folder.clone().unwrap_or_default();
        let documents = self.documents.iter().skip(1).map(move |(_, document)| folder.join(&document.relative));
        documents.chain(self.overlays().cloned())
    }

    /// What was found in values that were read late.
    pub(crate) fn take_late_findings(&self) -> Vec<Finding> {
        let documents = self.documents.iter().map(|(_, document)| document.late.as_ref());
        let overlays = self.overlays.iter().map(|overlay| overlay.late.as_ref());
        documents.chain(overlays).flatten().flat_map(|late| late.take_findings()).collect()
    }
}

/// Reads the entry document.
pub(crate) fn read(context: &mut Context<'_>, name: &str, bytes: Vec<u8>, path: Option<&Path>) {
    let mut outside = None;
    let mut relative = path.and_then(Path::file_name).map(PathBuf::from).unwrap_or_default();
    if let Some(path) = path {
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        context.files.folder = Some(match context.settings.reference_root.clone() {
            None => folder,
            Some(chosen) => match below(&chosen, path) {
                Some(below) => {
                    relative = below;
                    chosen
                }
                None => {
                    outside = Some(chosen);
                    folder
                }
            },
        });
    }
    add(context, name, bytes, relative);
    if let Some(chosen) = outside {
        let message = format!("the document is not in the folder `{}`, which its references may use", chosen.display());
        context.report(
            Finding::error(Code::ReferenceOutsideTree, Span { file: FileId(0), start: 0, end: 0 }, message)
                .help("set `reference-root` in `policy.toml` to a folder above the document"),
        );
    }
}

/// The path of a file below a folder. Symbolic links and `..` in both are resolved before they are compared.
fn below(folder: &Path, path: &Path) -> Option<PathBuf> {
    let (folder, path) = (or_here(folder).canonicalize().ok()?, path.canonicalize().ok()?);
    path.strip_prefix(folder).ok().map(Path::to_path_buf)
}

/// The tree of another file, read once. `span` is the reference to it, in the file that `path` is relative to.
pub(crate) fn other(context: &mut Context<'_>, path: &str, span: Span) -> Option<Rc<Node>> {
    let outside = |why: &str| {
        Finding::error(Code::ReferenceOutsideTree, span, format!("the reference to `{}` {why}", path.escape_debug()))
            .label("not followed")
            .help("keep every part of the document in its folder, or set `reference-root` in `policy.toml` to a folder above; nothing is fetched")
    };
    if path.contains("://") || path.starts_with("//") {
        context.report(outside("leads to the network"));
        return None;
    }
    let Some(folder) = context.files.folder.clone() else {
        context.report(
            Finding::error(
                Code::UnresolvedRef,
                span,
                format!("the reference to `{}` needs a file to start from", path.escape_debug()),
            )
            .help("this document was read from memory; read it from its file"),
        );
        return None;
    };
    let here = context.files.of(context.files.home(span.file));
    let here = here.map(|document| document.relative.clone()).unwrap_or_default();
    let Some(relative) = normalise(here.parent().unwrap_or(Path::new("")), Path::new(path)) else {
        context.report(outside("leaves the document's folder"));
        return None;
    };
    if let Some(known) = context.files.known.get(&relative) {
        return context.files.document(*known);
    }
    if relative.as_os_str().is_empty() {
        let message = format!("`{}` is a folder, and a reference leads to a file", path.escape_debug());
        let finding = Finding::error(Code::UnresolvedRef, span, message);
        context.report(finding.help("write `#/…` for a place in this document, or name the file before the `#`"));
        return None;
    }
    let full = folder.join(&relative);
    let inside = match (or_here(&folder).canonicalize(), full.canonicalize()) {
        (Ok(folder), Ok(full)) => full.starts_with(folder),
        // A missing file is reported below, when it is read.
        _ => true,
    };
    if !inside {
        context.report(outside("leaves the document's folder by a symbolic link"));
        return None;
    }
    let left = context.settings.limits.bytes.saturating_sub(context.files.bytes);
    match within(context.settings, &full, left) {
        Ok(bytes) => add(context, &full.to_string_lossy().replace('\\', "/"), bytes, relative),
        Err(error) => {
            context.report(Finding::error(
                Code::UnresolvedRef,
                span,
                format!("the file `{}` cannot be read: {error}", full.display()),
            ));
            None
        }
    }
}

fn add(context: &mut Context<'_>, name: &str, bytes: Vec<u8>, relative: PathBuf) -> Option<Rc<Node>> {
    let (file, parsed) = parse_bounded(context, name, bytes);
    context.files.known.insert(relative.clone(), file);
    context.files.documents.push((file, Document { relative, root: parsed.root.clone(), late: parsed.late }));
    parsed.root
}

/// Reads an overlay. `path` is how the configuration names it; `span` is where.
#[cfg(feature = "overlays")]
pub(crate) fn overlay(context: &mut Context<'_>, path: &Path, span: Span) -> Option<Rc<Node>> {
    let name = path.to_string_lossy().replace('\\', "/");
    let left = context.settings.limits.bytes.saturating_sub(context.files.bytes);
    match within(context.settings, path, left) {
        Ok(bytes) => {
            let (file, parsed) = parse_bounded(context, &name, bytes);
            context.files.overlays.push(Overlay { file, path: path.to_path_buf(), late: parsed.late });
            parsed.root
        }
        Err(error) => {
            context.report(
                Finding::error(Code::UnreadableFile, span, format!("the overlay `{name}` cannot be read: {error}"))
                    .help("the path is relative to the folder of the configuration"),
            );
            None
        }
    }
}

/// Reads a file, as long as all files together are within the budget.
fn parse_bounded(context: &mut Context<'_>, name: &str, bytes: Vec<u8>) -> (FileId, Parsed) {
    context.files.bytes = context.files.bytes.saturating_add(bytes.len());
    let file = context.sources.next();
    let parsed = if context.files.bytes > context.settings.limits.bytes {
        let file = context.sources.add(name, "");
        let limit = context.settings.limits.bytes;
        context.report(
            Finding::error(
                Code::TooLarge,
                Span { file, start: 0, end: 0 },
                format!("the document has more than {limit} bytes with this file"),
            )
            .help("raise `limits.bytes` in `policy.toml` if that is meant"),
        );
        Parsed { root: None, late: None }
    } else {
        parse(name, bytes, &context.settings.limits, &mut context.sources, &mut context.findings)
    };
    (file, parsed)
}

/// The bytes of a file of the document, as [`bounded`]. The settings say whether it must be an ordinary one.
pub(crate) fn within(settings: &Settings, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    if settings.ordinary_files { ordinary(path, limit) } else { bounded(path, limit) }
}

/// The bytes of an ordinary file, but at most `limit` and one more. A pipe or a device is refused: it may never end, and a program that has
/// more to do must not wait for it.
///
/// # Errors
/// The file cannot be read, or is no ordinary file.
pub fn ordinary(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let kind = std::fs::metadata(path)?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe or a device; name an ordinary file"));
    }
    bounded(path, limit)
}

/// The bytes of a file, but at most `limit` and one more. One more is enough to see that the file is too large.
fn bounded(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let file = File::open(path)?;
    if let Ok(known) = file.metadata().map(|metadata| metadata.len().min(most)) {
        bytes.reserve_exact(usize::try_from(known).unwrap_or(0));
    }
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// `folder/path` without `.` and `..`; `None` when it would leave the tree.
fn normalise(folder: &Path, path: &Path) -> Option<PathBuf> {
    let mut normal = folder.to_path_buf();
    for part in path.components() {
        match part {
            Component::Normal(part) => normal.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}
