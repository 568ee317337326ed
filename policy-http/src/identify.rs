//! From a request to its caller: every declared credential is found, asked about, and joined.

use http::request::Parts;
use policy_core::{AuthenticationFailure, Document, OperationRef, Policy, Principal, Scheme, SchemeKind};

use crate::authenticator::Authenticator;
use crate::authorization::Authorization;
use crate::credential::Credential;

/// The caller of a request, by the credentials that the operation's own alternatives declare; without an operation (an
/// unmatched request), by any scheme of the document. `None` where the request carries no credential.
///
/// Several credentials are all asked about, and their grants kept per scheme. One token that several bearer schemes
/// could have issued is the credential of those that accept it.
///
/// # Errors
/// A credential is malformed, repeated or refused; two of them belong to different callers
/// ([`Multiple`](AuthenticationFailure::Multiple)); or it cannot be told now.
pub async fn identify<D: Document, A: Authenticator<D>>(
    operation: Option<OperationRef<D>>,
    parts: &Parts,
    authenticator: &A,
) -> Result<Option<Principal<D>>, AuthenticationFailure> {
    let authorization = authorization(operation, parts)?;
    let mut caller: Option<Principal<D>> = None;
    // Two bearer schemes share one token; it is refused only if nobody accepts it.
    let (mut accepted, mut refused) = (false, None);
    for scheme in schemes(operation) {
        let Some(credential) = Credential::read(scheme, parts, authorization)? else { continue };
        match authenticator.authenticate(&credential).await {
            Ok(found) => {
                accepted |= scheme.kind().is_bearer();
                let found = own_grant(found, scheme)?;
                caller = Some(match caller {
                    None => found,
                    Some(caller) => caller.merge(found).map_err(|_| AuthenticationFailure::Multiple)?,
                });
            }
            Err(failure) if !scheme.kind().is_bearer() || failure == AuthenticationFailure::Unavailable => {
                return Err(failure);
            }
            // A scheme that knows the token (expired, say) tells more than one that does not.
            Err(failure) => {
                refused = refused.filter(|known| *known != AuthenticationFailure::Invalid).or(Some(failure));
            }
        }
    }
    match refused {
        Some(failure) if !accepted => Err(failure),
        _ => Ok(caller),
    }
}

fn schemes<D: Document>(operation: Option<OperationRef<D>>) -> impl Iterator<Item = Scheme<D>> + Send {
    let any = operation.is_none_or(OperationRef::accepts_any_scheme);
    Policy::<D>::new().schemes().filter(move |scheme| {
        any || operation.is_some_and(|operation| operation.schemes().any(|named| named == *scheme))
    })
}

/// The `Authorization` field, where a scheme declares it. A field of a scheme that is not declared is malformed here:
/// its sender meant to be known, and must not pass as anonymous.
fn authorization<D: Document>(
    operation: Option<OperationRef<D>>,
    parts: &Parts,
) -> Result<Option<Authorization<'_>>, AuthenticationFailure> {
    let (mut declared, mut raw) = (false, false);
    for scheme in schemes(operation) {
        match scheme.kind() {
            SchemeKind::ApiKeyHeader(name) => raw |= name.eq_ignore_ascii_case("authorization"),
            kind => declared |= http_scheme(kind).is_some(),
        }
    }
    if !declared {
        return Ok(None);
    }
    let field = match Authorization::read(&parts.headers) {
        // An `apiKey` in the header `Authorization` has no grammar.
        Err(AuthenticationFailure::Malformed) if raw => return Ok(None),
        read => read?,
    };
    let Some(field) = field else { return Ok(None) };
    let known = schemes(operation).filter_map(|scheme| http_scheme(scheme.kind())).any(|name| field.is(name));
    if known || raw { Ok(Some(field)) } else { Err(AuthenticationFailure::Malformed) }
}

/// The name under which the scheme's credential stands in `Authorization`.
fn http_scheme(kind: SchemeKind) -> Option<&'static str> {
    match kind {
        SchemeKind::Basic => Some("Basic"),
        SchemeKind::HttpOther(name) => Some(name),
        kind if kind.is_bearer() => Some("Bearer"),
        _ => None,
    }
}

/// Invariant *a grant belongs to the scheme that gave it*: an authenticator that was asked about one scheme cannot
/// answer for another.
fn own_grant<D: Document>(principal: Principal<D>, asked: Scheme<D>) -> Result<Principal<D>, AuthenticationFailure> {
    let foreign = Policy::<D>::new().schemes().find(|scheme| *scheme != asked && principal.grant(*scheme).is_some());
    match foreign {
        None => Ok(principal),
        Some(foreign) => {
            tracing::error!(
                target: "policy",
                asked = asked.name(),
                granted = foreign.name(),
                "the authenticator granted scopes of a scheme that it was not asked about; the credential is refused"
            );
            Err(AuthenticationFailure::Invalid)
        }
    }
}
