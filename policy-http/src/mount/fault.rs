//! Why routes cannot be served.

use std::fmt;

use super::tell_once::tell_once;

/// One reason why the routes do not fit together. It displays the route, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MountFault {
    /// An operation of the policy has neither a handler nor a `pending!`.
    Missing {
        /// Method and template.
        operation: String,
    },
    /// An operation is left to the application (`elsewhere!`), and the guard was not given the application.
    NoApplication {
        /// Method and template.
        operation: String,
    },
    /// The guard was given what serves an operation elsewhere, and the list leaves no such operation to the application.
    NothingElsewhere {
        /// Method and template; all of them where none was named.
        operation: Option<String>,
    },
    /// A route is mounted twice.
    Repeated {
        /// Method and template.
        route: String,
    },
    /// The framework cannot serve the template exactly.
    Template {
        /// The framework's name.
        framework: &'static str,
        /// Method and template.
        route: String,
        /// Why.
        because: &'static str,
    },
    /// The framework cannot give the handler what it takes.
    Handler {
        /// The framework's name.
        framework: &'static str,
        /// Method and template.
        route: String,
        /// Why.
        because: String,
    },
    /// Not a method (RFC 9110, section 9.1), or `CONNECT`, which has no path.
    Method {
        /// Method and template.
        route: String,
    },
    /// An unguarded route would answer requests that the document gives to an operation.
    UnguardedOperation {
        /// Method and template of the unguarded route.
        route: String,
        /// The operation.
        operation: String,
    },
    /// The framework's router cannot hold both templates.
    Conflict {
        /// The framework's name.
        framework: &'static str,
        /// The template.
        template: String,
        /// Why it cannot.
        because: String,
    },
    /// The builder's `head` names an operation that is not GET, has no handler, or has a HEAD of its own.
    Head {
        /// Method and template.
        operation: String,
    },
    /// The policy is a draft, by which the program that writes the document is compiled. Nothing is served by it.
    Draft,
    /// The framework serves a route that the guard did not mount. Only frameworks that can list their routes are checked for that.
    Foreign {
        /// The framework's name.
        framework: &'static str,
        /// Method and template.
        route: String,
    },
}

impl fmt::Display for MountFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { operation } => {
                write!(
                    f,
                    "`{operation}` has no handler; add it to `handlers![…]`, or `pending!(Operation, \"reason\")`"
                )
            }
            Self::NoApplication { operation } => write!(
                f,
                "`{operation}` is served elsewhere, and the guard does not know by what; give it the application's own routes \
                 with `.elsewhere(…)`"
            ),
            Self::NothingElsewhere { operation } => write!(
                f,
                "`.elsewhere(…)` has no effect: the list does not say `elsewhere!(…)` of {}",
                operation.as_ref().map_or_else(|| "any operation".to_owned(), |operation| format!("`{operation}`"))
            ),
            Self::Repeated { route } => write!(f, "`{route}` is mounted twice; a route has one handler"),
            Self::Template { framework, route, because } => {
                write!(f, "{framework} cannot serve `{route}` exactly, because {because}")
            }
            Self::Handler { framework, route, because } => {
                write!(f, "{framework} cannot call the handler of `{route}`, because {because}")
            }
            Self::Method { route } => write!(f, "`{route}` has a method that no request for a path can have"),
            Self::UnguardedOperation { route, operation } => write!(
                f,
                "the unguarded route `{route}` would answer requests that the document gives to `{operation}`; \
                 serve it at another path, or declare it in the document"
            ),
            Self::Conflict { framework, template, because } => {
                write!(f, "{framework} cannot route `{template}`: {because}")
            }
            Self::Head { operation } => write!(
                f,
                "`{operation}` cannot answer HEAD with its handler: only a GET operation with a handler, \
                 and without a HEAD operation beside it, can"
            ),
            Self::Draft => f.write_str(
                "this program was built in draft mode (`POLICY_DRAFT`), so that it can write its document; \
                 nothing is served by a draft; build it again without the variable",
            ),
            Self::Foreign { framework, route } => write!(
                f,
                "{framework} serves `{route}`, which is neither an operation nor mounted as unguarded; \
                 declare it in the document, or mount it with `.unguarded(method, template, reason, …)`"
            ),
        }
    }
}

impl MountFault {
    /// Writes it to the log and, the first time, to stderr. It is for a fault that shows only when a request arrives, and is then
    /// answered 500.
    pub fn refused(&self) {
        tracing::error!(target: "policy", "{self}");
        tell_once(format_args!("{self}\n  until then, its requests are answered 500"));
    }
}

/// Every reason why the routes do not fit together, all at once.
///
/// `Debug` gives the text for people, because Rust prints that of an error that `main` returns.
#[derive(Clone, PartialEq, Eq)]
pub struct MountError {
    faults: Vec<MountFault>,
}

impl MountError {
    /// The error of these faults.
    #[must_use]
    pub fn new(first: MountFault, others: impl IntoIterator<Item = MountFault>) -> Self {
        Self { faults: std::iter::once(first).chain(others).collect() }
    }

    /// The error of these faults, if there are any.
    ///
    /// # Errors
    /// There is at least one fault.
    pub fn check(faults: Vec<MountFault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self { faults }) }
    }

    /// Writes it to the log and to stderr. It is for a guard that is served although its routes do not fit. Such a guard answers 500 to
    /// every request.
    pub fn announce(&self) {
        tracing::error!(target: "policy", "{self}");
        tell_once(format_args!("{self}\n  until they do, every request is answered 500"));
    }

    /// The reasons, at least one.
    #[must_use]
    pub fn faults(&self) -> &[MountFault] {
        &self.faults
    }
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the routes do not fit the policy")?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl fmt::Debug for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for MountError {}
