//! Who a caller is, whatever the policy.

use alloc::sync::Arc;

/// Who a caller is: what an authenticator knows before any policy says what was granted. The principal of a compiled policy has one, and
/// so does the caller of a policy that is read at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// Who is calling.
    pub subject: Arc<str>,
    /// The organization on whose behalf the caller acts.
    pub tenant: Option<Arc<str>>,
    /// The public identifier of the credential, for logs. Never the credential itself.
    pub credential_id: Option<Arc<str>>,
    /// When the credential expires, in seconds since the Unix epoch.
    pub expires_at: Option<u64>,
}

impl Identity {
    /// A caller of whom nothing else is known.
    #[must_use]
    pub fn new(subject: impl Into<Arc<str>>) -> Self {
        Self { subject: subject.into(), tenant: None, credential_id: None, expires_at: None }
    }

    /// Whether both are one caller: a request may carry several credentials, and two identities in one request are nobody's.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.subject == other.subject && self.tenant == other.tenant
    }

    /// Adds what another credential of the same caller says: the earlier expiry counts, and the first credential names the request.
    pub fn add(&mut self, other: &Self) {
        self.expires_at = match (self.expires_at, other.expires_at) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        if self.credential_id.is_none() {
            self.credential_id.clone_from(&other.credential_id);
        }
    }
}
