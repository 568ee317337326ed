//! From a request to its caller: finds every declared credential, asks the authenticator about it, and joins the answers.

use std::future::Future;

use futures_util::TryFutureExt as _;
use policy_core::{Access, AuthenticationFailure, Document, OperationRef, Principal, SchemeKind, Stale};

use crate::authenticator::Authenticator;
use crate::authorization::{Authorization, presented};
use crate::callers::{Asked, Callers, Compiled};
use crate::clock::Clock;
use crate::credential_fault::{CredentialFault, Refused};
use crate::credential_place::CredentialPlace;
use crate::head::Head;
use crate::mount::tell_once;

/// The caller of a request. With an operation, the credentials of the schemes in its alternatives count. Without one (the request
/// matched none), those of all schemes of the document count. `None` if the request has no credential.
///
/// If a request has several credentials, the authenticator is asked about each, and their grants are kept for each scheme.
///
/// One value can belong to several schemes: a bearer token of one of two issuers, or one header for two API keys. Then it is one
/// credential with several *readings*, one for each scheme. It counts for the schemes whose authenticator accepts it, and is refused
/// only if none does.
///
/// Where anybody may call the operation, an expired credential or an unknown key counts as none, if the policy's owner said so of its scheme
/// ([`Scheme::as_nobody`](policy_core::Scheme::as_nobody)) and nothing else about the request was refused.
///
/// # Errors
/// A credential is malformed, repeated or refused. Two credentials, or two readings of one, belong to different callers
/// ([`Multiple`](AuthenticationFailure::Multiple)). Or the authenticator does not respond.
pub fn identify<D: Document, H: Head, A: Authenticator<D>>(
    operation: Option<OperationRef<D>>,
    head: &H,
    authenticator: &A,
) -> impl Future<Output = Result<Option<Principal<D>>, AuthenticationFailure>> + Send {
    find(Compiled::POLICY, operation, head, authenticator, None).map_err(|refused| refused.failure)
}

/// Like [`identify`], for an answer that does not tell whether a path belongs to an operation.
///
/// If the operation needs a caller and its schemes do not find one, the authenticator is asked about the other schemes of the document
/// too. So an unknown caller is refused for the same reason at every path. A caller who is known by another scheme is told that this
/// scheme is not enough.
pub(crate) fn identify_evenly<P: Callers, H: Head, A: Asked<P>>(
    policy: P,
    operation: Option<P::Operation>,
    head: &H,
    authenticator: &A,
    clock: &dyn Clock,
) -> impl Future<Output = Result<Option<P::Caller>, Refused>> + Send {
    find(policy, operation, head, authenticator, Some(clock))
}

/// The caller of a request that reaches no operation, by any scheme of the document. `None` if the document has no scheme: nobody can be
/// known then.
pub(crate) async fn identify_anywhere<P: Callers, H: Head, A: Asked<P>>(
    policy: P,
    head: &H,
    authenticator: &A,
    clock: &dyn Clock,
) -> Result<Option<P::Caller>, Refused> {
    if policy.all_schemes().next().is_none() {
        return Ok(None);
    }
    let known = identify_evenly(policy, None, head, authenticator, clock).await?;
    known.map(Some).ok_or(AuthenticationFailure::Missing.into())
}

