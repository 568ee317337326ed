//! From a request to its caller: every declared credential is found, asked about, and joined.

use std::future::Future;

use futures_util::TryFutureExt as _;
use policy_core::{Access, AuthenticationFailure, Document, OperationRef, Policy, Principal, Scheme, SchemeKind};

use crate::authenticator::Authenticator;
use crate::authorization::Authorization;
use crate::clock::Clock;
use crate::credential::Credential;
use crate::credential_fault::{CredentialFault, Refused};
use crate::credential_place::CredentialPlace;
use crate::head::Head;
use crate::mount::tell_once;

/// The caller of a request, by the credentials that the operation's own alternatives declare; without an operation (an
/// unmatched request), by any scheme of the document. `None` where the request carries no credential.
///
/// Several credentials are all asked about, and their grants kept per scheme. What stands in one place and could be of
/// several schemes (a bearer token of two issuers; `Basic` beside an `apiKey` in `Authorization`; two keys in one header) is
/// one credential, read in several ways: it is the credential of those schemes whose authenticator accepts it, and refused
/// only where none does.
///
/// # Errors
/// A credential is malformed, repeated or refused; two of them, or two readings of one, belong to different callers
/// ([`Multiple`](AuthenticationFailure::Multiple)); or it cannot be told now.
pub fn identify<D: Document, H: Head, A: Authenticator<D>>(
    operation: Option<OperationRef<D>>,
    head: &H,
    authenticator: &A,
) -> impl Future<Output = Result<Option<Principal<D>>, AuthenticationFailure>> + Send {
    find(operation, head, authenticator, None).map_err(|refused| refused.failure)
}

/// [`identify`], for an answer that does not tell an operation from a path that is none.
///
/// Where the operation must know its caller and does not, the other schemes of the document are asked about as well. So whoever is
/// not known is refused for the same reason, whatever they asked for. A caller who is known by another scheme alone is
/// answered as such.
pub(crate) fn identify_evenly<D: Document, H: Head, A: Authenticator<D>>(
    operation: Option<OperationRef<D>>,
    head: &H,
    authenticator: &A,
    clock: &dyn Clock,
) -> impl Future<Output = Result<Option<Principal<D>>, Refused>> + Send {
    find(operation, head, authenticator, Some(clock))
}

/// Asks about the credentials of the operation's schemes. With a clock, a caller past their expiry is refused, and the other
/// schemes are asked about where those of the operation do not tell who calls.
#[expect(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice")]
fn find<D: Document, H: Head, A: Authenticator<D>>(
    operation: Option<OperationRef<D>>,
    head: &H,
    authenticator: &A,
    clock: Option<&dyn Clock>,
) -> impl Future<Output = Result<Option<Principal<D>>, Refused>> + Send {
    async move {
        let mut found = Found { caller: None, refused: None, is_torn: false };
        let (mut schemes_left, mut field) = (schemes(operation), found.field(operation, head));
        // The operation whose schemes were asked about before.
        let mut before: Option<OperationRef<D>> = None;
        loop {
            // The only place where this future waits. A second one would make every request's future larger.
            for scheme in schemes_left.by_ref() {
                if before.is_some_and(|before| before.schemes().any(|named| named == scheme)) {
                    continue;
                }
                match Credential::read(scheme, head, field) {
                    Ok(None) => {}
                    Ok(Some(credential)) => {
                        let said = authenticator.authenticate(&credential).await;
                        found.take(scheme, said.map_err(|failure| credential.refused(failure)), clock);
                    }
                    Err(failure) => found.refuse(failure.into()),
                }
            }
            if found.caller.is_some() && found.refused.is_none() {
                return Ok(found.caller);
            }
            let domain = if before.is_some() { None } else { operation };
            let outcome = found.outcome(domain, operation, head);
            let others = domain.filter(|own| {
                let is_known = matches!(outcome, Ok(Some(_)));
                clock.is_some() && !is_known && own.access() == Access::Required && !own.accepts_any_scheme()
            });
            if others.is_none() {
                return outcome.map(|known| found.caller.filter(|_| known.is_some()));
            }
            (before, schemes_left, field) = (others, schemes(None), found.field(None, head));
        }
    }
}

/// What the credentials of a request told so far.
struct Found<D: Document> {
    caller: Option<Principal<D>>,
    /// The most telling reason why a reading was refused.
    refused: Option<Refused>,
    /// Whether two readings belong to different callers.
    is_torn: bool,
}

