//! A policy with a scheme for every carrier of a credential, and with places that several schemes share.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by test binaries that use parts of it; a test fails by panicking"
)]

use http::request::Parts;
use policy_core::__private::{OperationParts, PolicyParts, ScopeTable, phf};
use policy_core::{
    Access, AuthenticationFailure as Failure, Document, OperationDefinition, OperationRef, Policy, PolicyDefinition,
    Principal, QueryAllowList, Requirement, SchemeDefinition, SchemeKind, ScopeSet,
};
use policy_http::{Authenticator, Credential};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {}

impl Document for Api {
    type Words = [u64; 0];
    type OperationWords = [u64; 1];
    type Grants = [Option<ScopeSet<Self>>; 13];
    type Order = policy_core::order::ScopesFirst;
    const DEFINITION: &'static PolicyDefinition = &DEFINITION;
}

static OPERATIONS: [OperationDefinition; 19] = [
    operation("/query", QUERY),
    operation("/cookie", COOKIE),
    operation("/basic", BASIC),
    operation("/one-or-two", ONE_OR_TWO),
    operation("/one-and-two", ONE_AND_TWO),
    operation("/digest", DIGEST),
    operation("/certificate", CERTIFICATE),
    operation("/raw", RAW),
    operation("/basic-or-raw", BASIC_OR_RAW),
    operation("/one-or-raw", ONE_OR_RAW),
    operation("/basic-or-digest", BASIC_OR_DIGEST),
    operation("/either-header", EITHER_HEADER),
    operation("/either-query", EITHER_QUERY),
    operation("/either-cookie", EITHER_COOKIE),
    operation("/basic-or-header", BASIC_OR_HEADER),
    let_in("/public", Access::Public, Requirement::NONE),
    let_in("/optional", Access::Optional, Requirement::from_words(OPTIONAL)),
    operation("/dpop", DPOP),
    operation("/any", ANY),
];

const fn operation(template: &'static str, requirement: &'static [u16]) -> OperationDefinition {
    let_in(template, Access::Required, Requirement::from_words(requirement))
}

const fn let_in(template: &'static str, access: Access, requirement: Requirement<'static>) -> OperationDefinition {
    OperationDefinition::new(OperationParts {
        method: "GET",
        template,
        operation_id: None,
        type_name: "",
        summary: None,
        access,
        requirement,
        query: QueryAllowList::new(&["api_key"], &[], false),
        location: "",
    })
}

// In the table's words: the schemes; of each alternative the length, no extension, each scheme without scopes.
const QUERY: &[u16] = &[1, 0, 2, 0, 0, 0];
const COOKIE: &[u16] = &[1, 1, 2, 0, 1, 0];
const BASIC: &[u16] = &[1, 2, 2, 0, 2, 0];
const ONE_OR_TWO: &[u16] = &[2, 3, 4, 2, 0, 3, 0, 2, 0, 4, 0];
const ONE_AND_TWO: &[u16] = &[2, 3, 4, 4, 0, 3, 0, 4, 0];
const DIGEST: &[u16] = &[1, 5, 2, 0, 5, 0];
const CERTIFICATE: &[u16] = &[1, 6, 2, 0, 6, 0];
const RAW: &[u16] = &[1, 7, 2, 0, 7, 0];
const BASIC_OR_RAW: &[u16] = &[2, 2, 7, 2, 0, 2, 0, 2, 0, 7, 0];
const ONE_OR_RAW: &[u16] = &[2, 3, 7, 2, 0, 3, 0, 2, 0, 7, 0];
const BASIC_OR_DIGEST: &[u16] = &[2, 2, 5, 2, 0, 2, 0, 2, 0, 5, 0];
const EITHER_HEADER: &[u16] = &[2, 8, 9, 2, 0, 8, 0, 2, 0, 9, 0];
const EITHER_QUERY: &[u16] = &[2, 0, 10, 2, 0, 0, 0, 2, 0, 10, 0];
const EITHER_COOKIE: &[u16] = &[2, 1, 11, 2, 0, 1, 0, 2, 0, 11, 0];
const BASIC_OR_HEADER: &[u16] = &[2, 2, 8, 2, 0, 2, 0, 2, 0, 8, 0];
const DPOP: &[u16] = &[1, 12, 2, 0, 12, 0];
// An alternative without a scheme, for which the number of schemes has its highest bit.
const ANY: &[u16] = &[1 << 15, 0, 0];
const OPTIONAL: &[u16] = &[1, 2, 65535, 0, 2, 0, 2, 0];

static DEFINITION: PolicyDefinition = PolicyDefinition::new(PolicyParts {
    title: "",
    version: "",
    source: "",
    base_path: "",
    fingerprint: "",
    scopes: ScopeTable::rows(&[]),
    scope_index: &[],
    schemes: &[
        SchemeDefinition::new("InQuery", SchemeKind::ApiKeyQuery("api_key")),
        SchemeDefinition::new("InCookie", SchemeKind::ApiKeyCookie("session")),
        SchemeDefinition::new("Basic", SchemeKind::Basic),
        SchemeDefinition::new("One", SchemeKind::Bearer),
        SchemeDefinition::new("Two", SchemeKind::OAuth2),
        SchemeDefinition::new("Digest", SchemeKind::HttpOther("digest")),
        SchemeDefinition::new("Certificate", SchemeKind::MutualTls),
        SchemeDefinition::new("Raw", SchemeKind::ApiKeyHeader("Authorization")),
        SchemeDefinition::new("InHeader", SchemeKind::ApiKeyHeader("X-Key")),
        SchemeDefinition::new("InHeaderToo", SchemeKind::ApiKeyHeader("x-key")),
        SchemeDefinition::new("InQueryToo", SchemeKind::ApiKeyQuery("api_key")),
        SchemeDefinition::new("InCookieToo", SchemeKind::ApiKeyCookie("session")),
        SchemeDefinition::new("DPoP", SchemeKind::HttpOther("DPoP")),
    ],
    operations: &OPERATIONS,
    webhooks: &[],
    index: &phf::Map { key: 0, disps: &[], entries: &[] },
});

/// Knows some secrets: the scheme, the secret, and whose it is. A subject that begins with `!` is why it is refused.
#[derive(Clone, Copy)]
pub struct Knows(pub &'static [(&'static str, &'static str, &'static str)]);

impl Authenticator<Api> for Knows {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, Failure> {
        let presented = (credential.scheme().name(), credential.secret());
        match self.0.iter().find(|(scheme, secret, _)| (*scheme, *secret) == presented) {
            Some((.., "!down")) => Err(Failure::Unavailable),
            Some((.., "!expired")) => Err(Failure::Expired),
            Some((.., subject)) => Ok(Principal::new(*subject).with_grant(credential.scheme(), ScopeSet::EMPTY)),
            None => Err(Failure::Invalid),
        }
    }
}

pub fn parts(target: &str, headers: &[(&str, &str)]) -> Parts {
    let request = headers
        .iter()
        .fold(http::Request::builder().uri(target), |request, (name, value)| request.header(*name, *value));
    request.body(()).unwrap().into_parts().0
}

pub fn at(template: &str) -> OperationRef<Api> {
    Policy::<Api>::new().operations().find(|operation| operation.template() == template).unwrap()
}
