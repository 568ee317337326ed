//! Which operations are enabled for an organization, from a store.

#[cfg(feature = "run-time")]
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use policy_core::{Document, EnablementFailure, OperationRef, OperationSet, Policy, Principal};

use crate::clock::{Clock, SystemClock};
use crate::enablement::Enablement;
use crate::log::Bounded;
use crate::questions::{LONGEST, Questions};
use crate::remembers::Remembers;
use crate::short_cache::ShortCache;
use crate::unavailable::Unavailable;

/// How long a refusal of the store is repeated.
const BRIEFLY: Duration = Duration::from_secs(5);
/// How long requests join a question about an organization. For as long, an answer may be older than a change.
const JOINED_FOR: Duration = Duration::from_secs(1);

/// An enabled operation in a store: its method and its template, never a number.
///
/// A pair converts to it: `("GET", "/v1/files").into()`.
///
/// ```
/// use policy_http::EnabledRoute;
///
/// let route: EnabledRoute = ("GET", "/v1/files").into();
/// assert_eq!(route.to_string(), "GET /v1/files");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnabledRoute {
    /// The method, exact bytes.
    pub method: String,
    /// The template as it is served, the base path included.
    pub template: String,
}

impl<M: Into<String>, T: Into<String>> From<(M, T)> for EnabledRoute {
    fn from((method, template): (M, T)) -> Self {
        Self { method: method.into(), template: template.into() }
    }
}

impl<D: Document> From<OperationRef<D>> for EnabledRoute {
    fn from(operation: OperationRef<D>) -> Self {
        (operation.method(), operation.template()).into()
    }
}

/// As `GET /v1/files`.
impl fmt::Display for EnabledRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

/// What a store knows of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Organization {
    /// There is no organization of this name.
    Unknown,
    /// It is not active.
    Inactive,
    /// These operations are enabled for it.
    Enabled(Vec<EnabledRoute>),
}

/// A store of what is enabled for organizations. An application implements one method, for its database or the like.
///
/// ```
/// use policy_http::{EnablementStore, Organization, Unavailable};
///
/// struct Database;
/// # impl Database { async fn rows(&self, _: &str) -> Result<Vec<(String, String)>, std::io::Error> { Ok(Vec::new()) } }
///
/// impl EnablementStore for Database {
///     async fn organization(&self, name: &str) -> Result<Organization, Unavailable> {
///         let rows = self.rows(name).await?;
///         Ok(Organization::Enabled(rows.into_iter().map(Into::into).collect()))
///     }
/// }
/// ```
pub trait EnablementStore: Send + Sync + 'static {
    /// What is enabled for the organization that a principal's tenant names.
    ///
    /// # Errors
    /// The store cannot be asked.
    fn organization(&self, name: &str) -> impl Future<Output = Result<Organization, Unavailable>> + Send;

    /// A number that changes when anything changes that this store says of organizations. An answer is repeated only as long as
    /// the number stays the same.
    ///
    /// `None` if the store does not know the number now. Then the store is asked, and its answer is not kept. The number is read for
    /// each request, so it must be known without waiting. The default never changes, so that only the age of an answer counts.
    fn revision(&self) -> Option<u64> {
        Some(0)
    }
}

impl<S: EnablementStore> EnablementStore for Arc<S> {
    fn organization(&self, name: &str) -> impl Future<Output = Result<Organization, Unavailable>> + Send {
        S::organization(self, name)
    }

    fn revision(&self) -> Option<u64> {
        S::revision(self)
    }
}

/// Enables the operations that a store names for the caller's organization. A caller without an organization is denied.
///
/// An entry that names no operation of the policy enables nothing, and is written to the log each time it is read. The store was
/// filled for another version of the document, or the entry is misspelt. [`unknown`](Self::unknown) finds such entries beforehand. Policies
/// that are read at run time may share a store, so that of them nothing is written.
///
/// An answer of the store is repeated for at most 30 seconds, and a refusal for five. A change counts within that time, or earlier if
/// the store has a [`revision`](EnablementStore::revision). Requests for one organization within one second wait for one answer. If
/// the store does not respond within 30 seconds, the answer is 503. An older answer is never used then.
pub struct StoredEnablement<D: Remembers, S, C = SystemClock> {
    store: Arc<S>,
    said: ShortCache<String, (Said<D>, u64)>,
    under_way: Questions<(String, Option<u64>), Said<D>>,
    repeat_for: Duration,
    clock: C,
}

