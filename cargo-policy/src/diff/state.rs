//! One of the two states that are compared: a policy's source, read whole where it stands, as it stood at a revision, or as it is staged.

use std::path::{Component, Path, PathBuf};

use policy_spec::{Configuration, Finding, Loaded, Location, PolicyModel, draft_path};

use super::git::{Files, Repository};
use super::operand::Operand;
use super::snapshot::{Snapshot, within};
use crate::escape::visible;
use crate::failure::Failure;
use crate::project::{Read, Subject, of_document, read};

/// The names that a document has where nothing names it.
const DOCUMENTS: [&str; 3] = ["openapi.yaml", "openapi.yml", "openapi.json"];

/// A state, ready to be compared.
#[derive(Debug)]
pub(super) struct State {
    /// What it is called: `openapi.yaml`, or `main:openapi.yaml`.
    pub(super) name: String,
    /// The commit that it stood at, if it is one.
    pub(super) commit: Option<String>,
    /// What was read. `None` where a revision has no such document, which is then a policy without operations.
    pub(super) read: Option<Read>,
    empty: PolicyModel,
    /// What paths begin with that stand in the folder of a revision, and what is shown instead.
    shown: Option<(String, String)>,
    _snapshot: Option<Snapshot>,
}

impl State {
    /// The state of a document where it stands.
    fn of(read: Read) -> Self {
        let name = shown(&read.path);
        Self { name, commit: None, read: Some(read), empty: PolicyModel::new("", ""), shown: None, _snapshot: None }
    }

    pub(super) fn loaded(&self) -> Option<&Loaded> {
        self.read.as_ref().map(|read| &read.loaded)
    }

    /// What could be read; a policy without operations where there is no document.
    pub(super) fn model(&self) -> Result<&PolicyModel, Failure> {
        let Some(loaded) = self.loaded() else { return Ok(&self.empty) };
        loaded.readable().ok_or_else(|| {
            let errors = self.named(&loaded.render(false));
            Failure::with_help(
                format!("nothing of `{}` can be compared", self.name),
                format!("correct its errors:\n\n{errors}"),
            )
        })
    }

    /// The fingerprint of the policy, where it is one.
    pub(super) fn fingerprint(&self) -> Option<String> {
        self.loaded().and_then(|loaded| loaded.model.as_ref()).map(PolicyModel::fingerprint)
    }

    pub(super) fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.loaded().into_iter().flat_map(|loaded| &loaded.findings).filter(|finding| finding.is_error())
    }

    /// Whether it is no policy, as it has errors.
    pub(super) fn is_broken(&self) -> bool {
        self.loaded().is_some_and(|loaded| loaded.model.is_none())
    }

    /// A place in it, with the file as people know it.
    pub(super) fn place(&self, location: &Location) -> Location {
        Location { file: self.file(&location.file), ..location.clone() }
    }

    /// A file's name as people know it: from the top of the repository, where it stood at a revision.
    pub(super) fn file(&self, name: &str) -> String {
        let below = self.shown.as_ref().and_then(|(root, _)| name.strip_prefix(root.as_str()));
        below.unwrap_or(name).to_owned()
    }

    /// A text with the names of files as people know them.
    pub(super) fn named(&self, text: &str) -> String {
        match &self.shown {
            Some((root, revision)) => text.replace(root.as_str(), revision),
            None => text.to_owned(),
        }
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// How the two are read, where not by their own `policy.toml`.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// By `--config`.
    pub(super) config: Option<&'a Path>,
    /// By `--old-config`.
    pub(super) old_config: Option<&'a Path>,
}

