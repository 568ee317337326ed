//! Who is calling, and what each scheme granted them.

use alloc::sync::Arc;
use core::any::Any;
use core::fmt;

use crate::decision::Granted;
use crate::identity::Identity;
use crate::policy::{Document, Scheme};
use crate::scope::ScopeSet;

/// One place for each security scheme of the policy. Implemented by `[Option<ScopeSet<D>>; N]`.
pub trait SchemeGrants<D: Document>: Copy + Send + Sync + 'static {
    /// No scheme satisfied.
    const NONE: Self;
    /// The grants: `None` where the scheme is not satisfied.
    fn grants(&self) -> &[Option<ScopeSet<D>>];
    /// The grants, to be changed.
    fn grants_mut(&mut self) -> &mut [Option<ScopeSet<D>>];
}

impl<D: Document, const N: usize> SchemeGrants<D> for [Option<ScopeSet<D>>; N] {
    const NONE: Self = [None; N];

    fn grants(&self) -> &[Option<ScopeSet<D>>] {
        self
    }

    fn grants_mut(&mut self) -> &mut [Option<ScopeSet<D>>] {
        self
    }
}

/// The caller: who it is, and the scopes that each satisfied scheme granted.
///
/// Code that can construct a principal can obtain a permit. Only an authenticator should do so.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::schemes::API_KEY;
/// use policy_core::{Principal, ScopeSet};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let granted = ScopeSet::parse("encounters:read patients:read")?.set();
/// let caller = Principal::new("integration-7").with_tenant("north").with_grant(API_KEY, granted);
/// assert_eq!(caller.subject(), Some("integration-7"));
/// assert_eq!(caller.grant(API_KEY), Some(&granted));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Principal<D: Document>(Option<Arc<Caller<D>>>);

/// What is known of a caller. `None` in its place is an anonymous one.
///
/// It is shared. A request carries its caller through every stage to the handler, and an authenticator's cache gives the same caller to
/// many requests. With the `Arc` that moves and clones one pointer instead of some hundred bytes.
#[derive(Clone)]
struct Caller<D: Document> {
    identity: Identity,
    data: Option<Arc<dyn Any + Send + Sync>>,
    grants: D::Grants,
}

impl<D: Document> Principal<D> {
    /// An authenticated caller without any grant.
    #[must_use]
    pub fn new(subject: impl Into<Arc<str>>) -> Self {
        Self::known(Identity::new(subject))
    }

    /// An authenticated caller of whom this is known, without any grant.
    #[inline]
    #[must_use]
    pub fn known(identity: Identity) -> Self {
        Self(Some(Arc::new(Caller { identity, data: None, grants: D::Grants::NONE })))
    }

    pub(crate) const ANONYMOUS: Self = Self(None);

    /// Changes what is known of the caller. An anonymous caller stays unchanged, since nothing is known of it.
    fn with(mut self, change: impl FnOnce(&mut Caller<D>)) -> Self {
        if let Some(caller) = &mut self.0 {
            change(Arc::make_mut(caller));
        }
        self
    }

    fn caller(&self) -> Option<&Caller<D>> {
        self.0.as_deref()
    }

    /// The organization on whose behalf the caller acts.
    #[must_use]
    pub fn with_tenant(self, tenant: impl Into<Arc<str>>) -> Self {
        self.with(|caller| caller.identity.tenant = Some(tenant.into()))
    }

    /// The public identifier of the credential, for logs. Never the credential itself.
    #[must_use]
    pub fn with_credential_id(self, id: impl Into<Arc<str>>) -> Self {
        self.with(|caller| caller.identity.credential_id = Some(id.into()))
    }

    /// Marks the scheme as satisfied and adds what it granted.
    ///
    /// Invariant *a grant belongs to the scheme that gave it*: these scopes count for no other scheme.
    #[must_use]
    pub fn with_grant(self, scheme: Scheme<D>, scopes: ScopeSet<D>) -> Self {
        self.with(|caller| {
            if let Some(grant) = caller.grants.grants_mut().get_mut(usize::from(scheme.index())) {
                *grant = Some(grant.unwrap_or_default().union(&scopes));
            }
        })
    }

    /// When the credential expires, in seconds since the Unix epoch.
    #[must_use]
    pub fn with_expiry(self, seconds: u64) -> Self {
        self.with(|caller| caller.identity.expires_at = Some(seconds))
    }

