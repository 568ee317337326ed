//! Why guard and gateway may answer the same request differently. A difference that has no reason here fails the test.

use crate::programs::Proxy::{self, Caddy, EnvoyGrpc, EnvoyHttp, Nginx, Traefik};

/// The proxies, the rows or vectors, and the reason.
type Reason = (&'static [Proxy], &'static [&'static str], &'static str);

const EVERY: &[Proxy] = &[EnvoyGrpc, EnvoyHttp, Traefik, Caddy, Nginx];
const ENVOY: &[Proxy] = &[EnvoyGrpc, EnvoyHttp];

const REASONS: &[Reason] = &[
    (
        EVERY,
        &["unguarded", "unguarded-head", "unguarded-other-method", "unguarded-other-method-unknown-caller"],
        "the document has no `/healthz`: it is a route of the guarded application",
    ),
    (
        EVERY,
        &["head-of-get-allowed"],
        "the guard was told to answer HEAD by the handler of GET; the gateway goes by the document",
    ),
    (EVERY, &["pending"], "the handler does not exist yet, which only the compiled guard knows"),
    (EVERY, &["BV78"], "the head is longer than the proxy, or the gateway, reads"),
    (EVERY, &["BV45"], "a fragment in a request line: the proxy or the gateway refuses it, and hyper drops it"),
    (EVERY, &["BV47", "options-asterisk"], "the proxy answers `OPTIONS *` itself"),
    (EVERY, &["BV48", "method-connect"], "the proxy refuses CONNECT"),
    (ENVOY, &["BV51", "method-lower-case", "method-unknown"], "Envoy refuses methods that it does not know"),
    (ENVOY, &["BV63", "header-key-underscore"], "`headers_with_underscores_action: REJECT_REQUEST`"),
    (
        &[EnvoyHttp],
        &["header-key-twice", "header-key-and-one-not-utf-8"],
        "Envoy joins repeated headers when it asks by HTTP; the joined key is unknown",
    ),
    (&[EnvoyHttp], &["key-store-down"], "a 5xx would be an allowed request under `failure_mode_allow`, and is a 403"),
    (&[Traefik, Caddy, Nginx], &["BV39"], "the proxy refuses `%` that encodes nothing"),
    (
        &[Traefik],
        &["BV03", "BV05", "BV08", "BV09", "BV12", "BV27"],
        "Traefik resolves the path before it asks: gateway and service see the resolved one",
    ),
    (
        &[Traefik],
        &[
            "path-double-slash-by-reader",
            "path-double-slash-first",
            "path-double-slash-inside",
            "path-dot-dot",
            "path-dot-dot-encoded",
            "path-encoded-literal-by-owner",
            "path-encoded-literal-by-reader",
        ],
        "Traefik resolves the path before it asks: gateway and service see the resolved one",
    ),
    (
        &[Traefik],
        &["query-semicolon-is-data"],
        "Traefik makes `&` of `;` in a query before it asks, and the new name is undeclared",
    ),
    (&[Nginx], &["BV38"], "nginx refuses `%00`"),
    (&[Nginx], &["BV51", "method-lower-case"], "nginx refuses methods in lower case"),
    (&[Nginx], &["BV53"], "nginx refuses TRACE"),
    (
        &[Nginx],
        &["header-name-not-utf-8"],
        "nginx drops a header whose name is no token, and the guard's server refuses it",
    ),
    (
        EVERY,
        &["BV24", "BV29", "path-encoded-literal-by-owner", "path-encoded-literal-by-reader"],
        "the path encodes a letter, or `%` itself: another service may read it as another path, and the gateway denies it",
    ),
    (
        EVERY,
        &["BV17", "BV18", "BV38"],
        "the path has a parameter or a null: a service that cuts it off reads another path, and the gateway denies it",
    ),
    (ENVOY, &["BV39"], "some services decode `%u002e`, and the gateway denies it"),
    (&[Caddy], &["BV65"], "an upgrade to HTTP/2 would be a tunnel past the check, and Caddy and the gateway refuse it"),
    (
        &[Nginx],
        &["BV57", "BV59", "override-header", "override-header-short", "override-path"],
        "the header names another method or path; nginx takes it from the service alone, and the gateway denies it",
    ),
];

/// Why this row or vector may come out differently.
pub(crate) fn reason(proxy: Proxy, id: &str) -> Option<&'static str> {
    let fits = |(proxies, ids, _): &&Reason| proxies.contains(&proxy) && ids.contains(&id);
    REASONS.iter().find(fits).map(|(.., reason)| *reason)
}