impl Reading<'_> {
    /// The state after.
    pub(super) fn new_state(&self, operand: &Operand, other: &Operand) -> Result<State, Failure> {
        match operand {
            Operand::Project => Ok(State::of(self.subject(None).read()?)),
            Operand::Path(path) => Ok(State::of(self.subject(Some(document_in(path)?)).read()?)),
            Operand::Revision { name, files, path } => {
                let given = self.config.map(load).transpose()?;
                self.at_revision(name, files, path.as_deref(), other, given, None)
            }
        }
    }

    /// The state before. Where it has no `policy.toml` of its own, it is read like the one after.
    pub(super) fn old_state(&self, operand: &Operand, other: &Operand, new: &State) -> Result<State, Failure> {
        let given = self.old_config.map(load).transpose()?;
        let like = new.read.as_ref().map(|read| read.configuration.clone());
        match operand {
            Operand::Project => Ok(State::of(self.subject(None).read()?)),
            Operand::Path(path) => {
                let document = document_in(path)?;
                let own = match given {
                    Some(given) => Some(given),
                    None => of_document(&document, false)?.map(|(configuration, _)| configuration),
                };
                let configuration = own.or(like).unwrap_or_default();
                Ok(State::of(read(document, configuration)?))
            }
            Operand::Revision { name, files, path } => {
                self.at_revision(name, files, path.as_deref(), other, given, like)
            }
        }
    }

    fn subject(&self, document: Option<PathBuf>) -> Subject {
        Subject { document, config: self.config.map(Path::to_path_buf) }
    }

    /// `given` is how the command line says it is read, and `like` how it is read where nothing else says so.
    fn at_revision(
        &self,
        name: &str,
        files: &Files,
        path: Option<&str>,
        other: &Operand,
        given: Option<Configuration>,
        like: Option<Configuration>,
    ) -> Result<State, Failure> {
        let here = std::env::current_dir().map_err(|error| Failure::new(format!("the current folder: {error}")))?;
        let repository = Repository::of(&here)?;
        let top = repository.root.clone();
        let in_work_tree = |path: &Path| draft_path(path).strip_prefix(&top).ok().and_then(parts);
        let snapshot = Snapshot::new(repository, files)?;
        let commit = match files {
            Files::Commit(commit) => Some(commit.clone()),
            Files::Index | Files::Nowhere => None,
        };
        let project = || self.subject(None).find().ok().and_then(|found| in_work_tree(&found.path));
        let asked = match (path, other) {
            (Some(path), _) => Some(path.to_owned()),
            (None, Operand::Path(other)) => Some(in_work_tree(other).ok_or_else(|| {
                let what = format!("`{}` is not in this repository, so that it has no place in `{name}`", shown(other));
                Failure::with_help(what, format!("name the document there: `{name}:openapi.yaml`"))
            })?),
            (None, Operand::Revision { path: Some(other), .. }) => Some(other.clone()),
            (None, _) => None,
        };
        let folder = match &asked {
            Some(path) if snapshot.has_file(path) => None,
            Some(path) if snapshot.has_folder(path) => Some(path.clone()),
            Some(_) => None,
            None => Some(in_work_tree(&here).unwrap_or_default()),
        };
        // The whole project, or a folder: what its `policy.toml` names. A document: what belongs to it.
        let (document, own) = match &folder {
            Some(folder) => match closest(&snapshot, folder, asked.is_none(), matches!(files, Files::Index))? {
                Some((document, configuration)) => (Some(document), Some(configuration)),
                None if asked.is_some() => (DOCUMENTS.iter().find_map(|name| there(&snapshot, folder, name)), None),
                None => (project().filter(|path| snapshot.has_file(path)), None),
            },
            None => {
                let document = asked.clone().unwrap_or_default();
                let own = of(&snapshot, &document)?;
                (Some(document).filter(|path| snapshot.has_file(path)), own)
            }
        };
        let Some(document) = document else {
            // What was named has to be there. A project that is new was nowhere before.
            if path.is_some() {
                let place = format!("{name}:{}", asked.unwrap_or_default());
                return Err(Failure::with_help(
                    format!("`{}` is no document", visible(&place)),
                    "name a document by its path from the top of the repository, or from here with `./`",
                ));
            }
            return Ok(State {
                name: name.to_owned(),
                commit,
                read: None,
                empty: PolicyModel::new("", ""),
                shown: None,
                _snapshot: Some(snapshot),
            });
        };
        let configuration = given.or(own).or(like).unwrap_or_default();
        let overlays = configuration.settings.overlays.iter();
        let overlays = overlays.filter_map(|overlay| below(&snapshot, &overlay.path));
        let files: Vec<String> = overlays.chain([document.clone()]).collect();
        snapshot.with_parts(&files)?;
        let file = snapshot.root.join(&document);
        let mut found = read(file.clone(), configuration)?;
        if found
            .loaded
            .findings
            .iter()
            .any(|finding| matches!(finding.code.as_str(), "unresolved-ref" | "unreadable-file"))
        {
            snapshot.with_everything()?;
            found = read(file, found.configuration)?;
        }
        let root = format!("{}/", shown(&snapshot.root));
        Ok(State {
            name: format!("{name}:{document}"),
            commit,
            read: Some(found),
            empty: PolicyModel::new("", ""),
            shown: Some((root, format!("{name}:"))),
            _snapshot: Some(snapshot),
        })
    }
}

