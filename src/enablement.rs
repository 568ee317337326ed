//! Which routes are enabled for a key's organization.

use policy_core::{EnablementFailure, OperationSet, Principal};
use policy_http::Enablement;

use crate::policy::Api;
use crate::store::{Enabled, Store};

/// Reads the enabled routes from the database, by method and template, at each request: a change counts from the next one on.
#[derive(Clone, Debug)]
pub struct OrganizationEnablement {
    store: Store,
}

impl OrganizationEnablement {
    /// The enablement of that database's organizations.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

impl Enablement<Api> for OrganizationEnablement {
    async fn enabled(&self, principal: &Principal<Api>) -> Result<OperationSet<Api>, EnablementFailure> {
        let (Some(organization), Some(key_id)) = (principal.tenant(), principal.credential_id()) else {
            return Err(EnablementFailure::NoOrganization);
        };
        match self.store.enabled(organization, key_id).await {
            Ok(Some(Enabled::Operations(operations))) => Ok(operations),
            Ok(Some(Enabled::Inactive)) => Err(EnablementFailure::OrganizationInactive),
            Ok(None) => Err(EnablementFailure::NoOrganization),
            Err(error) => {
                tracing::error!(target: "charthero", organization, %error, "enabled routes could not be looked up");
                Err(EnablementFailure::Unavailable)
            }
        }
    }
}
