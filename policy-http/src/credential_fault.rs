//! What is wrong with a credential that was refused, for the owner of the API. All faults stand in this one list.

use std::fmt;

use policy_core::AuthenticationFailure;

/// Defines the list: each fault with its name in logs, what the caller is told, and a sentence.
macro_rules! faults {
    ($($fault:ident $code:literal $failure:ident $text:literal;)*) => {
        /// What is wrong with a credential that was refused, as precisely as the authenticator knows.
        ///
        /// It is for the owner of the API: the decision log names it ([`Decision::fault`](crate::Decision::fault)), and so does an event
        /// at the level `debug`. The caller is told the [`failure`](Self::failure) alone, so that the answers to two faults of one
        /// failure are the same bytes.
        ///
        /// The ready authenticators name the fault of every credential that they refuse. An authenticator of your own does so by
        /// [`Credential::refuse`](crate::Credential::refuse).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum CredentialFault {
            $(#[doc = concat!("`", $code, "`: ", $text, ".")] $fault,)*
        }

        impl CredentialFault {
            /// All faults. A later version may have more.
            pub const ALL: &[Self] = &[$(Self::$fault,)*];

            /// The stable name, for logs.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$fault => $code,)*
                }
            }

            /// What the caller is told.
            #[must_use]
            pub const fn failure(self) -> AuthenticationFailure {
                match self {
                    $(Self::$fault => AuthenticationFailure::$failure,)*
                }
            }

            const fn text(self) -> &'static str {
                match self {
                    $(Self::$fault => $text,)*
                }
            }
        }
    };
}

faults! {
    // Signed tokens, in the order in which they are looked at.
    TokenTooLong "token_too_long" Malformed "the token is longer than 16 KiB";
    NoSignedToken "no_signed_token" Malformed "the token is no signed JWT: three parts with a dot between them";
    IllFormedHeader "ill_formed_header" Malformed "the token's header cannot be read, or a member stands in it twice";
    UnknownExtension "unknown_extension" Invalid "the token's header has `crit` or `b64`, which nothing here understands";
    WrongType "wrong_type" Invalid "the header's `typ` is none that is accepted";
    WrongAlgorithm "wrong_algorithm" Invalid "the header's `alg` is none that is accepted";
    UnknownKey "unknown_key" Invalid "the issuer publishes no key with the header's `kid`";
    UnusableKey "unusable_key" Invalid "the issuer's key with the header's `kid` is for another algorithm, or there are several";
    WrongSignature "wrong_signature" Invalid "the issuer's key did not make the signature";
    IllFormedClaims "ill_formed_claims" Invalid "the claims cannot be read, a registered one has another type, or a member stands twice";
    KeysUnavailable "keys_unavailable" Unavailable "the issuer's keys cannot be had, or are too old";

    // What tokens say, signed or introspected.
    NotActive "not_active" Invalid "the issuer says that the token is not active";
    WrongIssuer "wrong_issuer" Invalid "the token is of another issuer, or names none";
    WrongAudience "wrong_audience" Invalid "the token is for another audience, or names none";
    AnotherKind "another_kind" Invalid "the issuer calls the token an ID token, a refresh token or another that is not for an API";
    MissingKind "missing_kind" Invalid "the token does not say that it is of the kind that is demanded";
    MissingExpiry "missing_expiry" Invalid "the token has no readable `exp`";
    ExpiredToken "expired_token" Expired "the time of `exp` has passed";
    NotYetValid "not_yet_valid" Inactive "the time of `nbf` has not come";
    WrongClient "wrong_client" Invalid "the token was issued to another client, or names none";
    MissingClaim "missing_claim" Invalid "a claim that is demanded is not there, or has another value";
    IllFormedScopes "ill_formed_scopes" Invalid "the claim with the scopes is no list of scope names";
    IllFormedRoles "ill_formed_roles" Invalid "a claim that `scopes.map` names is no list of texts";
    MissingSubject "missing_subject" Invalid "the token does not say who calls";
    MissingTenant "missing_tenant" Invalid "the claim that names the organization is not there, or is no text";
    RefusedByNarrowing "refused_by_narrowing" Invalid "the application's own rule refused the claims";
    BoundToKey "bound_to_key" Invalid "the token is bound to a key (`cnf`), and the request does not prove to have it";
    NotBoundToKey "not_bound_to_key" Invalid "the token came as one that is bound to a key, and is not";
    IssuerUnavailable "issuer_unavailable" Unavailable "the introspection server cannot be asked, or its answer is none";

    // API keys.
    IllFormedKey "ill_formed_key" Malformed "the key has not the form of this API's keys";
    UnknownKeyId "unknown_key_id" Invalid "the store knows no key with this id";
    WrongSecret "wrong_secret" Invalid "the key's secret is not the stored one";
    RevokedKey "revoked_key" Revoked "the key was revoked";
    ExpiredKey "expired_key" Expired "the key has expired";
    InactiveKey "inactive_key" Inactive "the key is not active";
    IllFormedStoredScopes "ill_formed_stored_scopes" Unavailable "the scopes that are stored for the key are no list of scope names";
    StoreUnavailable "store_unavailable" Unavailable "the store of keys cannot be asked";

    // What a gateway asserts of a request.
    MissingAssertion "missing_assertion" Invalid "the request has no assertion of the gateway: it did not come by it";
    RepeatedAssertion "repeated_assertion" Multiple "the request has several assertions";
    LongLivedAssertion "long_lived_assertion" Invalid "the assertion does not say that it is good for 30 seconds at most";
    EarlyAssertion "early_assertion" Invalid "the assertion is of a time to come: the gateway's clock is ahead";
    ExpiredAssertion "expired_assertion" Invalid "the assertion's time is over";
    AssertedMethod "asserted_method" Invalid "the assertion is about another method";
    AssertedTarget "asserted_target" Invalid "the assertion is about another path or query, to the byte";
    AssertedOperation "asserted_operation" Invalid "the assertion is about another operation than the one that runs";
    AssertedScheme "asserted_scheme" Invalid "the assertion has a grant of a scheme for which the gateway does not speak";
    AssertedPolicy "asserted_policy" Invalid "the gateway decided by another policy than this program was compiled with";

    // Whatever the credential is.
    UnhandledScheme "unhandled_scheme" Invalid "no authenticator was chosen for the scheme";
    ForeignGrant "foreign_grant" Invalid "the authenticator granted scopes of a scheme that it was not asked about";
    ExpiredCaller "expired_caller" Expired "the authenticator accepted a credential that has expired by the guard's clock";
    SeveralCallers "several_callers" Multiple "the credentials of the request belong to different callers";
}

impl fmt::Display for CredentialFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Why nobody is known: what the caller is told, and what the owner may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) failure: AuthenticationFailure,
    pub(crate) fault: Option<CredentialFault>,
}

impl From<AuthenticationFailure> for Refused {
    fn from(failure: AuthenticationFailure) -> Self {
        Self { failure, fault: None }
    }
}

impl From<CredentialFault> for Refused {
    fn from(fault: CredentialFault) -> Self {
        Self { failure: fault.failure(), fault: Some(fault) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_fault_has_a_code_and_a_sentence_of_its_own() {
        let codes: BTreeSet<_> = CredentialFault::ALL.iter().map(|fault| fault.code()).collect();
        let texts: BTreeSet<_> = CredentialFault::ALL.iter().map(ToString::to_string).collect();
        assert_eq!((codes.len(), texts.len()), (CredentialFault::ALL.len(), CredentialFault::ALL.len()));
        let is_plain = |code: &&str| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(codes.iter().all(is_plain), "{codes:?}");
    }
}
