//! What is wrong, and what to do.

use serde::Serialize;

use super::plan::{IDENTITY, Plan};
use super::seen::Seen;

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The service saw another path or query than the authorizer.
    TargetDiffers,
    /// The service saw another method.
    MethodDiffers,
    /// The service saw another host.
    HostDiffers,
    /// The service saw another credential.
    CredentialDiffers,
    /// The service was called, and the authorizer was not asked.
    NotAsked,
    /// The service was called although the authorizer denied.
    DenialIgnored,
    /// The service was called although the authorizer gave no decision.
    FailsOpen,
    /// What a client says in a header arrives.
    HeaderForged,
    /// A client can take away a header by which the service learns who calls.
    HeaderRemoved,
    /// A client can make of its connection a tunnel to the service.
    TunnelOpens,
    /// The service saw another request than was sent, and nobody knows what the authorizer saw.
    Rewritten,
}

impl Code {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::TargetDiffers,
        Self::MethodDiffers,
        Self::HostDiffers,
        Self::CredentialDiffers,
        Self::NotAsked,
        Self::DenialIgnored,
        Self::FailsOpen,
        Self::HeaderForged,
        Self::HeaderRemoved,
        Self::TunnelOpens,
        Self::Rewritten,
    ];

    /// Its name in the output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TargetDiffers => "target-differs",
            Self::MethodDiffers => "method-differs",
            Self::HostDiffers => "host-differs",
            Self::CredentialDiffers => "credential-differs",
            Self::NotAsked => "not-asked",
            Self::DenialIgnored => "denial-ignored",
            Self::FailsOpen => "fails-open",
            Self::HeaderForged => "header-forged",
            Self::HeaderRemoved => "header-removed",
            Self::TunnelOpens => "tunnel-opens",
            Self::Rewritten => "rewritten",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::TargetDiffers => {
                "let the proxy forward the path that it asked about: nginx `proxy_pass` without a path, no rewriting or stripping of \
                 prefixes between the check and the service"
            }
            Self::MethodDiffers => "let the proxy ask with the method that it forwards, and let no header override it",
            Self::HostDiffers => {
                "forward the host that was asked about (nginx: the same variable in both places), or choose the document by something \
                 else than the host"
            }
            Self::CredentialDiffers => {
                "forward each header field apart, in its order: Envoy `encode_raw_headers: true`"
            }
            Self::NotAsked => {
                "turn the check on for this route: Envoy `disabled`, nginx `auth_request off`, a router without the middleware"
            }
            Self::DenialIgnored => "turn off what ignores a denial: Envoy `shadow_mode` and `filter_enabled`",
            Self::FailsOpen => {
                "turn off what allows without a decision: Envoy `failure_mode_allow`, an `error_page` that leads to the service"
            }
            Self::HeaderForged => {
                "remove or overwrite this header before the check. An identity header must be among those that the proxy takes from the \
                 authorizer's answer"
            }
            Self::HeaderRemoved => {
                "set the identity headers after the proxy has applied `Connection`, or refuse requests that name one there"
            }
            Self::TunnelOpens => {
                "refuse requests with an `Upgrade` to anything but `websocket` at the proxy, or remove the header"
            }
            Self::Rewritten => {
                "let the doctor be the authorizer (--authorizer) to see whether the check comes before or after the change"
            }
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its kind.
    pub code: Code,
    /// What happened.
    pub message: String,
}

