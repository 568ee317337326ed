//! One run of the builder: reads the configuration and the document, generates the source and writes it.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use policy_spec::{Code, Configuration, DRAFT_VARIABLE, DraftSettings, Finding, Level, Loaded, PolicyModel, Settings};

use super::Builder;
use super::paths::{in_package, readable, target};
use crate::draft::{self, Mode, Named, Surroundings};
use crate::generate::{DocumentKind, GenerateError, generate_as};
use crate::instructions::{warnings, watched};
use crate::report::Report;
use crate::write::write_if_changed;
use crate::{Options, text};

impl Builder {
    /// [`compile`](Builder::compile) without environment variables and standard output. It returns what is to be
    /// printed.
    #[cfg(test)]
    pub(crate) fn run(self, package: &Path, document: &Path, out_dir: Option<&OsStr>) -> Result<Vec<String>, Report> {
        self.run_in(package, document, out_dir, Surroundings::default())
    }

    /// The same, with an environment that may ask for a draft.
    pub(crate) fn run_in(
        mut self,
        package: &Path,
        document: &Path,
        out_dir: Option<&OsStr>,
        surroundings: Surroundings<'_>,
    ) -> Result<Vec<String>, Report> {
        let (configuration, file) = self.configured(package)?;
        if let (Some(file), Some(named)) = (&file, &configuration.document) {
            let said = package.join(file.parent().unwrap_or(package)).join(named);
            if said != package.join(document) {
                let message =
                    format!("`{}` is about `{}`, not about `{}`", file.display(), named.display(), document.display());
                let help = "correct one of the two; for a second document name its own file with `.configuration(…)`";
                return Err(Report::message(message, Some(help)));
            }
        }
        let target = target(package, self.out_dir.as_deref(), out_dir, &self.output)?;
        let code_first = configuration.draft.as_ref();
        let mut instructions = match draft::mode(surroundings, &package.join(document), code_first)? {
            Mode::Draft(settings) => self.draft(package, document, &target, &configuration.settings, settings)?,
            Mode::Policy => self.policy(package, document, &target, &configuration.settings, code_first)?,
        };
        // Cargo takes a file that does not exist for a changed one at every build, so only an existing file is named.
        instructions.extend(file.iter().map(|file| format!("cargo::rerun-if-changed={}", file.display())));
        // Only the build of a document that a program writes runs again when the variable changes.
        instructions.extend(code_first.map(|_| format!("cargo::rerun-if-env-changed={DRAFT_VARIABLE}")));
        instructions.extend(code_first.into_iter().flat_map(watched));
        Ok(instructions)
    }

    /// The configuration file, with the settings of the builder put in place of its own, and its path.
    fn configured(&mut self, package: &Path) -> Result<(Configuration, Option<PathBuf>), Report> {
        let chosen = self.configuration.take();
        let path = in_package(package, chosen.as_deref().unwrap_or(Configuration::FILE.as_ref()));
        let file = (chosen.is_some() || path.exists()).then_some(path);
        let mut configuration = match &file {
            Some(path) => Configuration::load(path).map_err(|error| Report::configuration(&error))?,
            None => Configuration::default(),
        };
        let settings = &mut configuration.settings;
        if let Some(stages) = self.check_order.take() {
            let order = policy_core::check_order(&stages).map_err(|error| {
                Report::message(format_args!("the builder's check order is refused: {error}"), None)
            })?;
            settings.check_order = Some(order);
        }
        if let Some(extension) = self.extension.take() {
            settings.extensions = vec![extension];
        }
        if let Some(path) = self.base_path.take() {
            settings.base_path = Some(path);
        }
        Ok((configuration, file))
    }

