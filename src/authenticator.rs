//! From a presented key to its principal.

use jiff::{SignedDuration, Timestamp};
use policy_core::{AuthenticationFailure, Principal, Scheme, ScopeSet};
use policy_http::{Authenticator, Credential};

use crate::audio::VerifiedClaim;
use crate::keys::{Key, SecretHash};
use crate::policy::{Api, POLICY, schemes};
use crate::store::{Store, StoredKey};

/// Looks keys up by their public id and compares the hash of their secret.
#[derive(Clone, Debug)]
pub struct KeyAuthenticator {
    store: Store,
    inactivity: SignedDuration,
}

impl KeyAuthenticator {
    /// An authenticator for the keys of that database. A key that nobody used for `inactivity` is inactive.
    #[must_use]
    pub fn new(store: Store, inactivity: SignedDuration) -> Self {
        Self { store, inactivity }
    }

    /// The caller on whose behalf a URL was signed, as the key stands now. The signature is the proof that its holder asked.
    ///
    /// # Errors
    /// The key is gone, may not be used now, or is not of the organization that the claim names; the database does not answer.
    pub async fn behind(&self, claim: &VerifiedClaim) -> Result<Principal<Api>, AuthenticationFailure> {
        let claim = claim.claim();
        let key = self.look_up(&claim.key_id).await?;
        let key = key.filter(|key| key.organization.as_ref() == Some(&claim.organization));
        self.principal(key.ok_or(AuthenticationFailure::Invalid)?, schemes::API_KEY, Timestamp::now())
    }

    async fn look_up(&self, id: &str) -> Result<Option<StoredKey>, AuthenticationFailure> {
        self.store.key(id).await.map_err(|error| {
            tracing::error!(target: "charthero", %error, "a key could not be looked up");
            AuthenticationFailure::Unavailable
        })
    }

    /// The caller that a key stands for, if it may be used now.
    fn principal(
        &self,
        key: StoredKey,
        scheme: Scheme<Api>,
        now: Timestamp,
    ) -> Result<Principal<Api>, AuthenticationFailure> {
        if let Some(failure) = self.refusal(&key, now) {
            tracing::info!(
                target: "charthero",
                key_id = key.id,
                organization = key.organization,
                stage = "authentication",
                state = ?failure,
                fingerprint = POLICY.fingerprint(),
                "key refused"
            );
            return Err(failure);
        }
        let scopes = ScopeSet::parse(&key.scopes).map_err(|error| {
            tracing::error!(target: "charthero", key_id = key.id, %error, "the key's stored scopes are void");
            AuthenticationFailure::Unavailable
        })?;
        let mut principal =
            Principal::new(key.id.as_str()).with_credential_id(key.id.as_str()).with_grant(scheme, scopes.set());
        if let Some(organization) = key.organization {
            principal = principal.with_tenant(organization);
        }
        if let Some(end) = key.expires_at.and_then(|end| u64::try_from(end.as_second()).ok()) {
            principal = principal.with_expiry(end);
        }
        Ok(principal)
    }

    /// Why the key may not be used now.
    fn refusal(&self, key: &StoredKey, now: Timestamp) -> Option<AuthenticationFailure> {
        if key.revoked_at.is_some() {
            Some(AuthenticationFailure::Revoked)
        } else if key.expires_at.is_some_and(|end| end <= now) {
            Some(AuthenticationFailure::Expired)
        } else if !key.active || now.duration_since(key.last_seen_at) > self.inactivity {
            Some(AuthenticationFailure::Inactive)
        } else {
            None
        }
    }
}

impl Authenticator<Api> for KeyAuthenticator {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, AuthenticationFailure> {
        let presented = Key::parse(credential.secret()).map_err(|_| AuthenticationFailure::Malformed)?;
        let stored = self.look_up(presented.id()).await?;
        // An unknown id takes the same path as a wrong secret.
        let expected = stored.as_ref().map_or(SecretHash::NONE, |key| key.secret_hash);
        let matches = presented.secret_hash().matches(&expected);
        let Some(key) = stored.filter(|_| matches) else { return Err(AuthenticationFailure::Invalid) };