impl Finding {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What is wrong where both sides saw a request that was to be allowed.
/// `joins`: repeated fields reach the authorizer as one, with commas, and nothing can be set about it.
pub(crate) fn compared(asked: Option<&Seen>, called: Option<&Seen>, joins: bool) -> Vec<Finding> {
    let Some(called) = called else { return Vec::new() };
    let Some(asked) = asked else {
        return vec![Finding::new(Code::NotAsked, format!("the service got {} {}", called.method, called.target))];
    };
    let mut findings = Vec::new();
    let mut differs = |code, what, asked: &str, called: &str| {
        if asked != called {
            let message =
                format!("the authorizer was asked about the {what} `{asked}`, and the service got `{called}`");
            findings.push(Finding::new(code, message));
        }
    };
    differs(Code::MethodDiffers, "method", &asked.method, &called.method);
    differs(Code::TargetDiffers, "target", &asked.target, &called.target);
    if let (Some(asked), Some(called)) = (&asked.host, &called.host) {
        differs(Code::HostDiffers, "host", asked, called);
    }
    for name in ["authorization", "cookie", "x-api-key"] {
        let between = if joins { "," } else { " | " };
        let values = |seen: &Seen| seen.values(name).collect::<Vec<_>>().join(between);
        let (asked, called) = (values(asked), values(called));
        // A proxy may keep a credential for the authorizer alone. One that only the service sees was not judged.
        if !called.is_empty() {
            differs(Code::CredentialDiffers, name, &asked, &called);
        }
    }
    findings
}

/// What is wrong where the service saw something else than was sent, and what the authorizer saw is not known.
pub(crate) fn rewritten(method: &str, target: &str, called: Option<&Seen>) -> Option<Finding> {
    let called = called?;
    let path = path(target);
    (called.method != method || called.target != path)
        .then(|| Finding::new(Code::Rewritten, format!("the service got `{} {}`", called.method, called.target)))
}

/// The path of a target. The absolute form becomes a path and a host (RFC 9112, section 3.2.1).
pub(crate) fn path(target: &str) -> &str {
    let rest = ["http://", "https://"].iter().find_map(|scheme| target.strip_prefix(scheme));
    rest.map_or(target, |rest| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"))
}

/// What is wrong where the request should not have arrived.
pub(crate) fn refused(plan: Plan, asked: Option<&Seen>, called: Option<&Seen>) -> Option<Finding> {
    let called = called?;
    let got = format!("the service got {} {}", called.method, called.target);
    Some(match (asked, plan) {
        (None, _) => Finding::new(Code::NotAsked, got),
        (Some(_), Plan::Deny) => Finding::new(Code::DenialIgnored, format!("the authorizer denied, and {got}")),
        (Some(_), _) => {
            let how = match plan {
                Plan::Fail => "answered that it failed",
                Plan::Overloaded => "answered that it is overloaded",
                Plan::Close => "ended the connection",
                _ => "did not answer",
            };
            Finding::new(Code::FailsOpen, format!("the authorizer {how}, and {got}"))
        }
    })
}

/// What is wrong where a client sent this header, with this value.
pub(crate) fn forged(name: &str, value: &str, called: Option<&Seen>) -> Option<Finding> {
    let (arrived, what) = called?.headers.iter().find(|(_, arrived)| arrived.contains(value))?;
    let message = if arrived.eq_ignore_ascii_case(name) {
        format!("a client's `{name}` arrives at the service")
    } else {
        format!("a client's `{name}` arrives at the service in `{arrived}: {what}`")
    };
    Some(Finding::new(Code::HeaderForged, message))
}

/// What is wrong where a client named an identity header as one that ends at the proxy.
pub(crate) fn removed(name: &str, called: Option<&Seen>) -> Option<Finding> {
    let lost = !called?.values(name).any(|value| value == IDENTITY);
    lost.then(|| {
        Finding::new(Code::HeaderRemoved, format!("`Connection: {name}` takes `{name}` away from the service"))
    })
}

/// What is wrong where an upgrade arrives to something else than WebSocket: in the tunnel that it opens, requests reach the service unseen.
pub(crate) fn tunnelled(called: Option<&Seen>) -> Option<Finding> {
    let mut protocols = called?.values("upgrade").flat_map(|value| value.split(',')).map(str::trim);
    let other = protocols.find(|protocol| !protocol.eq_ignore_ascii_case("websocket"))?;
    Some(Finding::new(Code::TunnelOpens, format!("`Upgrade: {other}` arrives at the service")))
}
