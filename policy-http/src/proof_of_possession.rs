//! Tokens that are bound to a key (RFC 7800): the confirmation claim `cnf`, and the proof that a request must bring for it.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use http::Extensions;
use policy_core::{AuthenticationFailure, Document, SchemeKind};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::credential::Credential;
use crate::credential_fault::CredentialFault;
use crate::head::AnyHead;

/// The claim `cnf` of a token (RFC 7800, section 3.1): which key its holder must prove to have.
///
/// A token with it is no bearer token. The ready authenticators refuse it, unless a [`ProofOfPossession`] verifies the proof of
/// each request. An authenticator of your own does the same by [`check`](Self::check).
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// The members whose values are texts. `None` where something cannot be proved here: no object, an empty one, a member
    /// that is no text.
    members: Option<HashMap<String, String>>,
}

impl Confirmation {
    /// Reads the claim's value, as it stands in the token's JSON.
    ///
    /// Whatever stands there binds the token. A value that is not understood is one that nothing proves.
    ///
    /// ```
    /// use policy_core::{AuthenticationFailure, Document};
    /// use policy_http::{Confirmation, Credential, NoProof};
    ///
    /// /// In an authenticator that reads tokens by itself: `cnf` is the claim, where the token has it.
    /// async fn is_bearer<D: Document>(
    ///     credential: &Credential<'_, D>,
    ///     cnf: Option<&str>,
    /// ) -> Result<(), AuthenticationFailure> {
    ///     Confirmation::check(cnf.map(Confirmation::from_json).as_ref(), credential, &NoProof).await
    /// }
    /// ```
    #[must_use]
    #[inline]
    pub fn from_json(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or(Self { members: None })
    }

    /// Refuses a bound token whose request does not prove the key, and an unbound one that came as `DPoP` (RFC 9449,
    /// section 7.1).
    ///
    /// # Errors
    /// [`Invalid`](AuthenticationFailure::Invalid), or what the verifier answers.
    pub async fn check<D: Document, P: ProofOfPossession>(
        confirmation: Option<&Self>,
        credential: &Credential<'_, D>,
        verifier: &P,
    ) -> Result<(), AuthenticationFailure> {
        let Some(confirmation) = confirmation else {
            return Self::without_proof(None, credential.scheme().kind()).map_err(|fault| credential.refuse(fault));
        };
        // A credential of no request (that of a test) has nothing that could prove it.
        let (Some(members), Some(request)) = (&confirmation.members, credential.request()) else {
            return Err(credential.refuse(CredentialFault::BoundToKey));
        };
        let scheme = credential.scheme().name();
        let token = BoundToken { members, request, scheme, token: credential.secret(), this_request: PhantomData };
        credential.note(CredentialFault::BoundToKey);
        let Proof(PhantomData) = verifier.verify(&token).await?;
        Ok(())
    }
}

impl Confirmation {
    /// Refuses what [`check`](Self::check) refuses where nothing verifies proofs.
    pub(crate) fn without_proof(confirmation: Option<&Self>, kind: SchemeKind<&str>) -> Result<(), CredentialFault> {
        let is_dpop = matches!(kind, SchemeKind::HttpOther(name) if name.eq_ignore_ascii_case("DPoP"));
        match confirmation {
            Some(_) => Err(CredentialFault::BoundToKey),
            None if is_dpop => Err(CredentialFault::NotBoundToKey),
            None => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Confirmation {
    fn deserialize<R: Deserializer<'de>>(deserializer: R) -> Result<Self, R::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Option<HashMap<String, String>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_none<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_some<R: Deserializer<'de>>(self, inner: R) -> Result<Self::Value, R::Error> {
                inner.deserialize_any(self)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Self::Value, S::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(None)
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
                let mut texts = Some(HashMap::new());
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    // Nobody could tell which one of two members of a name was meant.
                    texts = texts
                        .zip(value.as_str())
                        .and_then(|(mut texts, text)| texts.insert(name, text.to_owned()).is_none().then_some(texts));
                }
                Ok(texts.filter(|texts| !texts.is_empty()))
            }
        }

        Ok(Self { members: deserializer.deserialize_any(Read)? })
    }
}

