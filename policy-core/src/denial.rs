//! Why a request was refused, and what may be said of it.

use core::fmt;

use crate::challenge;
use crate::decision;
use crate::policy::{Document, OperationRef, Policy, Scope};
use crate::principal::Principal;
use crate::query::QueryKey;
use crate::requirement::Alternative;
use crate::scope::ScopeSet;
use crate::stage::Stage;

/// Why a credential did not turn into a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthenticationFailure {
    /// The request carries none.
    Missing,
    /// It does not have the form that the scheme prescribes.
    Malformed,
    /// The request carries more than one for the same scheme, or two of different callers.
    Multiple,
    /// It has the right form and belongs to nobody.
    Invalid,
    /// It belongs to somebody, and has expired.
    Expired,
    /// It belongs to somebody, and was revoked.
    Revoked,
    /// It belongs to somebody, and is not active.
    Inactive,
    /// The store or the issuer that could tell cannot be asked.
    Unavailable,
}

/// Why a caller's enabled operations are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnablementFailure {
    /// The caller acts for no organization.
    NoOrganization,
    /// The organization is not active.
    OrganizationInactive,
    /// The store or the issuer that could tell cannot be asked.
    Unavailable,
}

/// The reason of a denial.
///
/// ```
/// use policy_core::{AuthenticationFailure, Reason};
///
/// let reason = Reason::Authentication(AuthenticationFailure::Expired);
/// assert_eq!((reason.code(), reason.status()), ("expired_credential", 401));
/// assert!(reason.has_challenge());
/// assert_eq!(Reason::InsufficientScope.status(), 403);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason<'r> {
    /// The caller is not known.
    Authentication(AuthenticationFailure),
    /// The caller is known, but by schemes that no alternative of the operation accepts.
    SchemeNotSatisfied,
    /// What is enabled for the caller is not known.
    Enablement(EnablementFailure),
    /// The operation is not enabled for the caller.
    NotEnabled,
    /// No alternative's scopes are all granted.
    InsufficientScope,
    /// The operation does not accept this query parameter.
    UnsupportedQuery(QueryKey<'r>),
    /// Every check passed, but the operation has no handler yet (`pending!`).
    NoHandler,
}

impl Reason<'_> {
    /// The HTTP status (RFC 9110, section 15; RFC 6750, section 3.1).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Reason::Authentication(AuthenticationFailure::Unavailable)
            | Reason::Enablement(EnablementFailure::Unavailable) => 503,
            Reason::Authentication(AuthenticationFailure::Multiple) | Reason::UnsupportedQuery(_) => 400,
            Reason::Authentication(_) | Reason::SchemeNotSatisfied => 401,
            Reason::Enablement(_) | Reason::NotEnabled | Reason::InsufficientScope | Reason::NoHandler => 403,
        }
    }

    /// The stable names of all reasons, each with the stage that denies for it. [`index`](Self::index) says which one a
    /// reason has. They are for counters and documentation. A later version may have more.
    pub const CODES: [(&'static str, Stage); 16] = [
        ("missing_credential", Stage::Authentication),
        ("malformed_credential", Stage::Authentication),
        ("multiple_credentials", Stage::Authentication),
        ("invalid_credential", Stage::Authentication),
        ("expired_credential", Stage::Authentication),
        ("revoked_credential", Stage::Authentication),
        ("inactive_credential", Stage::Authentication),
        ("authentication_unavailable", Stage::Authentication),
        ("scheme_not_satisfied", Stage::Authentication),
        ("no_organization", Stage::Enablement),
        ("organization_inactive", Stage::Enablement),
        ("enablement_unavailable", Stage::Enablement),
        ("route_not_enabled", Stage::Enablement),
        ("insufficient_scope", Stage::Scopes),
        ("unsupported_query_parameter", Stage::Query),
        ("operation_pending", Stage::Query),
    ];

    /// Where the reason stands in [`CODES`](Self::CODES). It is for arrays of a process; what is stored is the name.
    #[must_use]
    pub const fn index(&self) -> usize {
        match self {
            Reason::Authentication(failure) => match failure {
                AuthenticationFailure::Missing => 0,
                AuthenticationFailure::Malformed => 1,
                AuthenticationFailure::Multiple => 2,
                AuthenticationFailure::Invalid => 3,
                AuthenticationFailure::Expired => 4,
                AuthenticationFailure::Revoked => 5,
                AuthenticationFailure::Inactive => 6,
                AuthenticationFailure::Unavailable => 7,
            },
            Reason::SchemeNotSatisfied => 8,
            Reason::Enablement(failure) => match failure {
                EnablementFailure::NoOrganization => 9,
                EnablementFailure::OrganizationInactive => 10,
                EnablementFailure::Unavailable => 11,
            },
            Reason::NotEnabled => 12,
            Reason::InsufficientScope => 13,
            Reason::UnsupportedQuery(_) => 14,
            Reason::NoHandler => 15,
        }
    }

    /// A stable name, for clients and logs.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "each index is below the table's length, which a test goes through")]
    pub const fn code(&self) -> &'static str {
        Self::CODES[self.index()].0
    }

    /// Whether the answer must carry `WWW-Authenticate`: every 401 (RFC 9110, section 15.5.2), and what RFC 6750,
    /// section 3.1 names an error of the token.
    #[must_use]
    pub const fn has_challenge(&self) -> bool {
        self.status() == 401 || self.bearer_error().is_some()
    }

    /// The error code of RFC 6750, section 3.1. `None` where the request carried no credential, or has another fault.
    #[must_use]
    pub const fn bearer_error(&self) -> Option<&'static str> {
        match self {
            Reason::Authentication(AuthenticationFailure::Missing | AuthenticationFailure::Unavailable) => None,
            Reason::Authentication(AuthenticationFailure::Multiple) => Some("invalid_request"),
            Reason::Authentication(_) | Reason::SchemeNotSatisfied => Some("invalid_token"),
            Reason::InsufficientScope => Some("insufficient_scope"),
            _ => None,
        }
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Authentication(failure) => match failure {
                AuthenticationFailure::Missing => "the request carries no credential",
                AuthenticationFailure::Malformed => "the credential is malformed",
                AuthenticationFailure::Multiple => "the request carries more than one credential",
                AuthenticationFailure::Invalid => "the credential is not valid",
                AuthenticationFailure::Expired => "the credential has expired",
                AuthenticationFailure::Revoked => "the credential was revoked",
                AuthenticationFailure::Inactive => "the credential is not active",
                AuthenticationFailure::Unavailable => "the credential cannot be checked now",
            },
            Reason::SchemeNotSatisfied => "the credential is of a scheme that this operation does not accept",
            Reason::Enablement(failure) => match failure {
                EnablementFailure::NoOrganization => "the caller belongs to no organization",
                EnablementFailure::OrganizationInactive => "the caller's organization is not active",
                EnablementFailure::Unavailable => "the caller's enabled operations cannot be looked up now",
            },
            Reason::NotEnabled => "the operation is not enabled for the caller",
            Reason::InsufficientScope => "the credential lacks a scope that the operation requires",
            Reason::UnsupportedQuery(key) => {
                return write!(f, "the operation does not accept the query parameter `{key}`");
            }
            Reason::NoHandler => "the operation is not served yet",
        })
    }
}

