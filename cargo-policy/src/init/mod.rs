//! `cargo policy init`: from a package and a document to a guarded service.
//!
//! What exists is never overwritten, and what opens an operation, or is a guess, is never written: the lines are printed, for a person
//! to decide.

mod callers;
mod configuration;
mod document;
mod extension;
mod facts;
mod file;
mod framework;
mod guard;
mod handlers;
mod identifiers;
mod manifest;
mod open;
mod package;
mod place;
mod report;
mod schemes;
mod service;
mod set_up;
mod source;
mod tests_of_service;
mod written;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use policy_spec::{Configuration, Loaded, draft_path};

use crate::check;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::project::{self, Read};

use configuration::Decisions;
use facts::Facts;
use file::{File, State};
use framework::Framework;
use package::Package;
use schemes::Bearer;
use set_up::{Entries, SetUp};
use source::Source;

/// The schema that editors check `policy.toml` by, beside it.
const SCHEMA: &str = "policy.schema.json";

/// The arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The OpenAPI document. Without it, the one that `policy.toml` names, or the only `openapi` or `swagger` file there is.
    #[arg(value_name = "DOCUMENT")]
    document: Option<PathBuf>,
    /// The program prints the document (utoipa, aide): it is `openapi.json`, which `cargo policy draft` writes.
    #[arg(long)]
    code_first: bool,
    /// The web framework. Without it, the one that `Cargo.toml` depends on.
    #[arg(long, value_enum, value_name = "FRAMEWORK")]
    framework: Option<Framework>,
    /// Where the crates of the policy come from: `crates.io`, the folder of a checkout, or the URL of a git repository, with
    /// `#REVISION` if it is to be one.
    #[arg(long, value_name = "SOURCE", default_value = "crates.io")]
    source: Source,
    /// The module that is written below `src`.
    #[arg(long, value_name = "NAME", default_value = "api", value_parser = module)]
    module: String,
    /// How bearer tokens are checked. Without it, OAuth 2.0, OpenID Connect and what the document calls a JWT is checked as
    /// one, and any other bearer token as an API key.
    #[arg(long, value_enum, value_name = "HOW")]
    bearer: Option<Bearer>,
    /// What stands in the guard's list. Without it, stubs for up to 24 operations, and otherwise pending ones.
    #[arg(long, value_enum, value_name = "ENTRIES")]
    handlers: Option<Entries>,
    #[command(flatten)]
    decisions: Decisions,
    /// Writes nothing, and prints the changes as a diff; everything else goes to standard error.
    #[arg(long)]
    dry_run: bool,
}

