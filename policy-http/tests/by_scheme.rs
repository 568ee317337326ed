//! Each credential goes to the authenticator that was chosen for its scheme, and to no other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{Api, Tokens, operation, parts, schemes};
use policy_core::{AuthenticationFailure as Failure, Principal, SchemeKind, ScopeSet};
use policy_http::{Authenticator, ByScheme, Credential, Nobody, identify};

/// Answers its own name, whatever the secret.
struct Named(&'static str);

impl Authenticator<Api> for Named {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, Failure> {
        Ok(Principal::new(self.0).with_grant(credential.scheme(), ScopeSet::EMPTY))
    }
}

async fn asked(authenticator: &impl Authenticator<Api>, scheme: policy_core::Scheme<Api>) -> Result<String, Failure> {
    let caller = authenticator.authenticate(&Credential::new(scheme, "secret")).await?;
    Ok(caller.subject().unwrap().to_owned())
}

#[tokio::test]
async fn the_scheme_chooses_and_a_scheme_of_nobody_is_denied() {
    let both = ByScheme::new().scheme(schemes::KEY, Named("keys")).bearer(Named("tokens"));
    assert_eq!(asked(&both, schemes::KEY).await.unwrap(), "keys");
    assert_eq!(asked(&both, schemes::OAUTH2).await.unwrap(), "tokens");
    assert_eq!(both.unhandled(), []);

    let first = ByScheme::new()
        .scheme(schemes::OAUTH2, Named("first"))
        .bearer(Named("second"))
        .scheme(schemes::OAUTH2, Named("third"));
    assert_eq!(asked(&first, schemes::OAUTH2).await.unwrap(), "first");
    assert_eq!(asked(&first, schemes::KEY).await.unwrap_err(), Failure::Invalid);
    assert_eq!(first.unhandled(), [schemes::KEY]);
    assert_eq!(format!("{first:?}"), "ByScheme { unhandled: [Scheme(Key)], .. }");

    let kind = ByScheme::new().kind(|kind| matches!(kind, SchemeKind::ApiKeyHeader(_)), Named("keys"));
    assert_eq!(asked(&kind, schemes::KEY).await.unwrap(), "keys");
    assert_eq!(ByScheme::<Api>::new().unhandled(), [schemes::OAUTH2, schemes::KEY]);
    assert_eq!(asked(&Nobody, schemes::KEY).await.unwrap_err(), Failure::Invalid);
}

#[tokio::test]
async fn a_credential_of_an_unhandled_scheme_denies_beside_one_that_is_good() {
    let tokens = ByScheme::new().bearer(Tokens);
    let list = operation("GET", "/v1/files");
    let good = ("authorization", "Bearer ali/files.read");
    assert!(identify(Some(list), &parts("/", &[good]), &tokens).await.unwrap().is_some());
    let both = parts("/", &[good, ("x-key", "ali/files.read")]);
    assert_eq!(identify(Some(list), &both, &tokens).await.unwrap_err(), Failure::Invalid);
    let two = parts("/", &[good, good]);
    assert_eq!(identify(Some(list), &two, &tokens).await.unwrap_err(), Failure::Multiple);
}