/// A refusal: the stage, the reason, and what was missing. It is final, and no handler runs.
///
/// Its text has neither the credential nor what the caller was granted.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// # fn main() {
/// use policy::Api;
/// use policy_core::{AuthenticationFailure, Denial, Stage};
///
/// let denial = Denial::<Api>::unauthenticated(AuthenticationFailure::Expired);
/// assert_eq!((denial.stage(), denial.status()), (Stage::Authentication, 401));
/// let mut challenge = String::new();
/// assert!(denial.write_challenge(&mut challenge, "clinic").is_ok());
/// assert!(challenge.starts_with("Bearer realm=\"clinic\""), "{challenge}");
/// # }
/// ```
pub struct Denial<'r, D: Document> {
    pub(crate) operation: Option<OperationRef<D>>,
    pub(crate) stage: Stage,
    pub(crate) reason: Reason<'r>,
    pub(crate) principal: Option<Principal<D>>,
}

impl<'r, D: Document> Denial<'r, D> {
    /// The denial of a request that reached no operation and whose caller could not be authenticated.
    #[must_use]
    pub fn unauthenticated(failure: AuthenticationFailure) -> Self {
        Self::new(None, Stage::Authentication, Reason::Authentication(failure), None)
    }

    #[inline]
    pub(crate) fn new(
        operation: Option<OperationRef<D>>,
        stage: Stage,
        reason: Reason<'r>,
        principal: Option<Principal<D>>,
    ) -> Self {
        let principal = principal.filter(|principal| !principal.is_anonymous());
        Self { operation, stage, reason, principal }
    }

    /// The operation that was asked for.
    #[must_use]
    pub fn operation(&self) -> Option<OperationRef<D>> {
        self.operation
    }

