//! What is set up: the answers to every question, from which the files are written.

use clap::ValueEnum;

use super::facts::{Facts, Probe};
use super::framework::Framework;
use super::manifest::Dependency;
use super::schemes::{Authenticator, Bearer};

/// What stands for the handlers in the guard's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Entries {
    /// A function for each operation, which answers 501.
    Stubs,
    /// `pending!`: whoever may call the operation is answered 403 all the same.
    Pending,
    /// `elsewhere!`: the application's own routes serve it as they did, and nothing is checked.
    Elsewhere,
}

/// Up to so many operations get stubs where nothing else is said. More functions than these are written better one by one.
const MOST_STUBS: usize = 24;

#[derive(Debug)]
pub(super) struct SetUp {
    pub(super) framework: Framework,
    /// The module that everything is written to, below `src`.
    pub(super) module: String,
    /// The document, as seen from the package's folder.
    pub(super) document: String,
    /// A program prints the document.
    pub(super) code_first: bool,
    pub(super) bearer: Option<Bearer>,
    pub(super) entries: Option<Entries>,
    pub(super) facts: Facts,
}

impl SetUp {
    pub(super) fn entries(&self) -> Entries {
        match self.entries {
            _ if !self.framework.is_whole() => Entries::Pending,
            Some(entries) => entries,
            None if self.facts.operations.len() <= MOST_STUBS => Entries::Stubs,
            None => Entries::Pending,
        }
    }

    /// The constants of the schemes that this authenticator is for.
    pub(super) fn schemes_of(&self, authenticator: Authenticator) -> Vec<&str> {
        let schemes = self.facts.schemes.iter().filter(|scheme| scheme.authenticator(self.bearer) == authenticator);
        schemes.map(|scheme| scheme.constant.as_str()).collect()
    }

    fn has(&self, authenticator: Authenticator) -> bool {
        !self.schemes_of(authenticator).is_empty()
    }

    /// The request that the tests make. There is none where the old routes answer it.
    pub(super) fn probe(&self) -> Option<&Probe> {
        let shown = self.framework.is_whole() && self.entries() != Entries::Elsewhere;
        self.facts.probe.as_ref().filter(|_| shown)
    }

    /// Whether the guard is given the routes that served the operations until now.
    pub(super) fn has_old_routes(&self) -> bool {
        self.entries() == Entries::Elsewhere
    }

    /// The file of the module, below `src`.
    pub(super) fn file(&self, name: &str) -> String {
        format!("src/{}/{name}.rs", self.module)
    }

    /// The document's title, for the first lines of files.
    pub(super) fn title(&self) -> &str {
        self.facts.title.as_deref().unwrap_or("this service")
    }

    /// What the written files depend on. `main` says whether the program is among them, and `tests` whether the tests are.
    pub(super) fn dependencies(&self, main: bool, tests: bool) -> Vec<Dependency> {
        let (normal, build, dev) = ("dependencies", "build-dependencies", "dev-dependencies");
        let features = [
            (Authenticator::Keys, "api-keys"),
            (Authenticator::Introspection, "introspection"),
            (Authenticator::Jwt, "jwt-aws-lc"),
        ];
        let features: Vec<&str> = features
            .into_iter()
            .filter(|(authenticator, _)| self.has(*authenticator))
            .map(|(_, feature)| feature)
            .collect();
        let adapter = match self.framework {
            Framework::Axum => "policy-axum",
            Framework::ActixWeb => "policy-actix-web",
            Framework::Poem => "policy-poem",
            Framework::Rocket => "policy-rocket",
            Framework::Salvo => "policy-salvo",
            Framework::Hyper => "policy-hyper",
        };
        let (hyper, router): (&[&str], bool) = match self.framework {
            Framework::Hyper => (&["http1", "server"], true),
            _ => (&[], false),
        };
        let mut all = vec![
            Dependency::other(normal, self.framework.package(), self.framework.version(), hyper),
            Dependency::own(normal, adapter, &[]),
            Dependency::own(normal, "policy-core", &["macros"]),
            Dependency::own(normal, "policy-http", &features),
        ];
        if main {
            all.push(Dependency::other(normal, "tokio", "1", &["macros", "net", "rt-multi-thread"]));
        }
        if router {
            all.push(Dependency::own(normal, "policy-router", &[]));
            all.push(Dependency::other(normal, "bytes", "1", &[]));
            all.push(Dependency::other(normal, "http-body-util", "0.1", &[]));
        }
        all.push(Dependency::own(build, "policy-build", &[]));
        let probe = self.probe().filter(|_| tests);
        let known = probe.is_some_and(|probe| probe.scheme.is_some());
        if tests {
            all.push(Dependency::other(dev, "insta", "1", &[]));
        }
        if self.code_first || known {
            all.push(Dependency::own(dev, "policy-test", if known { &["callers"] } else { &[] }));
        }
        if probe.is_some() {
            all.push(Dependency::other(dev, "tokio", "1", &["macros", "rt"]));
            all.push(Dependency::other(dev, "tower", "0.5", &["util"]));
        }
        all
    }
}
