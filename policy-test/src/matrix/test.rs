//! The matrix as one test.

use std::fmt;
use std::path::{Path, PathBuf};

use policy_spec::{Configuration, Engine, Settings};

use super::credentials::{Credentials, Held, KnownCredentials, Wanted};
use super::judge::Refusals;
use super::plan::Options;
use super::run::Run;

/// The matrix of a document, for one test. [The module](super) has an example.
///
/// In a test all requests are sent: those that the document denies and those that it allows, by all methods. A service behind a base URL may
/// be a real one: there, only what [is safe](Self::safe_only) is sent unless the test says [`everything`](Self::everything).
pub struct Matrix {
    document: PathBuf,
    configuration: Option<PathBuf>,
    credentials: Box<dyn Credentials>,
    options: Options,
    refusals: Refusals,
    bodies: Vec<(String, String, String)>,
    reached: Vec<u16>,
    /// Whether everything is sent; `None`, where the test says nothing.
    everything: Option<bool>,
    known: KnownCredentials,
}

/// The matrix of this document. Its path is relative to the package, as in `build.rs`, and it is read as the build reads it.
#[must_use]
pub fn matrix(document: impl AsRef<Path>) -> Matrix {
    Matrix {
        document: document.as_ref().to_path_buf(),
        configuration: None,
        credentials: Box::new(KnownCredentials::new()),
        options: Options::default(),
        refusals: Refusals::default(),
        bodies: Vec::new(),
        reached: Vec::new(),
        everything: None,
        known: KnownCredentials::new(),
    }
}

impl Matrix {
    /// The configuration by which the document is read, instead of the package's `policy.toml`. Its path is relative to the package.
    #[must_use]
    pub fn configuration(mut self, file: impl AsRef<Path>) -> Self {
        self.configuration = Some(file.as_ref().to_path_buf());
        self
    }

    /// Where credentials come from: a closure that makes them, or [`KnownCredentials`].
    #[must_use]
    pub fn credentials(mut self, credentials: impl Credentials + 'static) -> Self {
        self.credentials = Box::new(credentials);
        self
    }

    /// A credential that must be refused, and what became of it: `revoked`, `expired`.
    #[must_use]
    pub fn refused(mut self, scheme: &str, state: &str, secret: &str) -> Self {
        self.options.refused.push((scheme.to_owned(), state.to_owned()));
        self.known = std::mem::take(&mut self.known).with_refused(scheme, state, secret);
        self
    }

    /// The value of a path parameter, or of a query parameter that requests are to have.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.options.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body of an operation's requests: its key, such as `POST /files`, the media type and the text.
    #[must_use]
    pub fn body(mut self, operation: &str, media: &str, body: &str) -> Self {
        self.bodies.push((operation.to_owned(), media.to_owned(), body.to_owned()));
        self
    }

    /// The operations that are tried, as `GET /files/{id}`. All, where nothing is said.
    #[must_use]
    pub fn only<'o>(mut self, operations: impl IntoIterator<Item = &'o str>) -> Self {
        self.options.only.extend(operations.into_iter().map(str::to_owned));
        self
    }

    /// The statuses that count as a refusal, instead of 401, 403 and 404.
    #[must_use]
    pub fn refusals(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.refusals = Refusals::new(statuses);
        self
    }

    /// Statuses that show that a handler ran, beside those of success: 501 where handlers are stubs, say, or 404 for an id that nobody has.
    #[must_use]
    pub fn handlers_answer(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.reached.extend(statuses);
        self
    }

    /// Sends requests that the document denies, and only by GET, HEAD and OPTIONS.
    #[must_use]
    pub fn safe_only(mut self) -> Self {
        self.everything = Some(false);
        self
    }

    /// Sends requests that the document allows too, and by all methods. A service with a fault runs what it should refuse.
    #[must_use]
    pub fn everything(mut self) -> Self {
        self.everything = Some(true);
        self
    }

    /// Reads the document, and makes the requests.
    pub(crate) fn run(&self, in_process: bool) -> Result<Run, MatrixError> {
        // Cargo says where the package is.
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
        let path = package.join(&self.document);
        let settings = match &self.configuration {
            Some(file) => load(&package.join(file))?.settings,
            None => settings(&package, &path)?,
        };
        let settings = settings.with(|settings| settings.path_examples = true);
        let loaded = policy_spec::load(&path, &settings);
        let Some(model) = &loaded.model else { return Err(MatrixError(loaded.render(false))) };
        let engine = Engine::new(model).map_err(|error| MatrixError(error.to_string()))?;
        let everything = self.everything.unwrap_or(in_process);
        let mut options = self.options.clone();
        (options.allowed, options.other_methods, options.ids_for_all_methods) = (everything, everything, everything);
        let mut run = Run::new(engine, options, self.refusals.clone());
        run.reached = self.reached.clone();
        let unknown: Vec<&str> = run.unknown_operations().into_iter().chain(run.unknown_parameters()).collect();
        if !unknown.is_empty() {
            return Err(MatrixError(format!("the document has no `{}`", unknown.join("`, `"))));
        }
        let bodies = self.bodies.iter();
        Ok(bodies.fold(run, |run, (key, media, body)| run.with_body(key, media, body)))
    }
}

/// The settings by which the build reads the document.
fn settings(package: &Path, document: &Path) -> Result<Settings, MatrixError> {
    let file = package.join(Configuration::FILE);
    if !file.exists() {
        return Ok(Settings::default());
    }
    let configuration = load(&file)?;
    let same = |named: &PathBuf| policy_spec::draft_path(&package.join(named)) == policy_spec::draft_path(document);
    let is_own = configuration.document.as_ref().is_none_or(same);
    Ok(if is_own { configuration.settings } else { Settings::default() })
}

fn load(file: &Path) -> Result<Configuration, MatrixError> {
    Configuration::load(file).map_err(|error| MatrixError(error.to_string()))
}

/// The credentials of a test: its own source, and those that must be refused.
impl Credentials for Matrix {
    fn holding(&self, wanted: &Wanted<'_>) -> Result<Vec<Held>, String> {
        self.credentials.holding(wanted)
    }

    fn refused(&self, scheme: &str, state: &str) -> Option<String> {
        self.known.refused(scheme, state).or_else(|| self.credentials.refused(scheme, state))
    }
}

impl fmt::Debug for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matrix")
            .field("document", &self.document)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Why there is no matrix: the document or its configuration cannot be used, or the service has no address. Displays whole.
#[derive(Clone, PartialEq, Eq)]
pub struct MatrixError(pub(crate) String);

impl fmt::Display for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text for people: it is what a test shows that returns this error.
impl fmt::Debug for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MatrixError {}