/// Asks about the credentials of the operation's schemes. With a clock, a caller whose credential has expired is refused, and other
/// schemes are asked about if those of the operation do not find the caller.
#[expect(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice")]
fn find<P: Callers, H: Head, A: Asked<P>>(
    policy: P,
    operation: Option<P::Operation>,
    head: &H,
    authenticator: &A,
    clock: Option<&dyn Clock>,
) -> impl Future<Output = Result<Option<P::Caller>, Refused>> + Send {
    async move {
        let mut found = Found { policy, caller: None, refused: None, is_torn: false, is_stale: true };
        let mut schemes_left = schemes(policy, operation);
        let mut field = found.field(schemes_left.clone(), head);
        // Set in the second round: the operation whose schemes were asked about in the first.
        let mut before: Option<P::Operation> = None;
        loop {
            // The only place where this future waits. A second one would make every request's future larger.
            for scheme in schemes_left.by_ref() {
                if before.is_some_and(|before| policy.schemes(before).any(|named| named == scheme)) {
                    continue;
                }
                match presented(policy.kind(scheme), head, field) {
                    Ok(None) => {}
                    Ok(Some(secret)) => {
                        let said = authenticator.ask(policy, scheme, secret, head).await;
                        found.take(operation, scheme, said, clock);
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
                let needs_caller = policy.access(*own) == Access::Required;
                clock.is_some() && !is_known && needs_caller && !policy.accepts_any_scheme(*own)
            });
            if others.is_none() {
                return outcome.map(|known| found.caller.filter(|_| known.is_some()));
            }
            (before, schemes_left) = (others, schemes(policy, None));
            field = found.field(schemes(policy, None), head);
        }
    }
}

/// What is known so far by the credentials of a request.
struct Found<P: Callers> {
    policy: P,
    caller: Option<P::Caller>,
    /// Why a reading was refused. If several were, the reason that says most.
    refused: Option<Refused>,
    /// Whether two readings belong to different callers.
    is_torn: bool,
    /// Whether each reading that was refused [counts as nobody](OperationRef::counts_as_nobody).
    is_stale: bool,
}

impl<P: Callers> Found<P> {
    /// The `Authorization` field, where a scheme declares it.
    fn field<'h>(
        &mut self,
        schemes: impl Iterator<Item = P::Scheme>,
        head: &'h impl Head,
    ) -> Option<Authorization<'h>> {
        authorization(self.policy, schemes, head).unwrap_or_else(|failure| {
            self.refuse(failure.into());
            None
        })
    }

    /// Takes what the authenticator of a scheme said of a credential.
    fn take(
        &mut self,
        operation: Option<P::Operation>,
        scheme: P::Scheme,
        said: Result<P::Caller, Refused>,
        clock: Option<&dyn Clock>,
    ) {
        let policy = self.policy;
        let accepted = said.and_then(|one| {
            check_grants(policy, &one, scheme)?;
            // The expiry is checked here too, in case the authenticator did not.
            let is_over = |end| clock.is_some_and(|clock| end <= clock.unix_seconds());
            if policy.expires_at(&one).is_some_and(is_over) {
                Err(CredentialFault::ExpiredCaller.into())
            } else {
                Ok(one)
            }
        });
        match (accepted, self.caller.take()) {
            (Err(refused), caller) => {
                self.caller = caller;
                let is_stale = counts_as_nobody(policy, operation, scheme, refused);
                tell(policy.name(scheme), refused, is_stale);
                let are_all_stale = self.is_stale && is_stale;
                self.refuse(refused);
                self.is_stale = are_all_stale;
            }
            (Ok(one), None) => self.caller = Some(one),
            (Ok(one), Some(caller)) => match policy.merge(caller, one) {
                Ok(caller) => self.caller = Some(caller),
                Err(one) => {
                    // Two callers contradict each other, so that nobody is known. One of them is kept: without it, a third would
                    // be taken for the only one.
                    (self.caller, self.is_torn) = (Some(one), true);
                    self.refuse(CredentialFault::SeveralCallers.into());
                }
            },
        }
    }

    fn refuse(&mut self, refused: Refused) {
        self.is_stale = false;
        if self.refused.is_none_or(|known| telling(known.failure) < telling(refused.failure)) {
            self.refused = Some(refused);
        }
    }

    /// Whether a caller is known, or why not. `domain` is the operation whose schemes were asked about. `None` means that all schemes
    /// were.
    fn outcome(
        &self,
        domain: Option<P::Operation>,
        wanted: Option<P::Operation>,
        head: &impl Head,
    ) -> Result<Option<()>, Refused> {
        let caller = self.caller.as_ref();
        let Some(refused) = self.refused else { return Ok(caller.map(|_| ())) };
        if caller.is_none() && self.is_stale {
            return Ok(None);
        }
        let Some(caller) = caller.filter(|caller| self.is_accepted(caller, domain, head)) else { return Err(refused) };
        // An authenticator did not respond. It might have granted what is still missing.
        let is_met = |operation: P::Operation| self.policy.is_met_by(operation, caller);
        if refused.failure == AuthenticationFailure::Unavailable && !wanted.is_none_or(is_met) {
            return Err(refused);
        }
        Ok(Some(()))
    }

    /// Whether each place has a scheme that accepted its credential. Then a refused reading was only the wrong reading of it.
    fn is_accepted(&self, caller: &P::Caller, operation: Option<P::Operation>, head: &impl Head) -> bool {
        let policy = self.policy;
        let place_of = |scheme: P::Scheme| policy.kind(scheme).and_then(CredentialPlace::of);
        let accepts = |place: CredentialPlace<'_>| {
            let granted = |scheme: P::Scheme| policy.has_grant(caller, scheme) && place_of(scheme) == Some(place);
            schemes(policy, operation).any(granted)
        };
        let field = authorization(policy, schemes(policy, operation), head);
        let is_field_good = field.is_ok() || accepts(CredentialPlace::Authorization);
        let is_place_good = |scheme: P::Scheme| match presented(policy.kind(scheme), head, field.unwrap_or(None)) {
            Ok(None) => true,
            _ => place_of(scheme).is_some_and(accepts),
        };
        !self.is_torn && is_field_good && schemes(policy, operation).all(is_place_good)
    }
}