/// Verifies that a request comes from the holder of the key that its token is bound to.
///
/// The application brings it: what is to be verified depends on who ends TLS and on what replays are remembered by. It is asked at
/// each request with a bound token, after the token itself was found good. What must be verified:
///
/// * `jkt` (DPoP, RFC 9449, section 4.3): the header `DPoP` holds one proof, signed by the key whose thumbprint is `jkt`, for this method
///   and address, of the last moments, with the hash of this token, and seen for the first time. A token that is bound so must have
///   come as `DPoP` where the document declares that scheme (section 7.2): look at [`BoundToken::scheme`].
/// * `x5t#S256` (RFC 8705, section 3): the client certificate of the connection has this SHA-256. Where a proxy ends TLS, its header says
///   so, and nobody else must be able to send that header.
///
/// ```
/// use http::Extensions;
/// use policy_core::{AuthenticationFailure, Document};
/// use policy_http::{BoundToken, Jwt, JwtAlgorithm, KeySource, Proof, ProofOfPossession};
///
/// /// What the TLS layer of the application put into the request's extensions.
/// #[derive(Clone)]
/// struct ClientCertificate {
///     /// The SHA-256 of its DER form, in base64url without padding.
///     thumbprint: String,
/// }
///
/// struct OverTls;
///
/// impl ProofOfPossession for OverTls {
///     async fn verify<'r>(&self, token: &BoundToken<'r>) -> Result<Proof<'r>, AuthenticationFailure> {
///         let certificate = token.extensions().and_then(Extensions::get::<ClientCertificate>);
///         let certificate = certificate.ok_or(AuthenticationFailure::Invalid)?;
///         // Refuses unless this is the very key, and the only one, that the token is bound to.
///         token.prove(&[("x5t#S256", &certificate.thumbprint)])
///     }
/// }
///
/// fn tokens<D: Document>(keys: impl KeySource) -> impl policy_http::Authenticator<D> {
///     Jwt::new("https://issuer.example", "https://api.example", JwtAlgorithm::Es256, keys)
///         .with_proof_of_possession(OverTls)
/// }
/// ```
///
/// A proof is of the request that it was asked about, by its lifetime. It cannot be kept for another:
///
/// ```compile_fail
/// use policy_core::AuthenticationFailure;
/// use policy_http::{BoundToken, Proof, ProofOfPossession};
///
/// /// Keeps a proof, to hand it out again.
/// struct Replay(Proof<'static>);
///
/// impl ProofOfPossession for Replay {
///     async fn verify<'r>(&self, _: &BoundToken<'r>) -> Result<Proof<'r>, AuthenticationFailure> {
///         Ok(self.0)
///     }
/// }
/// ```
pub trait ProofOfPossession: Send + Sync + 'static {
    /// The proof, made by [`BoundToken::prove`].
    ///
    /// # Errors
    /// The request proves nothing: [`Invalid`](AuthenticationFailure::Invalid). It cannot be told now:
    /// [`Unavailable`](AuthenticationFailure::Unavailable).
    fn verify<'r>(
        &self,
        token: &BoundToken<'r>,
    ) -> impl Future<Output = Result<Proof<'r>, AuthenticationFailure>> + Send;
}

/// Proves nothing: every token that is bound to a key is refused. The default.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProof;

impl ProofOfPossession for NoProof {
    async fn verify<'r>(&self, _: &BoundToken<'r>) -> Result<Proof<'r>, AuthenticationFailure> {
        Err(AuthenticationFailure::Invalid)
    }
}

/// A lifetime that neither grows nor shrinks: it is that of one request.
type ThisRequest<'r> = PhantomData<fn(&'r ()) -> &'r ()>;

/// That the request with this lifetime proved the key of its token. Made by [`BoundToken::prove`] alone.
#[derive(Debug)]
#[must_use = "the proof is the answer to `ProofOfPossession::verify`"]
pub struct Proof<'r>(ThisRequest<'r>);

/// A token that is bound to a key, and the request that presents it.
pub struct BoundToken<'r> {
    members: &'r HashMap<String, String>,
    request: &'r dyn AnyHead,
    scheme: &'static str,
    token: &'r str,
    this_request: ThisRequest<'r>,
}

impl<'r> BoundToken<'r> {
    /// What the token is bound to, by a member of its `cnf`: `jkt`, `x5t#S256`.
    #[must_use]
    pub fn confirmation(&self, member: &str) -> Option<&'r str> {
        self.members.get(member).map(String::as_str)
    }

    /// The proof, where the keys that the request was found to have are those that the token is bound to: the same members of
    /// `cnf` with the same values, none left out.
    ///
    /// # Errors
    /// [`Invalid`](AuthenticationFailure::Invalid): they are not.
    pub fn prove(&self, keys: &[(&str, &str)]) -> Result<Proof<'r>, AuthenticationFailure> {
        let is_proved = |(member, value): (&String, &String)| keys.contains(&(member.as_str(), value.as_str()));
        let is_bound = |(member, _): &(&str, &str)| self.members.contains_key(*member);
        if self.members.iter().all(is_proved) && keys.iter().all(is_bound) {
            Ok(Proof(PhantomData))
        } else {
            Err(AuthenticationFailure::Invalid)
        }
    }

    /// The token itself, which a DPoP proof has the hash of (`ath`). Not for logs.
    #[must_use]
    pub fn token(&self) -> &'r str {
        self.token
    }

    /// The name of the security scheme in the document by which the token came.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The request's method.
    #[must_use]
    pub fn method(&self) -> &'r str {
        self.request.method()
    }

    /// The request's path as it was sent, without the query. A proxy may have changed it: `htu` of a DPoP proof names what the client
    /// sent.
    #[must_use]
    pub fn path(&self) -> &'r str {
        self.request.path()
    }

    /// The request's query as it was sent.
    #[must_use]
    pub fn query(&self) -> Option<&'r str> {
        self.request.query()
    }

    /// The values of every header field of that name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<&'r [u8]> {
        self.request.header(name)
    }

    /// What servers and middleware put beside the request, the client's certificate among it. `None` where the framework's
    /// adapter has none of these to show: [`Head::extensions`](crate::Head::extensions).
    #[must_use]
    pub fn extensions(&self) -> Option<&'r Extensions> {
        self.request.extensions()
    }
}

impl fmt::Debug for BoundToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundToken").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}