    /// Writes the policy of a document, and returns the instructions for cargo.
    fn policy(
        &self,
        package: &Path,
        document: &Path,
        target: &Path,
        settings: &Settings,
        code_first: Option<&DraftSettings>,
    ) -> Result<Vec<String>, Report> {
        let command = draft::help(code_first);
        let path = readable(package, document, command.as_deref())?;
        let name = path.to_string_lossy().replace('\\', "/");
        let loaded = policy_spec::load(&path, settings);
        let Some(model) = &loaded.model else {
            return Err(Report::findings(&name, &loaded.findings, &loaded.sources).and_help(command.as_deref()));
        };
        let collisions = name_collisions(&loaded, model, self.types);
        if !collisions.is_empty() {
            return Err(Report::findings(&name, &collisions, &loaded.sources));
        }
        let kind = if code_first.is_some() { DocumentKind::CodeFirst } else { DocumentKind::ByHand };
        self.write(target, &name, |options| generate_as(model, options, kind))?;
        let mut instructions = warnings(&loaded.findings, &loaded.sources);
        if let Some(settings) = code_first {
            instructions.extend(draft::missing(&name, model, settings));
        }
        // These files were read, so they exist. For a missing file cargo would run the script at every build.
        instructions.extend(loaded.files.iter().map(|file| format!("cargo::rerun-if-changed={}", file.display())));
        Ok(instructions)
    }

    /// Writes the draft of a document that is being written, and returns the instructions for cargo.
    fn draft(
        &self,
        package: &Path,
        document: &Path,
        target: &Path,
        settings: &Settings,
        draft: &DraftSettings,
    ) -> Result<Vec<String>, Report> {
        let relative = document.strip_prefix(package).unwrap_or(document);
        let path = in_package(package, relative);
        let name = path.to_string_lossy().replace('\\', "/");
        let loaded = path.is_file().then(|| policy_spec::load(&path, settings));
        let old = loaded.as_ref().and_then(Loaded::readable);
        let drafted = draft::drafted(old, &Named::in_folders(&draft.sources));
        self.write(target, &name, |options| {
            let source = generate_as(&drafted.model, options, DocumentKind::Draft(&drafted.variants))?;
            Ok(format!("{}{source}", draft::LOCK))
        })?;
        let mut instructions = vec![format!(
            "cargo::warning={} is a DRAFT, because `{DRAFT_VARIABLE}` is set: no handler is checked, and nothing will be served. `cargo policy draft` sets it while it runs; anywhere else, unset it.",
            text::one_line(&name)
        )];
        if !drafted.new.is_empty() {
            let names = drafted.new.join("`, `");
            instructions.push(format!("cargo::warning={} does not have `{names}` yet", text::one_line(&name)));
        }
        if let Some(loaded) = &loaded {
            let mut wrong: Vec<_> = loaded.findings.iter().filter(|finding| finding.is_error()).cloned().collect();
            for finding in &mut wrong {
                finding.level = Level::Warning;
            }
            instructions.extend(warnings(&wrong, &loaded.sources));
            instructions.extend(loaded.files.iter().map(|file| format!("cargo::rerun-if-changed={}", file.display())));
        }
        Ok(instructions)
    }

    /// Generates and writes.
    fn write(
        &self,
        target: &Path,
        name: &str,
        source: impl FnOnce(&Options) -> Result<String, GenerateError>,
    ) -> Result<(), Report> {
        let options = Options {
            source: name.to_owned(),
            core_path: self.core_path.clone(),
            name: self.name().to_owned(),
            export: self.export,
            types: self.types,
            notes: self.notes,
            router_path: self.router_path.clone(),
        };
        let source = source(&options)
            .map_err(|error| Report::message(format_args!("no policy from `{name}`: {error}"), None))?;
        write_if_changed(target, &source).map_err(|error| {
            Report::message(format_args!("cannot write the policy to `{}`: {error}", target.display()), None)
        })
    }
}

/// The findings about two things with one name in the generated source. They are errors of a build. Other readers of the document get
/// them as notes.
fn name_collisions(loaded: &Loaded, model: &PolicyModel, types: bool) -> Vec<Finding> {
    let collisions = model.names().collisions(types);
    let messages: HashSet<String> = collisions.iter().map(|collision| collision.message(model)).collect();
    let told = loaded.findings.iter().filter(|finding| finding.code == Code::NameCollision);
    let mut told: Vec<Finding> = told.filter(|finding| messages.contains(&finding.message)).cloned().collect();
    for finding in &mut told {
        finding.level = Level::Error;
    }
    told
}