impl Init {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut package = Package::find()?;
        let (file, configuration) = self.configuration(&package)?;
        let path = package.at(configuration.document.clone().unwrap_or_default());
        let code_first = self.code_first || configuration.draft.is_some();
        let read = match code_first && !path.is_file() {
            true => None,
            false => Some(project::read(path, configuration)?),
        };
        let loaded = read.as_ref().map(|read| &read.loaded);
        let set_up = SetUp {
            framework: self.framework.map_or_else(|| package.framework(), Ok)?,
            module: self.module.clone(),
            document: self.named(&package)?,
            code_first,
            bearer: self.bearer,
            entries: self.handlers,
            facts: loaded.map(Facts::of).unwrap_or_default(),
        };
        let files = self.files(&mut package, &set_up, file)?;
        let mut said = read.as_ref().map(check::shown).unwrap_or_default();
        if !self.dry_run {
            for file in &files {
                file.write(&package)?;
            }
        }
        said.push_str(if said.is_empty() { "" } else { "\n" });
        said.push_str(&report::files(&files, self.dry_run));
        said.push_str(&report::questions(&self.questions(read.as_ref())));
        let is_policy = loaded.is_none_or(|loaded| loaded.model.is_some());
        said.push_str(&report::next(&set_up, &files, is_policy));
        if self.dry_run {
            // If standard error is closed, the diff is still wanted.
            let _ = anstream::stderr().write_all(said.as_bytes());
            output::print(&report::diff(&files))?;
        } else {
            output::print(&said)?;
        }
        Ok(if is_policy { Exit::Clean } else { Exit::Findings })
    }

    /// `policy.toml`: the one that is there, or the one that is going to be written, and what it says.
    fn configuration(&self, package: &Package) -> Result<(File, Configuration), Failure> {
        let path = package.at(Configuration::FILE);
        let name = path.to_string_lossy().replace('\\', "/");
        let document = self.named(package)?;
        let text = self.decisions.text(&document, self.code_first);
        let file = File::new(package, Configuration::FILE, text)?;
        if file.is_ours() {
            let configuration = Configuration::parse(&name, &file.text).map_err(Failure::Configuration)?;
            return Ok((file, configuration));
        }
        self.decisions.refuse_beside(&name)?;
        let mut configuration = Configuration::load(&path).map_err(Failure::Configuration)?;
        // A file that says which document it is has what belongs into it, whatever else it says.
        let says = configuration.document.is_some();
        let named = configuration.document.get_or_insert_with(|| PathBuf::from(&document)).clone();
        if draft_path(&package.at(&named)) != draft_path(&package.at(&document)) {
            let what = format!("`{name}` names another document: `{}`", named.display());
            return Err(Failure::with_help(what, "leave DOCUMENT out, or change the file"));
        }
        let drafts = !self.code_first || configuration.draft.is_some();
        let file = if says && drafts { File { state: State::Same, ..file } } else { file };
        Ok((file, configuration))
    }

    /// The document, as the package's files name it.
    fn named(&self, package: &Package) -> Result<String, Failure> {
        let package_folder = package.at(".");
        let there = package.at(Configuration::FILE);
        let (mut named, mut code_first) = (self.document.clone(), self.code_first);
        if there.is_file() {
            let configuration = Configuration::load(&there).map_err(Failure::Configuration)?;
            code_first |= configuration.draft.is_some();
            named = named.or(configuration.document.map(|document| package.at(document)));
        }
        let document = match named {
            Some(document) => document,
            None if code_first => return Ok("openapi.json".to_owned()),
            None => document::find(package)?,
        };
        if !document.is_file() {
            let folder = document.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if code_first && folder.is_dir() {
                return Ok(place::slashed(&place::relative(&document, &package_folder)?));
            }
            let error = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(Failure::file("read", &document, &error));
        }
        Ok(place::slashed(&place::relative(&document, &package_folder)?))
    }

    /// Every file of the set-up, the manifest first.
    fn files(&self, package: &mut Package, set_up: &SetUp, configuration: File) -> Result<Vec<File>, Failure> {
        let build = service::build_script(set_up);
        let part = build.lines().filter(|line| line.starts_with(' ')).map(|line| format!("{line}\n")).collect();
        let mut files = vec![
            configuration,
            File::new(package, SCHEMA, schema())?,
            File::new(package, "build.rs", build)?.with_part(part),
        ];
        // Whoever includes the policy has a guard, or is about to write it.
        let included = package.includes_policy(&set_up.module);
        match &included {
            None => files.extend(self.sources(package, set_up)?),
            Some(source) => files.push(File::included(package, source)),
        }
        let serves = files.iter().any(|file| file.path == "src/main.rs" && file.is_ours());
        let folder = package.at(".");
        manifest::add(&mut package.manifest, &folder, &self.source, &set_up.dependencies(serves, included.is_none()))?;
        files.insert(0, File::manifest(&package.text, package.manifest.to_string()));
        Ok(files)
    }

    /// The module with the guard, and the program.
    fn sources(&self, package: &Package, set_up: &SetUp) -> Result<Vec<File>, Failure> {
        let beside = package.at(format!("src/{}.rs", set_up.module));
        if beside.exists() {
            let what = format!("`{}` exists, so that no module `{}` can be a folder", beside.display(), set_up.module);
            return Err(Failure::with_help(what, "choose another name by `--module`"));
        }
        let mut files = vec![File::new(package, set_up.file("mod"), guard::text(set_up))?];
        if set_up.entries() == Entries::Stubs && !set_up.facts.operations.is_empty() {
            files.push(File::new(package, set_up.file("handlers"), handlers::text(set_up))?);
        }
        files.push(File::new(package, set_up.file("policy"), service::policy())?);
        files.push(File::new(package, set_up.file("callers"), callers::text(set_up, &package.prefix()))?);
        files.push(File::new(package, set_up.file("tests"), tests_of_service::text(set_up))?);
        if set_up.framework.is_whole() {
            let mut main = File::new(package, "src/main.rs", service::main(set_up))?.with_part(service::part(set_up));
            // Which routes served the operations until now, and how the document is printed, only its author knows.
            if set_up.code_first || set_up.has_old_routes() {
                main.state = State::Other;
            }
            files.push(main);
        }
        Ok(files)
    }

    fn questions(&self, read: Option<&Read>) -> Vec<open::Question> {
        let Some(Read { path, configuration, loaded, .. }) = read else { return Vec::new() };
        let mut questions: Vec<open::Question> = Vec::new();
        if !self.decisions.names_extension() {
            let loaded: &Loaded = loaded;
            questions.extend(extension::questions(path, loaded, &configuration.settings));
        }
        questions.extend(open::questions(loaded, !questions.is_empty()));
        questions
    }
}

/// The schema on one line: nobody reads it in the package.
fn schema() -> String {
    let schema = Configuration::schema();
    serde_json::from_str(&schema).map_or(schema, |schema: serde_json::Value| format!("{schema}\n"))
}

/// A name that a module of Rust can have.
fn module(name: &str) -> Result<String, String> {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let taken = ["main", "lib", "crate", "self", "super", "test", "core", "std", "alloc"].contains(&name);
    if plain && !taken && !identifiers::is_keyword(name) {
        Ok(name.to_owned())
    } else {
        Err("write small letters, digits and underscores, and no word of Rust's own".to_owned())
    }
}
