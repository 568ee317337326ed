//! What the doctor answers when it is asked as the authorizer.

use clap::ValueEnum;

/// How a proxy asks its authorizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// Envoy's ext_authz by gRPC.
    EnvoyGrpc,
    /// Envoy's ext_authz by HTTP.
    EnvoyHttp,
    /// Forward-auth: Traefik and Caddy.
    ForwardAuth,
    /// nginx's auth_request.
    Nginx,
}

/// What the next question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Allowed, with a value in every identity header.
    Allow,
    /// Allowed, with every identity header empty.
    AllowNobody,
    /// Denied.
    Deny,
    /// An answer that says that the authorizer failed: HTTP 500, or the gRPC status 14.
    Fail,
    /// HTTP 503. In gRPC, an answer that is no answer.
    Overloaded,
    /// No answer, and the connection stays.
    Silence,
    /// No answer, and the connection ends.
    Close,
}

/// The value of an identity header that the doctor gives as the authorizer.
pub(crate) const IDENTITY: &str = "doctor-as-authorizer";