fn load(file: &Path) -> Result<Configuration, Failure> {
    Configuration::load(file).map_err(Failure::Configuration)
}

/// A path below the top, with `/` between its parts.
fn parts(path: &Path) -> Option<String> {
    let mut all = Vec::new();
    for part in path.components() {
        let Component::Normal(part) = part else { return None };
        all.push(part.to_str()?);
    }
    Some(all.join("/"))
}

/// The document of a path: itself, or what the folder's `policy.toml` names, or the one of a usual name.
fn document_in(path: &Path) -> Result<PathBuf, Failure> {
    if !path.is_dir() {
        return Ok(path.to_path_buf());
    }
    let file = path.join(Configuration::FILE);
    if file.is_file()
        && let Some(named) = load(&file)?.document
    {
        return Ok(path.join(named));
    }
    let usual = DOCUMENTS.iter().map(|name| path.join(name)).find(|document| document.is_file());
    usual.ok_or_else(|| {
        let name = shown(path);
        Failure::with_help(
            format!("the folder `{name}` has no `policy.toml` that names a document"),
            format!("name the document in it; a branch of this name is `{}:`", name.trim_end_matches('/')),
        )
    })
}

/// A document in a folder of a revision.
fn there(snapshot: &Snapshot, folder: &str, name: &str) -> Option<String> {
    within(folder, name).filter(|path| snapshot.has_file(path))
}

/// The `policy.toml` of a folder at a revision, or with `above` of the closest folder above, and the document that it names. A document
/// that `must` be there and is not is a failure.
fn closest(
    snapshot: &Snapshot,
    folder: &str,
    above: bool,
    must: bool,
) -> Result<Option<(String, Configuration)>, Failure> {
    let folders = Path::new(folder).ancestors().filter_map(parts).take(if above { usize::MAX } else { 1 });
    for folder in folders {
        let Some(file) = there(snapshot, &folder, Configuration::FILE) else { continue };
        let configuration = at(snapshot, &file)?;
        let named = configuration.document.as_ref().map(|named| shown(named));
        let document = named.as_deref().and_then(|named| there(snapshot, &folder, named));
        if let (None, Some(named), true) = (&document, &named, must) {
            let what = format!("`{}` is staged and names `{}`, which is not", visible(&file), visible(named));
            return Err(Failure::with_help(what, "stage the document by `git add`"));
        }
        return Ok(document.map(|document| (document, configuration)));
    }
    Ok(None)
}

/// The configuration that belongs to a document at a revision: the closest one above it, if it names this document or none.
fn of(snapshot: &Snapshot, document: &str) -> Result<Option<Configuration>, Failure> {
    let folders = Path::new(document).ancestors().skip(1).filter_map(parts);
    for folder in folders {
        let Some(file) = there(snapshot, &folder, Configuration::FILE) else { continue };
        let configuration = at(snapshot, &file)?;
        let named = configuration.document.as_ref().map(|named| within(&folder, &shown(named)));
        return Ok(named.is_none_or(|named| named.as_deref() == Some(document)).then_some(configuration));
    }
    Ok(None)
}

/// A configuration as it stood. What it names has to be in the repository: beside the folder of the old files stands what anybody put
/// there.
fn at(snapshot: &Snapshot, file: &str) -> Result<Configuration, Failure> {
    let configuration = load(&snapshot.root.join(file))?;
    let settings = &configuration.settings;
    let named = settings.overlays.iter().map(|overlay| &overlay.path).chain(&settings.reference_root);
    for path in named {
        below(snapshot, path).ok_or_else(|| {
            let what = format!("`{file}` of the revision names `{}`, which is not in the repository", shown(path));
            Failure::with_help(what, "two documents can be compared where they stand: `cargo policy diff OLD NEW`")
        })?;
    }
    Ok(configuration)
}

/// A path in the folder of the old files, from its top.
fn below(snapshot: &Snapshot, path: &Path) -> Option<String> {
    within("", &shown(path.strip_prefix(&snapshot.root).ok()?))
}
