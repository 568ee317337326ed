//! What an assertion says. The gateway that signs it and the service that verifies it share this file, so that both mean the same.

use std::collections::BTreeMap;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The type that an assertion's header names (RFC 8725, section 3.11). No other token is of it.
pub(super) const TYPE: &str = "policy-assertion+jwt";
/// The only algorithm (RFC 8037).
const ALGORITHM: &str = "EdDSA";
/// For how many seconds an assertion may be good.
pub(super) const LONGEST: u64 = 30;

/// What a gateway says of a request that it allowed: a JWT (RFC 7519) before it is signed.
///
/// It is about one request: this method at this target, decided by this operation's policy, for this audience. Body and header fields are not
/// part of it.
///
/// ```
/// use std::time::Duration;
/// use policy_http::AssertionStatement;
///
/// let statement = AssertionStatement::new("files", "GET", "/v1/files/7?view=full", ("GET", "/v1/files/{id}"), "8f21c0de")
///     .with_caller("integration-7")
///     .with_tenant("north")
///     .with_grant("OAuth2", ["files:read"]);
/// let unsigned = statement.unsigned("key-1", "request-1", 1_800_000_000, Duration::from_secs(15));
/// // The assertion is this text, a dot, and the signature of this text by Ed25519 in base64url.
/// assert_eq!(unsigned.split('.').count(), 2);
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct AssertionStatement<'s> {
    aud: &'s str,
    #[serde(rename = "htm")]
    method: &'s str,
    /// The SHA-256 of the target. A target may be long, and hold a credential.
    target: String,
    operation: String,
    policy: &'s str,
    #[serde(rename = "sub", skip_serializing_if = "Option::is_none")]
    subject: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'s str>,
    #[serde(rename = "client_id", skip_serializing_if = "Option::is_none")]
    credential_id: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_exp: Option<u64>,
    grants: BTreeMap<&'s str, Vec<&'s str>>,
}

/// The whole payload.
#[derive(Serialize)]
struct Payload<'p, 's> {
    iat: u64,
    exp: u64,
    jti: &'p str,
    #[serde(flatten)]
    statement: &'p AssertionStatement<'s>,
}

#[derive(Serialize)]
struct Header<'h> {
    alg: &'static str,
    typ: &'static str,
    kid: &'h str,
}

impl<'s> AssertionStatement<'s> {
    /// For that audience: a request of that method at that raw target, path and query as the client sent them, which was decided as that
    /// operation (its method and its template) of the policy with that fingerprint. The caller is anonymous.
    #[must_use]
    pub fn new(audience: &'s str, method: &'s str, target: &str, operation: (&str, &str), policy: &'s str) -> Self {
        Self {
            aud: audience,
            method,
            target: BASE64URL_NOPAD.encode(&Sha256::digest(target.as_bytes())),
            operation: operation_name(operation),
            policy,
            subject: None,
            tenant: None,
            credential_id: None,
            credential_exp: None,
            grants: BTreeMap::new(),
        }
    }

    /// Who calls.
    #[must_use]
    pub fn with_caller(mut self, subject: &'s str) -> Self {
        self.subject = Some(subject);
        self
    }

    /// The organization on whose behalf.
    #[must_use]
    pub fn with_tenant(mut self, tenant: &'s str) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// The public identifier of the credential: a key's id, or the `jti` of a token.
    #[must_use]
    pub fn with_credential_id(mut self, id: &'s str) -> Self {
        self.credential_id = Some(id);
        self
    }

    /// When the credential expires, in seconds since the Unix epoch. A stream that the service sends can end with it.
    #[must_use]
    pub fn with_credential_expiry(mut self, seconds: u64) -> Self {
        self.credential_exp = Some(seconds);
        self
    }

    /// What that scheme granted. A grant belongs to the scheme that gave it.
    #[must_use]
    pub fn with_grant(mut self, scheme: &'s str, scopes: impl IntoIterator<Item = &'s str>) -> Self {
        self.grants.entry(scheme).or_default().extend(scopes);
        self
    }

    /// The text to be signed: header and payload, each in base64url, with a dot between them. It is signed by the key of that name, has
    /// that identifier, and is good for so long from that second on: for 30 seconds at most, whatever is asked.
    #[must_use]
    pub fn unsigned(&self, key_id: &str, id: &str, now: u64, lifetime: Duration) -> String {
        let header = Header { alg: ALGORITHM, typ: TYPE, kid: key_id };
        let exp = now.saturating_add(lifetime.as_secs().clamp(1, LONGEST));
        let payload = Payload { iat: now, exp, jti: id, statement: self };
        let part = |json: Result<Vec<u8>, serde_json::Error>| BASE64URL_NOPAD.encode(&json.unwrap_or_default());
        format!("{}.{}", part(serde_json::to_vec(&header)), part(serde_json::to_vec(&payload)))
    }
}

/// An operation as an assertion names it. A method is a token without spaces (RFC 9110, section 9.1).
pub(super) fn operation_name((method, template): (&str, &str)) -> String {
    format!("{method} {template}")
}