/// What a store said of an organization.
type Said<D> = Result<<D as Remembers>::Enabled, EnablementFailure>;

impl<D: Remembers, S: EnablementStore> StoredEnablement<D, S> {
    /// An enablement by that store. Answers about at most 10,000 organizations are kept.
    pub fn new(store: S) -> Self {
        Self {
            store: Arc::new(store),
            said: ShortCache::new(10_000),
            under_way: Questions::new(),
            repeat_for: LONGEST,
            clock: SystemClock,
        }
    }
}

impl<D: Remembers, S: EnablementStore, C: Clock> StoredEnablement<D, S, C> {
    /// For how many organizations the store's answer is kept, and for how long: at most 30 seconds. With zero, every request asks the
    /// store.
    #[must_use]
    pub fn with_cache(mut self, organizations: usize, repeat_for: Duration) -> Self {
        self.said = ShortCache::new(organizations);
        self.repeat_for = repeat_for.min(LONGEST);
        self
    }

    /// The clock by which ages are measured.
    pub fn with_clock<N: Clock>(self, clock: N) -> StoredEnablement<D, S, N> {
        let Self { store, said, under_way, repeat_for, clock: _ } = self;
        StoredEnablement { store, said, under_way, repeat_for, clock }
    }

    /// What `told` takes from the operations that are enabled for the caller.
    async fn told<T>(
        &self,
        tenant: Option<&str>,
        read: fn(&str, Vec<EnabledRoute>) -> D::Enabled,
        tell: impl Fn(&D::Enabled) -> T + Send + Sync,
    ) -> Result<T, EnablementFailure> {
        let organization = tenant.ok_or(EnablementFailure::NoOrganization)?;
        // Revision and time are read before the question. So the answer is at least as new as the revision, and counts as older
        // than it is, never as younger.
        let revision = self.store.revision();
        let now = self.clock.instant();
        let told = |said: &Said<D>| said.as_ref().map(&tell).map_err(|error| *error);
        if let Some(told) = self.said(organization, revision, now, told) {
            return told;
        }
        // This is rare, and the future is as large as the policy. Boxed, it does not make every request's future larger.
        told(&Box::pin(self.ask(organization, read, revision, now)).await)
    }

    /// What `told` takes from the store's last answer, if that may still be repeated.
    fn said<T>(
        &self,
        organization: &str,
        revision: Option<u64>,
        now: Instant,
        tell: impl FnOnce(&Said<D>) -> T,
    ) -> Option<T> {
        let revision = revision?;
        self.said.get(organization, now, |(said, of)| (*of == revision).then(|| tell(said)))?
    }

    /// Asks the store, or waits for a question that another request asked.
    async fn ask(
        &self,
        organization: &str,
        read: fn(&str, Vec<EnabledRoute>) -> D::Enabled,
        revision: Option<u64>,
        now: Instant,
    ) -> Said<D> {
        let question = || {
            let (store, organization) = (Arc::clone(&self.store), organization.to_owned());
            async move { ask::<D>(&*store, &organization, read).await }
        };
        let briefly = self.repeat_for.min(BRIEFLY);
        let keep = |said: &Said<D>| {
            let repeat_for = match said {
                Ok(_) => self.repeat_for,
                Err(EnablementFailure::Unavailable) => return,
                Err(_) => briefly,
            };
            let Some(revision) = revision else { return };
            let until = now.checked_add(repeat_for).unwrap_or(now);
            self.said.put(organization.to_owned(), (said.clone(), revision), until, now);
        };
        let known = || self.said(organization, revision, now, Clone::clone);
        let key = (organization.to_owned(), revision);
        // A question may end in a refusal, so it is joined for no longer than a refusal is repeated.
        match self.under_way.ask(key, now, briefly.min(JOINED_FOR), known, question, keep).await {
            Some((said, asked_at)) if self.clock.instant().saturating_duration_since(asked_at) <= LONGEST => said,
            _ => Err(EnablementFailure::Unavailable),
        }
    }
}

