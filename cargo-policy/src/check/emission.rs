//! `--emit-extensions`: a copy of the document in which each operation says what it requires.

use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use policy_spec::{EMITTED, Emission, Extension, Loaded, PolicyModel, Settings, Unsaid, compare, emit};

use super::text::plural;
use super::{Check, Report, name, text};
use crate::exit::Exit;
use crate::failure::{BOLD, Failure, OFF};
use crate::output;
use crate::project::Read;

/// How many operations without a list are named.
const MOST_UNSAID: usize = 10;

pub(super) fn run(check: &Check, found: &Read) -> Result<Exit, Failure> {
    let report = Report::new(found, None, check.deny);
    tell(&text::text(&report, check.all, true));
    let Some(model) = &found.loaded.model else { return Ok(report.exit()) };
    let settings = &found.configuration.settings;
    let Some(emission) = emit(&found.loaded, settings) else {
        return Err(Failure::with_help(
            format!("`{EMITTED}` is configured, but not as a list of scopes that are all required"),
            "what would be written is such a list; in the configuration, give the extension no other `shape`, `combine` or `sibling`",
        ));
    };
    let files = documents(found).count();
    let several = files > 1;
    match (&check.output, several) {
        (Some(folder), true) => write_tree(found, &emission, model, folder)?,
        (None, true) => {
            let what = format!("`{}` is one of {files} files, and there is one standard output", name(found));
            return Err(Failure::with_help(what, "name a folder for the copies: `--output FOLDER`"));
        }
        (file, false) => {
            let sources = &found.loaded.sources;
            let unchanged = || sources.files().next().map_or("", |file| sources.text(file));
            let copy = emission.texts.first().map_or_else(unchanged, |(_, text)| text.as_str());
            let read_back = policy_spec::read(&name(found), copy.as_bytes(), &reading(found));
            verify(model, &read_back)?;
            output::write(copy, file.as_deref())?;
        }
    }
    tell(&summary(model, &emission));
    Ok(report.exit())
}

/// Copies every file of the document below the folder, and checks what they say together.
fn write_tree(found: &Read, emission: &Emission, model: &PolicyModel, folder: &Path) -> Result<(), Failure> {
    if fs::metadata(folder).is_ok_and(|there| !there.is_dir()) {
        let what = format!("`{}` is a file, and the document has several", folder.display());
        return Err(Failure::with_help(what, "name a folder for the copies"));
    }
    let root = found.path.parent().unwrap_or(Path::new(""));
    let mut copies: Vec<(PathBuf, String)> = Vec::new();
    for file in documents(found) {
        let name = file.to_string_lossy().replace('\\', "/");
        let sources = &found.loaded.sources;
        let Some(id) = sources.files().find(|id| sources.name(*id) == name) else { continue };
        let text = emission.texts.iter().find(|(edited, _)| *edited == id).map(|(_, text)| text.as_str());
        let relative = file.strip_prefix(root).unwrap_or(file);
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            let what = format!("`{name}` stands outside of the document's folder, and so would its copy");
            return Err(Failure::with_help(what, "keep every file of the document in its folder"));
        }
        let same = |one: &Path, other: &Path| matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other);
        if same(file, &folder.join(relative)) {
            let what = format!("`{}` is the document's own folder", folder.display());
            return Err(Failure::with_help(what, "name another folder for the copies"));
        }
        copies.push((relative.to_path_buf(), text.unwrap_or_else(|| sources.text(id)).to_owned()));
    }
    // The copy is written to an empty folder beside, and read there. No older file can change what it means.
    let beside = beside(folder);
    let written = write_files(&copies, &beside)
        .and_then(|()| {
            let entry = beside.join(found.path.file_name().unwrap_or_default());
            verify(model, &policy_spec::load(&entry, &reading(found)))
        })
        .and_then(|()| write_files(&copies, folder));
    let _ = fs::remove_dir_all(&beside);
    written
}

fn beside(folder: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(folder.file_name().unwrap_or("copy".as_ref()));
    name.push(format!(".{}.tmp", std::process::id()));
    folder.parent().unwrap_or(Path::new("")).join(name)
}

fn write_files(copies: &[(PathBuf, String)], folder: &Path) -> Result<(), Failure> {
    for (relative, text) in copies {
        let copy = folder.join(relative);
        let parent = copy.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| Failure::file("create", parent, &error))?;
        output::replace(&copy, text)?;
    }
    Ok(())
}

/// The files of the document itself. Overlays stay where they are, and are not copied.
fn documents(found: &Read) -> impl Iterator<Item = &PathBuf> {
    found.loaded.files.iter().filter(|file| !found.loaded.overlays.contains(file))
}

/// The settings by which the copy is read: those of the document, and the extension that was written. Overlays apply to the copy
/// too.
fn reading(found: &Read) -> Settings {
    let mut settings = found.configuration.settings.clone();
    for overlay in &mut settings.overlays {
        overlay.document = Some(found.path.clone());
    }
    if settings.extensions.iter().all(|extension| extension.name != EMITTED) {
        settings.extensions.push(Extension::new(EMITTED));
    }
    settings
}

/// Checks that the copy is the same policy and has no errors that the document does not have.
fn verify(model: &PolicyModel, copy: &Loaded) -> Result<(), Failure> {
    let Some(copied) = &copy.model else {
        for finding in copy.findings.iter().filter(|finding| finding.is_error()) {
            tell(&format!("{}\n\n", finding.render(&copy.sources, true)));
        }
        return Err(Failure::with_help(
            "the copy would have errors that the document does not have; they are shown above, where they stand in the copy",
            format!(
                "a waiver may name a place where `{EMITTED}` does not stand, or the configuration leave one unread that is wrong"
            ),
        ));
    };
    let Some(difference) = compare(copied, model).into_iter().next() else { return Ok(()) };
    let why = difference.change.summary().to_lowercase();
    let what = format!("the copy would not be the same policy as the document: {}", why.trim_end_matches('.'));
    let help = format!(
        "an operation's `{EMITTED}` that the configuration does not read may say something else than its `security`, or an anchor is shared"
    );
    Err(Failure::with_help(what, help))
}

fn summary(model: &PolicyModel, emission: &Emission) -> String {
    let mut text = format!("{BOLD}wrote `{EMITTED}` for {}{OFF}\n", plural(emission.said.len(), "operation"));
    if !model.overlays.is_empty() {
        let what = "the lists say what is required with the overlays; these are not written into the copy, and still apply to it";
        text.push_str(&format!("{what}: `{}`\n", model.overlays.join("`, `")));
    }
    for reason in [Unsaid::Alternatives, Unsaid::Anonymous, Unsaid::Shared, Unsaid::NoPlace, Unsaid::Overlay] {
        let without: Vec<String> = emission
            .unsaid
            .iter()
            .filter(|(_, unsaid)| *unsaid == reason)
            .filter_map(|(at, _)| model.operations.get(*at))
            .map(|operation| format!("`{}` ({})", operation.key(), operation.location))
            .collect();
        if without.is_empty() {
            continue;
        }
        text.push_str(&format!("not for {}: {}\n", plural(without.len(), "operation"), reason.as_str()));
        for operation in without.iter().take(MOST_UNSAID) {
            text.push_str(&format!("  {operation}\n"));
        }
        if without.len() > MOST_UNSAID {
            text.push_str(&format!("  … and {} more\n", without.len() - MOST_UNSAID));
        }
    }
    text
}

/// Writes to standard error, because the copy goes to standard output. If standard error is closed, the copy is still wanted.
fn tell(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}