        // The state of a key is told only to whoever holds its secret.
        let now = Timestamp::now();
        let last_seen_at = key.last_seen_at;
        let principal = self.principal(key, credential.scheme(), now)?;
        if let Some(id) = principal.credential_id() {
            self.store.note_use(id, last_seen_at, now);
        }
        Ok(principal)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use crate::store::{NORTHWIND, NewKey, in_memory};

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    #[tokio::test]
    async fn the_state_of_a_key_is_told_only_to_its_holder() {
        let store = in_memory().await;
        store.seed_demo().await.unwrap();
        let keys = KeyAuthenticator::new(store.clone(), DAY);
        let ask = async |secret: &str| {
            keys.authenticate(&Credential::new(schemes::API_KEY, secret))
                .await
                .map(|caller| caller.credential_id().map(str::to_owned))
        };
        let now = Timestamp::now();
        let issue = async |expires_at| {
            let new = NewKey { organization: Some(NORTHWIND.into()), scopes: ScopeSet::EMPTY, expires_at };
            store.issue_key(new).await.unwrap()
        };
        let good = issue(Some(now.checked_add(DAY).unwrap())).await;
        let expired = issue(Some(now)).await;
        let revoked = issue(None).await;
        store.revoke_key(revoked.id()).await.unwrap();
        let paused = issue(None).await;
        store.set_key_active(paused.id(), false).await.unwrap();

        assert_eq!(ask(&good.reveal()).await, Ok(Some(good.id().to_owned())));
        for (key, failure) in [
            (&expired, AuthenticationFailure::Expired),
            (&revoked, AuthenticationFailure::Revoked),
            (&paused, AuthenticationFailure::Inactive),
        ] {
            assert_eq!(ask(&key.reveal()).await, Err(failure));
            let wrong_secret = good.reveal().replace(good.id(), key.id());
            assert_eq!(ask(&wrong_secret).await, Err(AuthenticationFailure::Invalid), "{failure:?}");
        }
        assert_eq!(ask("ch_sk_nonsense").await, Err(AuthenticationFailure::Malformed));
        assert_eq!(ask(&Key::generate().unwrap().reveal()).await, Err(AuthenticationFailure::Invalid));
    }

    #[tokio::test]
    async fn a_key_that_nobody_uses_becomes_inactive() {
        let store = in_memory().await;
        let new = NewKey { organization: None, scopes: ScopeSet::EMPTY, expires_at: None };
        let id = store.issue_key(new).await.unwrap().id().to_owned();
        let key = store.key(&id).await.unwrap().unwrap();
        let keys = KeyAuthenticator::new(store, DAY);
        let after = |duration| keys.refusal(&key, key.last_seen_at.checked_add(duration).unwrap());
        assert_eq!(after(DAY), None);
        assert_eq!(after(DAY + SignedDuration::from_secs(1)), Some(AuthenticationFailure::Inactive));
    }

    #[tokio::test]
    async fn a_key_holds_only_what_its_organization_still_allows() {
        let store = in_memory().await;
        store.seed_demo().await.unwrap();
        let all: ScopeSet<Api> = POLICY.scopes().collect();
        let key = store
            .issue_key(NewKey { organization: Some(NORTHWIND.into()), scopes: all, expires_at: None })
            .await
            .unwrap();
        let recordings = POLICY.scope("recordings:read").into_iter().collect();
        store.disallow_scopes(NORTHWIND, recordings).await.unwrap();
        let stored = store.key(key.id()).await.unwrap().unwrap();
        assert_eq!(ScopeSet::<Api>::parse(&stored.scopes).unwrap().set(), all.difference(&recordings));
    }
}
