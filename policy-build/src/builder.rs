//! The builder: reads the document, generates the source and writes it, with every setting there is.

use std::collections::HashSet;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use policy_core::Stage;
use policy_spec::{
    Code, Combine, Configuration, DRAFT_VARIABLE, DraftSettings, Extension, Finding, Level, Loaded, PolicyModel,
    Settings,
};

use crate::draft::{self, Mode, Named, Surroundings};
use crate::generate::{DocumentKind, GenerateError, generate_as, macro_prefix};
use crate::instructions::{warnings, watched};
use crate::report::Report;
use crate::write::write_if_changed;
use crate::written::{self, Call};
use crate::{Options, text};

/// How a document is compiled. [`configure`] makes one. Where the defaults will do, call [`compile`](crate::compile).
///
/// ```no_run
/// # fn main() -> Result<(), policy_build::Report> {
/// use policy_build::{Combine, Stage};
///
/// policy_build::configure()
///     .extension("x-scopes", Combine::Any)
///     .check_order([Stage::Authentication, Stage::Scopes, Stage::Enablement, Stage::Query])
///     .base_path("/v1")
///     .output("partner.rs") // policy_core::include_policy!("partner")
///     .compile("openapi/partner.yaml")
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is compiled before `compile`"]
pub struct Builder {
    configuration: Option<PathBuf>,
    extension: Option<Extension>,
    base_path: Option<String>,
    check_order: Option<Vec<Stage>>,
    output: String,
    out_dir: Option<PathBuf>,
    core_path: String,
    export: bool,
    router_path: Option<String>,
    types: bool,
    notes: bool,
}

/// A [`Builder`] with the settings of [`compile`](crate::compile). [`Builder`] has an example.
pub fn configure() -> Builder {
    Builder {
        configuration: None,
        extension: None,
        base_path: None,
        check_order: None,
        output: "policy.rs".to_owned(),
        out_dir: None,
        core_path: Options::default().core_path,
        export: false,
        router_path: None,
        types: true,
        notes: true,
    }
}

impl Builder {
    /// The configuration file, relative to the package, for crates that compile several documents.
    ///
    /// Default: `policy.toml` beside `Cargo.toml`, if it is there. Settings of the builder replace those of the file.
    pub fn configuration(mut self, path: impl Into<PathBuf>) -> Self {
        self.configuration = Some(path.into());
        self
    }

    /// The extension that holds an operation's scopes, and whether all of them are required or any one is enough.
    ///
    /// Default: `x-required-scopes`, all.
    pub fn extension(mut self, name: impl Into<String>, combine: Combine) -> Self {
        self.extension = Some(Extension::new(name).combining(combine));
        self
    }

    /// The check order of a document that declares none with `x-check-order`.
    ///
    /// Default: authentication, enablement, scopes, query. Another order is an error of [`compile`](Builder::compile) if it would tell
    /// callers what they may not know.
    pub fn check_order(mut self, stages: impl AsRef<[Stage]>) -> Self {
        self.check_order = Some(stages.as_ref().to_vec());
        self
    }