    /// Adds the application's own data about the caller, such as the user's row that the authenticator has read. Nothing is decided by
    /// it. A handler reads it from its permit: `permit.principal().data::<User>()`.
    ///
    /// ```
    /// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
    /// use std::sync::Arc;
    /// use policy::Api;
    /// use policy_core::Principal;
    ///
    /// struct User {
    ///     language: &'static str,
    /// }
    ///
    /// # fn main() {
    /// let caller = Principal::<Api>::new("integration-7").with_data(Arc::new(User { language: "et" }));
    /// assert_eq!(caller.data::<User>().map(|user| user.language), Some("et"));
    /// # }
    /// ```
    #[must_use]
    pub fn with_data<T: Any + Send + Sync>(self, data: Arc<T>) -> Self {
        self.with(|caller| caller.data = Some(data))
    }

    /// The application's own data about the caller ([`with_data`](Self::with_data)). `None` where there is none of this type.
    #[must_use]
    pub fn data<T: Any>(&self) -> Option<&T> {
        self.caller()?.data.as_deref()?.downcast_ref()
    }

    /// Who is calling. `None` for an anonymous caller.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        Some(&self.caller()?.identity.subject)
    }

    /// The organization on whose behalf the caller acts.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.caller()?.identity.tenant.as_deref()
    }

    /// The public identifier of the credential.
    #[must_use]
    pub fn credential_id(&self) -> Option<&str> {
        self.caller()?.identity.credential_id.as_deref()
    }

    /// When the credential expires, in seconds since the Unix epoch.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.caller()?.identity.expires_at
    }

    /// Whether nobody authenticated. That is possible only where the document allows it.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.is_none()
    }

    /// What the scheme granted. `None` where it is not satisfied.
    #[must_use]
    pub fn grant(&self, scheme: Scheme<D>) -> Option<&ScopeSet<D>> {
        self.grant_index(scheme.index())
    }

    #[inline]
    pub(crate) fn grant_index(&self, scheme: u16) -> Option<&ScopeSet<D>> {
        self.caller()?.grants.grants().get(usize::from(scheme))?.as_ref()
    }

    /// Adds the grants of another principal of the same subject and tenant, since a request may carry several credentials. The credential's
    /// identifier and the [data](Self::data) are taken from the other only if this one has none. The earlier expiry counts.
    ///
    /// # Errors
    /// The other principal, where subject or tenant differ. A request with two identities is denied.
    pub fn merge(self, other: Self) -> Result<Self, Self> {
        let added = match (self.caller(), other.caller()) {
            (Some(one), Some(two)) if one.identity.is_same(&two.identity) => two,
            (None, None) => return Ok(self),
            _ => return Err(other),
        };
        Ok(self.with(|caller| {
            for (grant, added) in caller.grants.grants_mut().iter_mut().zip(added.grants.grants()) {
                if let Some(added) = added {
                    *grant = Some(grant.unwrap_or_default().union(added));
                }
            }
            caller.identity.add(&added.identity);
            if caller.data.is_none() {
                caller.data.clone_from(&added.data);
            }
        }))
    }
}

impl<D: Document> Granted for Principal<D> {
    #[inline]
    fn is_anonymous(&self) -> bool {
        self.0.is_none()
    }

    #[inline]
    fn satisfies(&self, scheme: u16) -> bool {
        self.grant_index(scheme).is_some()
    }

    #[inline]
    fn grants(&self, scheme: u16, scope: u16) -> bool {
        self.grant_index(scheme).is_some_and(|granted| granted.contains_index(scope))
    }

    fn any_grants(&self, scope: u16) -> bool {
        let grants = self.caller().map_or(&[][..], |caller| caller.grants.grants());
        grants.iter().flatten().any(|granted| granted.contains_index(scope))
    }

    #[inline]
    fn grants_all(&self, scheme: u16, scopes: &[u16]) -> bool {
        self.grant_index(scheme).is_some_and(|granted| scopes.iter().all(|scope| granted.contains_index(*scope)))
    }
}

impl<D: Document> fmt::Debug for Principal<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("subject", &self.subject())
            .field("tenant", &self.tenant())
            .field("credential_id", &self.credential_id())
            .field("expires_at", &self.expires_at())
            .field("grants", &self.caller().map_or(&[][..], |caller| caller.grants.grants()))
            .finish()
    }
}
