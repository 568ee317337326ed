//! Credentials in cookies, query strings and `Authorization: Basic`, and one token for two bearer schemes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod entry;
mod several;

use entry::{decide, reason};
use policy_core::{AuthenticationFailure as Failure, Principal, ScopeSet};
use policy_http::{Authenticator, Credential, EnableAll, identify};
use several::{Api, at, parts};

/// Accepts everything but what is meant for the other of two bearer schemes; answers the secret as the subject.
struct Echo;

impl Authenticator<Api> for Echo {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, Failure> {
        match (credential.scheme().name(), credential.secret()) {
            ("One", "two") | ("Two", "one") | (_, "none") => Err(Failure::Invalid),
            ("Two", "old") => Err(Failure::Expired),
            ("One", "old") => Err(Failure::Invalid),
            (_, secret) => Ok(Principal::new(secret).with_grant(credential.scheme(), ScopeSet::EMPTY)),
        }
    }
}

#[tokio::test]
async fn every_carrier_gives_its_secret_and_nothing_else_does() {
    for (template, target, headers, expected) in [
        ("/query", "/?api_key=a+b%2Fc", &[][..], Ok(Some("a b/c"))),
        ("/query", "/?x=%ff&api%5Fkey=k&&=", &[][..], Ok(Some("k"))),
        ("/query", "/?xapi_key=k&api_key2=k", &[], Ok(None)),
        ("/query", "/", &[("authorization", "Bearer k")], Ok(None)),
        ("/query", "/?api_key=k&api%5fkey=l", &[], Err(Failure::Multiple)),
        ("/query", "/?api_key", &[], Err(Failure::Malformed)),
        ("/query", "/?api_key=%ff", &[], Err(Failure::Malformed)),
        ("/cookie", "/", &[("cookie", "a=1; session=k; b=2")], Ok(Some("k"))),
        ("/cookie", "/", &[("cookie", "a=1"), ("cookie", "session=k")], Ok(Some("k"))),
        ("/cookie", "/", &[("cookie", "Session=k; sessions=k; xsession=k")], Ok(None)),
        ("/cookie", "/", &[("cookie", "session=k; session=l")], Err(Failure::Multiple)),
        ("/cookie", "/", &[("cookie", "session=")], Err(Failure::Malformed)),
        ("/basic", "/", &[("authorization", "basic YTpi")], Ok(Some("a:b"))),
        ("/basic", "/", &[("authorization", "Basic YWI=")], Err(Failure::Malformed)),
        ("/basic", "/", &[("authorization", "Basic !")], Err(Failure::Malformed)),
        ("/basic", "/", &[("authorization", "Basic YToK")], Err(Failure::Malformed)),
        ("/digest", "/", &[("authorization", "Digest realm=\"x\", nc=1")], Ok(Some("realm=\"x\", nc=1"))),
        ("/digest", "/", &[("authorization", "Digest ")], Err(Failure::Malformed)),
        ("/certificate", "/", &[("authorization", "Bearer k"), ("x-client-cert", "k")], Ok(None)),
        ("/certificate", "/", &[("authorization", "anything")], Ok(None)),
        ("/query", "/", &[("authorization", "anything")], Ok(None)),
        ("/raw", "/", &[("authorization", "anything at all")], Ok(Some("anything at all"))),
        ("/any", "/?api_key=k", &[], Ok(Some("k"))),
        ("/any", "/", &[("cookie", "session=k")], Ok(Some("k"))),
        ("/any", "/", &[("x-key", "none")], Err(Failure::Invalid)),
        ("/any", "/", &[], Ok(None)),
        ("/one-or-two", "/", &[("authorization", "Bearer one")], Ok(Some("one"))),
        ("/one-or-two", "/", &[("authorization", "Bearer two")], Ok(Some("two"))),
        ("/one-or-two", "/", &[("authorization", "Bearer none")], Err(Failure::Invalid)),
        ("/one-or-two", "/", &[("authorization", "Bearer old")], Err(Failure::Expired)),
    ] {
        let found = identify(Some(at(template)), &parts(target, headers), &Echo).await;
        let found =
            found.as_ref().map(|caller| caller.as_ref().and_then(Principal::subject)).map_err(|failure| *failure);
        assert_eq!(found, expected, "{template} {target} {headers:?}");
    }
}

#[tokio::test]
async fn two_bearer_schemes_that_are_both_required_must_both_accept_the_token() {
    let one = parts("/", &[("authorization", "Bearer one")]);
    assert_eq!(reason(&decide(at("/one-and-two"), &one, Echo, EnableAll).await.unwrap_err()), "scheme_not_satisfied");
    let both = parts("/", &[("authorization", "Bearer both")]);
    assert!(decide(at("/one-and-two"), &both, Echo, EnableAll).await.is_ok());
}

/// An API key travels as a basic credential too: the user-id is the key's id, the password its secret.
#[cfg(feature = "api-keys")]
#[tokio::test]
async fn an_api_key_is_a_basic_credential_as_well() {
    use data_encoding::BASE64;
    use policy_http::{ApiKeys, KeyFormat, MemoryKeys, StoredKey};

    let format = KeyFormat::new("acme_sk").unwrap();
    let (key, store) = (format.generate().unwrap(), MemoryKeys::new());
    store.insert(key.id(), StoredKey::new(key.secret_hash()));
    let id = key.id().to_owned();
    let revealed = key.reveal();
    let secret = revealed.rsplit('_').next().unwrap();
    let keys = ApiKeys::new(format, store);
    for (pair, expected) in [
        (format!("{id}:{secret}"), Ok(Some(&*id))),
        (format!("{id}:{}", "0".repeat(64)), Err(Failure::Invalid)),
        (format!("{id}:human"), Err(Failure::Malformed)),
        (format!("ali:{secret}"), Err(Failure::Malformed)),
        (format!("{id}:{secret}:"), Err(Failure::Malformed)),
    ] {
        let header = format!("Basic {}", BASE64.encode(pair.as_bytes()));
        let found = identify(Some(at("/basic")), &parts("/", &[("authorization", &header)]), &keys).await;
        let found =
            found.as_ref().map(|caller| caller.as_ref().and_then(Principal::subject)).map_err(|failure| *failure);
        assert_eq!(found, expected, "{pair}");
    }
}