impl<D: Document> Found<D> {
    /// The `Authorization` field, where a scheme declares it.
    fn field<'h>(&mut self, operation: Option<OperationRef<D>>, head: &'h impl Head) -> Option<Authorization<'h>> {
        authorization(operation, head).unwrap_or_else(|failure| {
            self.refuse(failure.into());
            None
        })
    }

    /// Takes what the authenticator of a scheme said of a credential.
    fn take(&mut self, scheme: Scheme<D>, said: Result<Principal<D>, Refused>, clock: Option<&dyn Clock>) {
        let accepted = said.and_then(|one| {
            check_grants(&one, scheme)?;
            // Whatever the authenticator made of it.
            let is_over = |end| clock.is_some_and(|clock| end <= clock.unix_seconds());
            if one.expires_at().is_some_and(is_over) { Err(CredentialFault::ExpiredCaller.into()) } else { Ok(one) }
        });
        match (accepted, self.caller.take()) {
            (Err(refused), caller) => {
                self.caller = caller;
                tell(scheme, refused);
                self.refuse(refused);
            }
            (Ok(one), None) => self.caller = Some(one),
            (Ok(one), Some(caller)) => match caller.merge(one) {
                Ok(caller) => self.caller = Some(caller),
                Err(one) => {
                    // Nobody is known any more. The other is kept, so that a third is not taken for the only one.
                    (self.caller, self.is_torn) = (Some(one), true);
                    self.refuse(CredentialFault::SeveralCallers.into());
                }
            },
        }
    }

    fn refuse(&mut self, refused: Refused) {
        if self.refused.is_none_or(|known| telling(known.failure) < telling(refused.failure)) {
            self.refused = Some(refused);
        }
    }

    /// Whether somebody is known, or why not. `domain` is the operation whose schemes were asked about; without one it was every scheme.
    fn outcome(
        &self,
        domain: Option<OperationRef<D>>,
        wanted: Option<OperationRef<D>>,
        head: &impl Head,
    ) -> Result<Option<()>, Refused> {
        let caller = self.caller.as_ref();
        let Some(refused) = self.refused else { return Ok(caller.map(|_| ())) };
        let Some(caller) = caller.filter(|caller| self.is_accepted(caller, domain, head)) else { return Err(refused) };
        // Whoever could not be asked might have granted what is still missing.
        let is_met = |operation: OperationRef<D>| operation.is_met_by(caller);
        if refused.failure == AuthenticationFailure::Unavailable && !wanted.is_none_or(is_met) {
            return Err(refused);
        }
        Ok(Some(()))
    }

    /// Whether some scheme accepted what stands in each place: then a reading that was refused was the wrong one.
    fn is_accepted(&self, caller: &Principal<D>, operation: Option<OperationRef<D>>, head: &impl Head) -> bool {
        let accepts = |place: CredentialPlace| {
            let granted =
                |scheme: Scheme<D>| caller.grant(scheme).is_some() && CredentialPlace::of(scheme.kind()) == Some(place);
            schemes(operation).any(granted)
        };
        let field = authorization(operation, head);
        let is_field_good = field.is_ok() || accepts(CredentialPlace::Authorization);
        let is_place_good = |scheme: Scheme<D>| match Credential::read(scheme, head, field.unwrap_or(None)) {
            Ok(None) => true,
            _ => CredentialPlace::of(scheme.kind()).is_some_and(accepts),
        };
        !self.is_torn && is_field_good && schemes(operation).all(is_place_good)
    }
}

/// Names the fault of a credential at the level `debug`. A request may have several credentials, or one that is read in several ways;
/// the decision log names the fault of one.
fn tell<D: Document>(scheme: Scheme<D>, refused: Refused) {
    if let Some(fault) = refused.fault {
        tracing::debug!(target: "policy", scheme = scheme.name(), fault = fault.code(), "a credential was refused: {fault}");
    }
}

/// How much a reason says about the credential. The order decides which one an answer tells where there are several, and so that
/// it does not depend on the order in which schemes were asked.
fn telling(failure: AuthenticationFailure) -> u8 {
    match failure {
        AuthenticationFailure::Missing => 0,
        AuthenticationFailure::Malformed => 1,
        AuthenticationFailure::Invalid => 2,
        // A scheme that knows the credential tells more than one that does not.
        AuthenticationFailure::Inactive => 3,
        AuthenticationFailure::Expired => 4,
        AuthenticationFailure::Revoked => 5,
        AuthenticationFailure::Multiple => 6,
        // Nothing else is certain while somebody could not be asked.
        AuthenticationFailure::Unavailable => 8,
        _ => 7,
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
fn check_grants<D: Document>(principal: &Principal<D>, scheme: Scheme<D>) -> Result<(), CredentialFault> {
    let foreign = Policy::<D>::new().schemes().find(|other| *other != scheme && principal.grant(*other).is_some());
    match foreign {
        None => Ok(()),
        Some(foreign) => {
            tracing::error!(
                target: "policy",
                asked = scheme.name(),
                granted = foreign.name(),
                "the authenticator granted scopes of a scheme that it was not asked about; the credential is refused"
            );
            tell_once(format_args!(
                "the authenticator was asked about `{}` and granted scopes of `{}`: the credential is refused; grant to \
                 `credential.scheme()`",
                scheme.name(),
                foreign.name()
            ));
            Err(CredentialFault::ForeignGrant)
        }
    }
}
