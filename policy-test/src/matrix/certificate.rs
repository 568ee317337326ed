//! Client certificates, which belong to a connection and not to a request.

use policy_spec::{Engine, SchemeKind};

use super::caller::Caller;

/// Whether a request comes by a connection with a client certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// The document has no scheme of this kind: with one, if there is one. It is none of the credentials of the case.
    IfAny,
    /// Whoever sends the request holds none.
    Without,
    /// It is the credential of this scheme.
    Of(String),
}

impl Certificate {
    /// For a request of this caller.
    pub(crate) fn of(engine: &Engine, caller: &Caller) -> Self {
        let schemes = engine.served().schemes.iter().filter(|scheme| matches!(scheme.kind, SchemeKind::MutualTls));
        let mut names = schemes.map(|scheme| &scheme.name).peekable();
        if names.peek().is_none() {
            return Self::IfAny;
        }
        let Caller::Holds(held) = caller else { return Self::Without };
        let own = names.find(|name| held.iter().any(|(held, _)| held == *name));
        own.map_or(Self::Without, |name| Self::Of(name.clone()))
    }
}