/// Whether a credential that was refused counts as nobody here. An authenticator tells that a credential has expired only after its secret
/// or its signature was verified; that a key is not known is told by its fault.
fn counts_as_nobody<P: Callers>(
    policy: P,
    operation: Option<P::Operation>,
    scheme: P::Scheme,
    refused: Refused,
) -> bool {
    let stale = match refused {
        Refused { failure: AuthenticationFailure::Expired, .. } => Stale::Expired,
        Refused { fault: Some(CredentialFault::UnknownKeyId), .. } => Stale::Unknown,
        _ => return false,
    };
    operation.is_some_and(|operation| policy.counts_as_nobody(operation, scheme, stale))
}

/// Names the fault of a credential at the level `debug`. A request may have several credentials, or one that is read in several ways;
/// the decision log names the fault of one.
///
/// One that may count as nobody is told with what becomes of it, since its request may be allowed.
fn tell(scheme: &str, refused: Refused, as_nobody: bool) {
    let Some(fault) = refused.fault else { return };
    let code = fault.code();
    if as_nobody {
        tracing::debug!(target: "policy", scheme, fault = code, "a credential may count as nobody here: {fault}");
    } else {
        tracing::debug!(target: "policy", scheme, fault = code, "a credential was refused: {fault}");
    }
}

/// How much a reason says about the credential. If there are several reasons, the answer has the one that says most. So the answer
/// does not depend on the order of the schemes.
fn telling(failure: AuthenticationFailure) -> u8 {
    match failure {
        AuthenticationFailure::Missing => 0,
        AuthenticationFailure::Malformed => 1,
        AuthenticationFailure::Invalid => 2,
        // A scheme that knows the credential says more than one that does not.
        AuthenticationFailure::Inactive => 3,
        AuthenticationFailure::Expired => 4,
        AuthenticationFailure::Revoked => 5,
        // While an authenticator does not respond, no other reason is certain.
        AuthenticationFailure::Unavailable => 7,
        // Several credentials, and whatever a later version of core may tell.
        _ => 6,
    }
}

/// The schemes whose credentials count: those in the operation's alternatives, or all without an operation.
#[inline]
fn schemes<P: Callers>(
    policy: P,
    operation: Option<P::Operation>,
) -> impl Iterator<Item = P::Scheme> + Clone + Send + use<P> {
    match operation.filter(|operation| !policy.accepts_any_scheme(*operation)) {
        Some(operation) => Schemes::Own(policy.schemes(operation)),
        None => Schemes::All(policy.all_schemes()),
    }
}

/// One of two lists. A request keeps it while it waits, and a chain of both iterators would be several times as large.
#[derive(Clone)]
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

/// The `Authorization` field, if a scheme uses it. A field with an authentication scheme that is not declared counts as malformed: its
/// sender wanted to be known, and must not be taken for an anonymous caller.
fn authorization<'h, P: Callers>(
    policy: P,
    schemes: impl Iterator<Item = P::Scheme>,
    head: &'h impl Head,
) -> Result<Option<Authorization<'h>>, AuthenticationFailure> {
    let field = Authorization::read(head);
    if matches!(field, Ok(None)) {
        return field;
    }
    let (mut declared, mut known) = (false, false);
    for name in schemes.filter_map(|scheme| http_scheme(policy.kind(scheme)?)) {
        declared = true;
        known |= matches!(field, Ok(Some(field)) if field.is(name));
    }
    match field {
        _ if !declared => Ok(None),
        // An `apiKey` in the header `Authorization` has no grammar. Where its scheme accepts the field, this was the wrong reading.
        Ok(Some(_)) if !known => Err(AuthenticationFailure::Malformed),
        field => field,
    }
}

/// The authentication scheme by which the credential is named in `Authorization`, such as `Bearer`.
fn http_scheme(kind: SchemeKind<&str>) -> Option<&str> {
    match kind {
        SchemeKind::Basic => Some("Basic"),
        SchemeKind::HttpOther(name) => Some(name),
        kind if kind.is_bearer() => Some("Bearer"),
        _ => None,
    }
}

/// Invariant *a grant belongs to the scheme that gave it*: an authenticator that was asked about one scheme cannot
/// answer for another.
fn check_grants<P: Callers>(policy: P, caller: &P::Caller, scheme: P::Scheme) -> Result<(), CredentialFault> {
    let foreign = policy.all_schemes().find(|other| *other != scheme && policy.has_grant(caller, *other));
    match foreign {
        None => Ok(()),
        Some(foreign) => {
            let (asked, granted) = (policy.name(scheme), policy.name(foreign));
            tracing::error!(
                target: "policy",
                asked,
                granted,
                "the authenticator granted scopes of a scheme that it was not asked about; the credential is refused"
            );
            tell_once(format_args!(
                "the authenticator was asked about `{asked}` and granted scopes of `{granted}`: the credential is refused; grant to \
                 `credential.scheme()`"
            ));
            Err(CredentialFault::ForeignGrant)
        }
    }
}