/// What the store says of an organization.
async fn ask<D: Remembers>(
    store: &impl EnablementStore,
    organization: &str,
    read: fn(&str, Vec<EnabledRoute>) -> D::Enabled,
) -> Said<D> {
    match store.organization(organization).await {
        Ok(Organization::Enabled(routes)) => Ok(read(organization, routes)),
        Ok(Organization::Inactive) => Err(EnablementFailure::OrganizationInactive),
        Ok(Organization::Unknown) => Err(EnablementFailure::NoOrganization),
        Err(error) => {
            let name = Bounded(organization);
            tracing::error!(target: "policy", organization = %name, %error, "enabled routes could not be looked up");
            Err(EnablementFailure::Unavailable)
        }
    }
}

/// The operations that the entries name. The log names the others.
fn operations<D: Document>(organization: &str, routes: Vec<EnabledRoute>) -> OperationSet<D> {
    let (operations, unknown) = sorted_out(routes);
    for EnabledRoute { method, template } in unknown {
        tracing::error!(
            target: "policy",
            organization = %Bounded(organization),
            method = %Bounded(&method),
            template = %Bounded(&template),
            "a route is enabled that the policy does not know; the entry has no effect"
        );
    }
    operations
}

/// The operations that the entries name, and the entries that name no operation.
fn sorted_out<D: Document>(routes: Vec<EnabledRoute>) -> (OperationSet<D>, Vec<EnabledRoute>) {
    let (policy, mut operations) = (Policy::<D>::new(), OperationSet::EMPTY);
    let unknown = routes.into_iter().filter(|route| match policy.operation(&route.method, &route.template) {
        Some(operation) => {
            operations.insert(operation);
            false
        }
        None => true,
    });
    let unknown = unknown.collect();
    (operations, unknown)
}

impl<D: Document, S: EnablementStore, C: Clock> StoredEnablement<D, S, C> {
    /// The entries of an organization that name no operation of the policy, for a check at start or after a new version of the
    /// document.
    ///
    /// # Errors
    /// The store cannot be asked.
    pub async fn unknown(&self, organization: &str) -> Result<Vec<EnabledRoute>, Unavailable> {
        Ok(match self.store.organization(organization).await? {
            Organization::Enabled(routes) => sorted_out::<D>(routes).1,
            Organization::Unknown | Organization::Inactive => Vec::new(),
        })
    }
}

impl<D: Document, S: EnablementStore, C: Clock> Enablement<D> for StoredEnablement<D, S, C> {
    fn enabled(
        &self,
        principal: &Principal<D>,
    ) -> impl Future<Output = Result<OperationSet<D>, EnablementFailure>> + Send {
        self.told(principal.tenant(), operations, |operations| *operations)
    }

    fn is_enabled(
        &self,
        principal: &Principal<D>,
        operation: OperationRef<D>,
    ) -> impl Future<Output = Result<bool, EnablementFailure>> + Send {
        self.told(principal.tenant(), operations, move |operations| operations.contains(operation))
    }
}

/// What is enabled for an organization, by names: for policies that are read at run time.
#[cfg(feature = "run-time")]
#[derive(Debug, Default)]
pub struct EnabledNames(HashMap<String, Vec<String>>);

#[cfg(feature = "run-time")]
impl EnabledNames {
    fn of(_: &str, routes: Vec<EnabledRoute>) -> Arc<Self> {
        let mut methods: HashMap<String, Vec<String>> = HashMap::new();
        for EnabledRoute { method, template } in routes {
            methods.entry(template).or_default().push(method);
        }
        Arc::new(Self(methods))
    }

    fn contains(&self, method: &str, template: &str) -> bool {
        self.0.get(template).is_some_and(|methods| methods.iter().any(|one| one == method))
    }
}

#[cfg(feature = "run-time")]
impl<S: EnablementStore, C: Clock> StoredEnablement<crate::run_time::RunTime, S, C> {
    /// Whether the operation with this method and template is enabled for an organization. A caller without one is denied.
    ///
    /// # Errors
    /// The organization is not known or not active, or the store cannot be asked.
    pub async fn is_enabled_for(
        &self,
        tenant: Option<&str>,
        method: &str,
        template: &str,
    ) -> Result<bool, EnablementFailure> {
        self.told(tenant, EnabledNames::of, |names| names.contains(method, template)).await
    }
}

impl<D: Remembers, S, C> fmt::Debug for StoredEnablement<D, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEnablement").field("repeat_for", &self.repeat_for).finish_non_exhaustive()
    }
}
