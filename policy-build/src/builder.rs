//! The builder, with every setting.

mod paths;
mod run;

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use policy_core::Stage;
use policy_spec::{Combine, DRAFT_VARIABLE, Extension};

use self::paths::target;
use crate::Options;
use crate::draft::Surroundings;
use crate::generate::macro_prefix;
use crate::report::Report;
use crate::written::{self, Call};

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
    /// Default: authentication, enablement, scopes, query. Another order is an error of [`compile`](Builder::compile)
    /// if it would tell callers what they may not know.
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

    /// The path of `policy-core` in the generated source. Set it if the dependency has another name, or if it is an
    /// adapter's re-export such as `::policy_axum::policy_core`. Default: `::policy_core`.
    pub fn core_path(mut self, path: impl Into<String>) -> Self {
        self.core_path = path.into();
        self
    }

    /// Lets other crates annotate handlers with the operations. It is for a policy in a crate of its own. Default:
    /// `false`.
    ///
    /// Such a crate finds `policy-core` by the [`core_path`](Self::core_path) that is given here. So its dependency
    /// needs that name.
    pub fn export(mut self, export: bool) -> Self {
        self.export = export;
        self
    }

    /// Also generates `ROUTER`, for services that have no router of their own. The package then needs `policy-router` as a
    /// dependency. The router finds the indices of the policy's operations. Default: `false`.
    pub fn router(mut self, router: bool) -> Self {
        self.router_path = router.then(|| "::policy_router".to_owned());
        self
    }

    /// Like [`router`](Self::router), with the path of `policy-router` in the generated source. It is for a dependency
    /// with another name.
    pub fn router_at(mut self, path: impl Into<String>) -> Self {
        self.router_path = Some(path.into());
        self
    }

    /// Whether operations and scopes become types. Default: `true`.
    ///
    /// Annotated handlers, permits and [`Carries`](policy_core::Carries) need the types. But the compiler spends most
    /// of its time on them: for some thousand operations, most of a minute (the README has figures).
    ///
    /// A gateway needs no types. [`Policy::operation`](policy_core::Policy::operation) and
    /// [`operation_at`](policy_core::Policy::operation_at) find operations in the table, and
    /// [`Pending`](policy_core::Pending) decides about them.
    pub fn types(mut self, types: bool) -> Self {
        self.types = types;
        self
    }

    /// Whether the source repeats summaries, descriptions and the document's lines. Default: `true`.
    ///
    /// With them, an edited description or a new line in the document changes the source, and what depends on it is
    /// compiled again.
    ///
    /// Without them, the source changes only if the policy, its title or its version does. Operations and schemes are
    /// sorted, so that comments and the order of keys do not count. But compile errors then name the document without a
    /// line, and audits do not say what a scope allows.
    pub fn notes(mut self, notes: bool) -> Self {
        self.notes = notes;
        self
    }

    /// Reads the document and writes the generated source. The document's path is relative to the package.
    ///
    /// On success it prints instructions for cargo: a warning for each code that was found, and the files whose change
    /// makes the script run again. On failure it prints nothing. Cargo would show that output before the report, and it
    /// runs a failed build script again anyway.
    ///
    /// # Errors
    /// A [`Report`] of every error in the document, or of a file that cannot be read or written. It is also an error to
    /// write a file that the same build script wrote for another document: each document needs an
    /// [`output`](Builder::output) of its own.
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
            target: target(package, self.out_dir.as_deref(), out_dir, &self.output)?,
            exported: self.export.then(|| macro_prefix(self.name())),
            document: document.to_owned(),
            settings: format!("{self:?}"),
        })
    }

    /// The name of the output without `.rs`, as `include_policy!` takes it.
    fn name(&self) -> &str {
        self.output.strip_suffix(".rs").unwrap_or(&self.output)
    }
}

#[cfg(test)]
#[path = "builder_tests.rs"]
mod tests;