    /// The path below which the document's templates are served. Default: the path of the document's first server.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = Some(path.into());
        self
    }

    /// The name of the generated file, for crates that compile several documents. Default: `policy.rs`.
    pub fn output(mut self, name: impl Into<String>) -> Self {
        self.output = name.into();
        self
    }

    /// The directory of the generated file, relative to the package. Default: cargo's `OUT_DIR`.
    pub fn out_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(directory.into());
        self
    }

    /// The path of `policy-core` in the generated source. Set it if the dependency has another name, or if it is an adapter's
    /// re-export such as `::policy_axum::policy_core`. Default: `::policy_core`.
    pub fn core_path(mut self, path: impl Into<String>) -> Self {
        self.core_path = path.into();
        self
    }

    /// Lets other crates annotate handlers with the operations. It is for a policy in a crate of its own. Default: `false`.
    ///
    /// Such a crate finds `policy-core` by the [`core_path`](Self::core_path) that is given here. So its dependency needs that name.
    pub fn export(mut self, export: bool) -> Self {
        self.export = export;
        self
    }

    /// Also generates `ROUTER`, for services that have no router of their own. It needs `policy-router` as a dependency.
    ///
    /// Its indices are those of the policy's operations. Default: `false`.
    pub fn router(mut self, router: bool) -> Self {
        self.router_path = router.then(|| "::policy_router".to_owned());
        self
    }

    /// Like [`router`](Self::router), with the path of `policy-router` in the generated source. It is for a dependency with another name.
    pub fn router_at(mut self, path: impl Into<String>) -> Self {
        self.router_path = Some(path.into());
        self
    }

    /// Whether operations and scopes become types. Default: `true`.
    ///
    /// Annotated handlers, permits and [`Carries`](policy_core::Carries) need the types. But the compiler spends most of its time on
    /// them: for some thousand operations, most of a minute (the README has figures).
    ///
    /// A gateway needs no types. [`Policy::operation`](policy_core::Policy::operation) and
    /// [`operation_at`](policy_core::Policy::operation_at) find operations in the table, and [`Pending`](policy_core::Pending) decides
    /// about them.
    pub fn types(mut self, types: bool) -> Self {
        self.types = types;
        self
    }

    /// Whether the source repeats summaries, descriptions and the document's lines. Default: `true`.
    ///
    /// With them, an edited description or a new line in the document changes the source, and what depends on it is compiled again.
    ///
    /// Without them, the source changes only if the policy, its title or its version does. Operations and schemes are sorted, so that
    /// comments and the order of keys do not count. But compile errors then name the document without a line, and audits do not say
    /// what a scope allows.
    pub fn notes(mut self, notes: bool) -> Self {
        self.notes = notes;
        self
    }

    /// Reads the document and writes the generated source. The document's path is relative to the package.
    ///
    /// On success it prints instructions for cargo: a warning for each code that was found, and the files whose change makes the
    /// script run again. On failure it prints nothing. Cargo would show that output before the report, and it runs a failed build
    /// script again anyway.
    ///
    /// # Errors
    /// A [`Report`] of every error in the document, or of a file that cannot be read or written. It is also an error to write a file that
    /// the same build script wrote for another document: each document needs an [`output`](Builder::output) of its own.
    pub fn compile(self, document: impl AsRef<Path>) -> Result<(), Report> {
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
        let out_dir = env::var_os("OUT_DIR");
        let call = self.call(&package, document.as_ref(), out_dir.as_deref())?;
        written::claim(&mut written::CALLS.lock().unwrap_or_else(PoisonError::into_inner), call)?;
        let (draft, profile) = (env::var_os(DRAFT_VARIABLE), env::var_os("PROFILE"));
        let surroundings = Surroundings { draft: draft.as_deref(), profile: profile.as_deref() };
        let instructions = self.run_in(&package, document.as_ref(), out_dir.as_deref(), surroundings)?;
        #[expect(clippy::print_stdout, reason = "a build script talks to cargo on standard output")]
        for instruction in instructions {
            println!("{instruction}");
        }
        Ok(())
    }

    /// What this call is going to write.
    fn call(&self, package: &Path, document: &Path, out_dir: Option<&OsStr>) -> Result<Call, Report> {
        Ok(Call {
            target: self.target(package, out_dir)?,
            exported: self.export.then(|| macro_prefix(self.name())),
            document: document.to_owned(),
            settings: format!("{self:?}"),
        })
    }

    /// The name of the output without `.rs`, as `include_policy!` takes it.
    fn name(&self) -> &str {
        self.output.strip_suffix(".rs").unwrap_or(&self.output)
    }

    /// [`compile`](Builder::compile) without environment variables and standard output. It returns what is to be printed.
    #[cfg(test)]
    pub(crate) fn run(self, package: &Path, document: &Path, out_dir: Option<&OsStr>) -> Result<Vec<String>, Report> {
        self.run_in(package, document, out_dir, Surroundings::default())
    }

    /// The same in surroundings that may ask for a draft.
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
        let target = self.target(package, out_dir)?;
        let code_first = configuration.draft.as_ref();
        let mut instructions = match draft::mode(surroundings, &package.join(document), code_first)? {
            Mode::Draft(settings) => self.draft(package, document, &target, &configuration.settings, settings)?,
            Mode::Policy => self.policy(package, document, &target, &configuration.settings, code_first)?,
        };
        // Of a file that does not exist, cargo would say at every build that it changed.
        instructions.extend(file.iter().map(|file| format!("cargo::rerun-if-changed={}", file.display())));
        // Nobody else's build is to run again while a document is written.
        instructions.extend(code_first.map(|_| format!("cargo::rerun-if-env-changed={DRAFT_VARIABLE}")));
        instructions.extend(code_first.into_iter().flat_map(watched));
        Ok(instructions)
    }

    /// Writes the policy of a document, and answers what cargo is told of it.
    fn policy(
        &self,
        package: &Path,
        document: &Path,
        target: &Path,
        settings: &Settings,
        code_first: Option<&DraftSettings>,
    ) -> Result<Vec<String>, Report> {
        let command = draft::help(code_first);
        let path = Self::readable(package, document, command.as_deref())?;
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
        // Only files that were read, and so exist: cargo would run for a missing one at every build.
        instructions.extend(loaded.files.iter().map(|file| format!("cargo::rerun-if-changed={}", file.display())));
        Ok(instructions)
    }

    /// Writes the draft of a document that is being written, and answers what cargo is told of it.
    fn draft(
        &self,
        package: &Path,
        document: &Path,
        target: &Path,
        settings: &Settings,
        draft: &DraftSettings,
    ) -> Result<Vec<String>, Report> {
        let relative = document.strip_prefix(package).unwrap_or(document);
        let path = Self::in_package(package, relative);
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

    /// The configuration file, with the settings of the builder put in place of its own, and its path.
    fn configured(&mut self, package: &Path) -> Result<(Configuration, Option<PathBuf>), Report> {
        let chosen = self.configuration.take();
        let path = Self::in_package(package, chosen.as_deref().unwrap_or(Configuration::FILE.as_ref()));
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

    /// The document's path, relative to the package if it lies in there. It is the document's name in the generated source and in
    /// findings, and these must not depend on where the package is.
    fn readable(package: &Path, document: &Path, command: Option<&str>) -> Result<PathBuf, Report> {
        let relative = document.strip_prefix(package).unwrap_or(document);
        let path = package.join(relative);
        fs::metadata(&path)
            .and_then(|found| if found.is_file() { Ok(()) } else { Err(std::io::Error::other("it is not a file")) })
            .map_err(|error| {
                let help = command.map_or_else(
                    || format!("the path is relative to the package, `{}`; where a program writes it, `[draft]` in `policy.toml` says so", package.display()),
                    str::to_owned,
                );
                Report::message(format_args!("cannot read the document `{}`: {error}", relative.display()), Some(&help))
            })?;
        Ok(Self::in_package(package, relative))
    }

    /// The path of a file of the package. It is relative if the build script runs in the package's directory, as cargo runs it.
    fn in_package(package: &Path, relative: &Path) -> PathBuf {
        let runs_there = env::current_dir().is_ok_and(|directory| directory == package);
        if runs_there || package.as_os_str().is_empty() { relative.to_owned() } else { package.join(relative) }
    }

    fn target(&self, package: &Path, out_dir: Option<&OsStr>) -> Result<PathBuf, Report> {
        let mut parts = Path::new(&self.output).components();
        let plain = matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(_)), None));
        if !plain || self.output.contains(['\n', '\r']) {
            let help = "name a file, such as `policy.rs`; the directory is set by `out_dir`";
            return Err(Report::message(format_args!("the output `{}` is not a file name", self.output), Some(help)));
        }
        let directory = match (&self.out_dir, out_dir) {
            (Some(directory), _) => package.join(directory),
            (None, Some(directory)) => PathBuf::from(directory),
            (None, None) => {
                let help = "cargo sets it for build scripts; elsewhere, name the directory with `.out_dir(…)`";
                return Err(Report::message("there is no directory to write to: `OUT_DIR` is not set", Some(help)));
            }
        };
        Ok(directory.join(&self.output))
    }
}

/// Two things that would have one name in the generated source. Only a build refuses them. Other readers of the document get a
/// note.
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

#[cfg(test)]
#[path = "builder_tests.rs"]
mod tests;
