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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use policy_core::ScopeSet;

    use super::*;
    use crate::policy::POLICY;
    use crate::store::{Environment, LAKESIDE, NORTHWIND, NewKey, Store, in_memory};

    async fn caller(store: &Store, organization: Option<&str>) -> Principal<Api> {
        let organization = organization.map(str::to_owned);
        let new = NewKey { organization: organization.clone(), scopes: ScopeSet::EMPTY, expires_at: None };
        let key = store.issue_key(new).await.unwrap();
        let caller = Principal::new(key.id()).with_credential_id(key.id());
        organization.into_iter().fold(caller, Principal::with_tenant)
    }

    #[tokio::test]
    async fn what_is_enabled_is_what_the_organization_has_at_this_moment() {
        let store = in_memory().await;
        store.seed_demo().await.unwrap();
        let enablement = OrganizationEnablement::new(store.clone());
        let (northwind, lakeside) = (caller(&store, Some(NORTHWIND)).await, caller(&store, Some(LAKESIDE)).await);
        assert_eq!(enablement.enabled(&northwind).await, Ok(OperationSet::all()));
        let audio = POLICY.operations().find(|operation| operation.template().ends_with("/audio")).unwrap();
        assert!(!enablement.enabled(&lakeside).await.unwrap().contains(audio));

        store.enable(LAKESIDE, [audio].into_iter().collect()).await.unwrap();
        assert_eq!(enablement.enabled(&lakeside).await, Ok(OperationSet::all()));
        store.set_organization_active(LAKESIDE, false).await.unwrap();
        assert_eq!(enablement.enabled(&lakeside).await, Err(EnablementFailure::OrganizationInactive));
    }

    #[tokio::test]
    async fn a_key_without_an_organization_and_one_of_another_have_nothing() {
        let store = in_memory().await;
        store.seed_demo().await.unwrap();
        let enablement = OrganizationEnablement::new(store.clone());
        let nobody = caller(&store, None).await;
        assert_eq!(enablement.enabled(&nobody).await, Err(EnablementFailure::NoOrganization));
        let stranger = caller(&store, Some(LAKESIDE)).await.with_tenant(NORTHWIND);
        assert_eq!(enablement.enabled(&stranger).await, Err(EnablementFailure::NoOrganization));
    }

    #[tokio::test]
    async fn a_key_is_bound_to_the_environment_it_was_issued_in() {
        let store = in_memory().await;
        let all = OperationSet::all();
        store.create_organization("acme", Environment::Test, all, ScopeSet::EMPTY).await.unwrap();
        let caller = caller(&store, Some("acme")).await;
        let enablement = OrganizationEnablement::new(store.clone());
        assert_eq!(enablement.enabled(&caller).await, Ok(all));
        store.execute("UPDATE organizations SET environment = 'production'").await;
        assert_eq!(enablement.enabled(&caller).await, Ok(OperationSet::EMPTY));
    }

    #[tokio::test]
    async fn a_stored_right_that_the_policy_does_not_know_enables_nothing_and_is_reported() {
        let store = in_memory().await;
        store.create_organization("acme", Environment::Test, OperationSet::EMPTY, ScopeSet::EMPTY).await.unwrap();
        store.execute("INSERT INTO enabled_routes VALUES ('acme', 'GET', '/external/v0/encounters')").await;
        store.execute("INSERT INTO allowed_scopes VALUES ('acme', 'everything')").await;
        let caller = caller(&store, Some("acme")).await;
        let enablement = OrganizationEnablement::new(store.clone());
        assert_eq!(enablement.enabled(&caller).await, Ok(OperationSet::EMPTY));
        let unknown = store.unknown_rights().await.unwrap().pop().unwrap();
        assert_eq!(unknown.organization, "acme");
        assert_eq!(unknown.routes.first().unwrap().to_string(), "GET /external/v0/encounters");
        assert_eq!(unknown.scopes, ["everything"]);
    }

    #[tokio::test]
    async fn a_database_that_does_not_answer_is_unavailable() {
        let store = in_memory().await;
        let caller = caller(&store, None).await.with_tenant(NORTHWIND);
        store.close().await;
        let enablement = OrganizationEnablement::new(store);
        assert_eq!(enablement.enabled(&caller).await, Err(EnablementFailure::Unavailable));
    }
}
