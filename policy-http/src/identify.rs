//! From a request to its caller: every declared credential is found, asked about, and joined.

use std::future::Future;

use policy_core::{AuthenticationFailure, Document, OperationRef, Policy, Principal, Scheme, SchemeKind};

use crate::authenticator::Authenticator;
use crate::authorization::Authorization;
use crate::credential::Credential;
use crate::head::Head;
use crate::mount::tell_once;

/// The caller of a request, by the credentials that the operation's own alternatives declare; without an operation (an
/// unmatched request), by any scheme of the document. `None` where the request carries no credential.
///
/// Several credentials are all asked about, and their grants kept per scheme. One token that several bearer schemes
/// could have issued is the credential of those that accept it.
///
/// # Errors
/// A credential is malformed, repeated or refused; two of them belong to different callers
/// ([`Multiple`](AuthenticationFailure::Multiple)); or it cannot be told now.
#[expect(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice")]
pub fn identify<D: Document, H: Head, A: Authenticator<D>>(
    operation: Option<OperationRef<D>>,
    head: &H,
    authenticator: &A,
) -> impl Future<Output = Result<Option<Principal<D>>, AuthenticationFailure>> + Send {
    async move {
        let authorization = authorization(operation, head)?;
        let mut caller: Option<Principal<D>> = None;
        // Two bearer schemes share one token; it is refused only if nobody accepts it.
        let (mut accepted, mut refused) = (false, None);
        for scheme in schemes(operation) {
            let Some(credential) = Credential::read(scheme, head, authorization)? else { continue };
            match authenticator.authenticate(&credential).await {
                Ok(found) => {
                    accepted |= scheme.kind().is_bearer();
                    check_grants(&found, scheme)?;
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
}

/// The schemes whose credentials count: those of the operation's own alternatives, or all.
fn schemes<D: Document>(operation: Option<OperationRef<D>>) -> impl Iterator<Item = Scheme<D>> + Send {
    match operation.filter(|operation| !operation.accepts_any_scheme()) {
        Some(operation) => Schemes::Own(operation.schemes()),
        None => Schemes::All(Policy::<D>::new().schemes()),
    }
}

/// One of two lists: it waits along with a request, and a chain of both would be several times as large.
enum Schemes<O, A> {
    Own(O),
    All(A),
}

impl<T, O: Iterator<Item = T>, A: Iterator<Item = T>> Iterator for Schemes<O, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        match self {
            Schemes::Own(own) => own.next(),
            Schemes::All(all) => all.next(),
        }
    }
}

/// The `Authorization` field, where a scheme declares it. A field of a scheme that is not declared is malformed here:
/// its sender meant to be known, and must not pass as anonymous.
fn authorization<D: Document>(
    operation: Option<OperationRef<D>>,
    head: &impl Head,
) -> Result<Option<Authorization<'_>>, AuthenticationFailure> {
    let field = Authorization::read(head);
    if matches!(field, Ok(None)) {
        return field;
    }
    let (mut declared, mut known, mut raw) = (false, false, false);
    for scheme in schemes(operation) {
        match scheme.kind() {
            SchemeKind::ApiKeyHeader(name) => raw |= name.eq_ignore_ascii_case("authorization"),
            kind => {
                if let Some(name) = http_scheme(kind) {
                    declared = true;
                    known |= matches!(field, Ok(Some(field)) if field.is(name));
                }
            }
        }
    }
    match field {
        _ if !declared => Ok(None),
        // An `apiKey` in the header `Authorization` has no grammar.
        Err(AuthenticationFailure::Malformed) if raw => Ok(None),
        Ok(Some(_)) if !known && !raw => Err(AuthenticationFailure::Malformed),
        field => field,
    }
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
fn check_grants<D: Document>(principal: &Principal<D>, asked: Scheme<D>) -> Result<(), AuthenticationFailure> {
    let foreign = Policy::<D>::new().schemes().find(|scheme| *scheme != asked && principal.grant(*scheme).is_some());
    match foreign {
        None => Ok(()),
        Some(foreign) => {
            tracing::error!(
                target: "policy",
                asked = asked.name(),
                granted = foreign.name(),
                "the authenticator granted scopes of a scheme that it was not asked about; the credential is refused"
            );
            tell_once(format_args!(
                "the authenticator was asked about `{}` and granted scopes of `{}`: the credential is refused; grant to \
                 `credential.scheme()`",
                asked.name(),
                foreign.name()
            ));
            Err(AuthenticationFailure::Invalid)
        }
    }
}
