//! The application behind every server under test: who authenticates, what is enabled, where decisions are logged.

use policy_core::{AuthenticationFailure, Document, EnablementFailure, OperationSet, Policy, Principal, ScopeSet};
use policy_http::{Authenticator, Cors, Credential, Enablement, FromSet, Options};

use crate::witness::{self, Event, Recorder};

/// Keys are `<subject>~<scope>~<scope>…`, with a `.` for the `:` of a scope; `down` and anything without `~` are refused.
#[derive(Clone, Copy, Debug)]
pub struct Keys;

impl<D: Document> Authenticator<D> for Keys {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        witness::record(Event::Authenticated);
        principal(credential)
    }
}

fn principal<D: Document>(credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
    if credential.secret() == "down" {
        return Err(AuthenticationFailure::Unavailable);
    }
    let (subject, scopes) = credential.secret().split_once('~').ok_or(AuthenticationFailure::Invalid)?;
    let mut granted = ScopeSet::EMPTY;
    for name in scopes.split('~') {
        let known = Policy::<D>::new().scopes().find(|known| {
            known.name().len() == name.len()
                && known
                    .name()
                    .bytes()
                    .zip(name.bytes())
                    .all(|(known, given)| known == given || (known == b':' && given == b'.'))
        });
        if let Some(known) = known {
            granted.insert(known);
        }
    }
    Ok(Principal::new(subject).with_grant(credential.scheme(), granted))
}

/// Enables every operation for every caller, except `disabled`, for whom none is enabled, and `unlucky`, whose answer is an outage.
pub fn enablement<D: Document>() -> impl Enablement<D> + Clone {
    FromSet(|principal: &Principal<D>| {
        witness::record(Event::Enabled);
        match principal.subject() {
            Some("disabled") => Ok(OperationSet::EMPTY),
            Some("unlucky") => Err(EnablementFailure::Unavailable),
            _ => Ok(OperationSet::all()),
        }
    })
}

/// The options of the guard under test. The corpus records its decisions, and scripts of one other origin may read the answers.
///
/// # Panics
/// Never, since the origin is valid.
#[must_use]
#[expect(clippy::expect_used, reason = "the origin is a literal")]
pub fn options<D: Document>() -> Options<D> {
    let cors = Cors::origins(["https://app.example"]).expect("a literal origin");
    Options::new().log(Recorder).cors(cors)
}
