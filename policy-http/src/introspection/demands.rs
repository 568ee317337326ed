//! What an active token must say to be one for this API.

use std::fmt;

use crate::claim_path::{ClaimPath, ScopeClaimError, ScopeClaims};
use crate::claims::{TenantClaim, TenantClaimError};

/// What an active token must say. An introspection server knows the tokens of every application; those of the others are active
/// as well, and so are refresh tokens.
///
/// An audience or the kind of token must be demanded at least: without either, whoever holds any active token of the server is known
/// here. Tokens that the server itself calls refresh tokens or ID tokens are refused whatever is demanded.
///
/// ```
/// use policy_http::Demands;
///
/// // Where the server says for whom a token is.
/// let for_us = Demands::new().audience("https://api.example").issuer("https://issuer.example");
/// // Where it says only that it is an access token.
/// let access = Demands::new().token_type("Bearer");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Demands {
    pub(super) issuer: Option<String>,
    pub(super) audiences: Vec<String>,
    pub(super) token_types: Vec<String>,
    pub(super) types: Vec<String>,
    scope_claims: ScopeClaims,
    tenant_claim: Option<ClaimPath>,
}

/// The same, after it was checked.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) demands: Demands,
    pub(super) tenant_claim: Option<TenantClaim>,
}

impl Checked {
    pub(super) fn scope_claims(&self) -> &ScopeClaims {
        &self.demands.scope_claims
    }
}

impl Demands {
    /// Nothing is demanded yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The member `aud` must name this API. Said again, one of several names will do.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// The member `iss` must be this.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The member `token_type` (RFC 7662, section 2.2) must be this, such as `Bearer`, in whatever case (RFC 6749, section 5.1). Said
    /// again, one of several will do.
    #[must_use]
    pub fn token_type(mut self, token_type: impl Into<String>) -> Self {
        self.token_types.push(token_type.into());
        self
    }

    /// The member `typ` must be this, such as `at+jwt` (RFC 9068, section 2.1), in whatever case and with or without `application/`. RFC
    /// 7662 does not name it, and some servers answer it. Said again, one of several will do.
    #[must_use]
    pub fn typ(mut self, typ: impl Into<String>) -> Self {
        self.types.push(typ.into());
        self
    }

    /// The member that names the organization on whose behalf the caller acts. Its value must be a text, and a token without it
    /// is refused.
    #[must_use]
    pub fn tenant_claim(mut self, claim: impl Into<ClaimPath>) -> Self {
        self.tenant_claim = Some(claim.into());
        self
    }

    /// The members that scopes are taken from, in place of `scope`, `scp` and `permissions`. The first that an answer has counts alone.
    ///
    /// # Errors
    /// A member without a name, or one that says who somebody is, such as `roles`.
    pub fn scope_claims<T: Into<ClaimPath>>(
        mut self,
        claims: impl IntoIterator<Item = T>,
    ) -> Result<Self, ScopeClaimError> {
        self.scope_claims = ScopeClaims::named(claims)?;
        Ok(self)
    }

    pub(super) fn check(mut self) -> Result<Checked, DemandsError> {
        let is_empty = |texts: &[String]| texts.iter().any(String::is_empty);
        for (name, is_void) in [
            ("audience", is_empty(&self.audiences)),
            ("token_type", is_empty(&self.token_types)),
            ("typ", is_empty(&self.types)),
            ("issuer", self.issuer.as_deref() == Some("")),
        ] {
            if is_void {
                return Err(DemandsError::Empty(name));
            }
        }
        if self.audiences.is_empty() && self.token_types.is_empty() && self.types.is_empty() {
            return Err(DemandsError::AnyToken);
        }
        let tenant_claim = self.tenant_claim.take().map(TenantClaim::named).transpose();
        Ok(Checked { demands: self, tenant_claim: tenant_claim.map_err(DemandsError::TenantClaim)? })
    }
}

/// Demands that do not keep foreign tokens out, or that no token can meet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DemandsError {
    /// Neither an audience nor a kind of token is demanded.
    AnyToken,
    /// The named demand is an empty text.
    Empty(&'static str),
    /// The claim that is to name the organization cannot.
    TenantClaim(TenantClaimError),
}

impl fmt::Display for DemandsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyToken => f.write_str(
                "any active token of the introspection server would do, one for another application and a refresh token too; \
                 demand an `audience`, or where the server answers none, a `token_type` or `typ`",
            ),
            Self::Empty(name) => write!(f, "the demanded `{name}` is an empty text, which no token has"),
            Self::TenantClaim(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for DemandsError {}