    /// The check that failed. With [`Reason::NoHandler`] no check failed, and this is the last one.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Why it failed.
    #[must_use]
    pub fn reason(&self) -> Reason<'r> {
        self.reason
    }

    /// The caller, where authentication passed.
    #[must_use]
    pub fn principal(&self) -> Option<&Principal<D>> {
        self.principal.as_ref()
    }

    /// The scopes that the caller lacks for the closest alternative. Empty for every reason except [`Reason::InsufficientScope`].
    ///
    /// They reveal the caller's grant, so they are for logs and not for answers. Answers show [`required`](Self::required).
    #[must_use]
    pub fn missing(&self) -> ScopeSet<D> {
        match (self.closest(), &self.principal) {
            (Some(closest), Some(principal)) => ScopeSet::of_indices(decision::missing(closest, principal)),
            _ => ScopeSet::EMPTY,
        }
    }

    /// The scopes of the closest alternative: of those whose schemes are satisfied, the first that lacks the fewest.
    #[must_use]
    pub fn required(&self) -> ScopeSet<D> {
        self.closest().map(|closest| ScopeSet::of_indices(closest.scopes())).unwrap_or_default()
    }

    /// The alternative that the caller comes closest to. It is computed when it is needed, so that a denial stays small.
    fn closest(&self) -> Option<Alternative<'static>> {
        if self.reason != Reason::InsufficientScope {
            return None;
        }
        let requirement = self.operation?.rule().requirement;
        decision::closest(requirement, self.principal.as_ref()?).map(|(_, closest)| closest)
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.reason.status()
    }

    /// The stable name of the reason.
    #[must_use]
    pub fn reason_code(&self) -> &'static str {
        self.reason.code()
    }

    /// Whether the answer must carry `WWW-Authenticate`: every 401 (RFC 9110, section 15.5.2), and what RFC 6750,
    /// section 3.1 names an error of the token.
    #[must_use]
    pub fn has_challenge(&self) -> bool {
        self.reason.has_challenge()
    }

    /// Writes the value of `WWW-Authenticate`. `realm` names the protected space; quotes and backslashes in it are escaped.
    ///
    /// A known caller gets a challenge for each kind of scheme that the operation accepts. An unknown caller gets one for each kind of the
    /// document. Otherwise the challenges would tell an unknown caller which paths belong to operations.
    ///
    /// # Errors
    /// What the writer answers.
    pub fn write_challenge(&self, out: &mut dyn fmt::Write, realm: &str) -> fmt::Result {
        let is_known = !matches!(self.reason, Reason::Authentication(_));
        let operation = self.operation.filter(|operation| is_known && !operation.accepts_any_scheme());
        let own = operation.into_iter().flat_map(OperationRef::schemes);
        let all = operation.is_none().then(|| Policy::<D>::new().schemes());
        let carriers = own.chain(all.into_iter().flatten()).map(|scheme| scheme.kind().into());
        let required = self.required();
        challenge::write(out, realm, self.reason, carriers, required.iter().map(Scope::name))
    }
}

impl<D: Document> fmt::Display for Denial<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.reason, f)
    }
}

impl<D: Document> fmt::Debug for Denial<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denial")
            .field("operation", &self.operation)
            .field("stage", &self.stage)
            .field("reason", &self.reason)
            .field("missing", &self.missing())
            .finish_non_exhaustive()
    }
}

impl<D: Document> core::error::Error for Denial<'_, D> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_code_of_its_own_with_the_stage_that_denies_for_it() {
        use AuthenticationFailure as Caller;
        use EnablementFailure as Enabled;

        let key = QueryKey::all("a").next().map(Reason::UnsupportedQuery);
        let reasons = [
            (Reason::Authentication(Caller::Missing), "missing_credential", Stage::Authentication),
            (Reason::Authentication(Caller::Malformed), "malformed_credential", Stage::Authentication),
            (Reason::Authentication(Caller::Multiple), "multiple_credentials", Stage::Authentication),
            (Reason::Authentication(Caller::Invalid), "invalid_credential", Stage::Authentication),
            (Reason::Authentication(Caller::Expired), "expired_credential", Stage::Authentication),
            (Reason::Authentication(Caller::Revoked), "revoked_credential", Stage::Authentication),
            (Reason::Authentication(Caller::Inactive), "inactive_credential", Stage::Authentication),
            (Reason::Authentication(Caller::Unavailable), "authentication_unavailable", Stage::Authentication),
            (Reason::SchemeNotSatisfied, "scheme_not_satisfied", Stage::Authentication),
            (Reason::Enablement(Enabled::NoOrganization), "no_organization", Stage::Enablement),
            (Reason::Enablement(Enabled::OrganizationInactive), "organization_inactive", Stage::Enablement),
            (Reason::Enablement(Enabled::Unavailable), "enablement_unavailable", Stage::Enablement),
            (Reason::NotEnabled, "route_not_enabled", Stage::Enablement),
            (Reason::InsufficientScope, "insufficient_scope", Stage::Scopes),
            (key.unwrap_or(Reason::NoHandler), "unsupported_query_parameter", Stage::Query),
            (Reason::NoHandler, "operation_pending", Stage::Query),
        ];
        assert_eq!(reasons.len(), Reason::CODES.len());
        for (index, (reason, code, stage)) in reasons.into_iter().enumerate() {
            assert_eq!((reason.index(), reason.code()), (index, code));
            assert_eq!(Reason::CODES.get(index), Some(&(code, stage)));
        }
    }
}
