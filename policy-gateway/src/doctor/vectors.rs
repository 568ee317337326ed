//! The requests that guards have been fooled by.

/// One request. In a target, `{base}` is the path of the URL that the doctor was given, and `{scheme}` its scheme; in a target and in the
/// fields, `{host}` is its host. What is no ASCII is sent as ISO 8859-1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vector {
    pub(crate) method: &'static str,
    pub(crate) target: &'static str,
    /// Header fields, each with its line end. Where `Host` is among them, no other is sent.
    pub(crate) fields: &'static str,
    pub(crate) body: &'static str,
}

const fn get(target: &'static str) -> Vector {
    Vector { method: "GET", target, fields: "", body: "" }
}

const fn by(method: &'static str, fields: &'static str) -> Vector {
    Vector { method, target: "{base}/a", fields, body: "" }
}

/// Every vector, in the order in which they are sent.
pub(crate) const VECTORS: &[Vector] = &[
    get("{base}/a"),
    // Slashes.
    get("/{base}/a"),
    get("{base}//a"),
    get("{base}/a//b"),
    get("{base}/a/"),
    get("{base}/a//"),
    get("{base}/a%2fb"),
    get("{base}/a%2Fb"),
    get("{base}/a%252fb"),
    get("{base}/a%2F"),
    get("{base}/a\\b"),
    get("{base}/a%5cb"),
    // Dots.
    get("{base}/./a"),
    get("{base}/a/."),
    get("{base}/x/../a"),
    get("{base}/x/%2e%2e/a"),
    get("{base}/x/.%2e/a"),
    get("{base}/x/%2E/a"),
    get("{base}/x/%252e%252e/a"),
    get("{base}/x/..%2fa"),
    get("{base}/x%2f..%2fa"),
    get("{base}/x/..%5ca"),
    get("{base}/x/..\\a"),
    get("{base}/x/..;/a"),
    get("{base}/x/..;v=1/a"),
    get("{base}/x/.../a"),
    get("{base}/a/.."),
    get("{base}/a."),
    get("{base}/../a"),
    // Parameters, queries and fragments that imitate a path, and the reverse.
    get("{base}/a;v=1"),
    get("{base}/a;v=1/b"),
    get("{base}/a%3bv=1"),
    get("{base}/a%3fb=1"),
    get("{base}/a%23b"),
    get("{base}/a#b"),
    get("{base}/a#/../b"),
    get("{base}/a?b=/../c"),
    get("{base}/a?b=%2e%2e%2f"),
    get("{base}/a?b=1&b=2"),
    get("{base}/a?b=1;c=2"),
    get("{base}/a??b"),
    get("{base}/a?b=1#c"),
    // Letters and bytes.
    get("{base}/%61"),
    get("{base}/%2561"),
    get("{base}/A"),
    get("{base}/a%00"),
    get("{base}/a%0a"),
    get("{base}/a%0d%0ab"),
    get("{base}/a%20"),
    get("{base}/a+b"),
    get("{base}/a%ff"),
    get("{base}/aÿ"),
    get("{base}/a%c0%ae"),
    get("{base}/a%u002e"),
    get("{base}/a%"),
    get("{base}/a%zz"),
    get("{base}/%ef%bd%81"),
    get("{base}/a\"<>^`{|}"),
    get("{base}/a~!$&'()*,:@"),
    // Other forms of a target (RFC 9112, section 3.2).
    get("{scheme}://{host}{base}/a"),
    get("{scheme}://{host}{base}/x/../a"),
    get("{scheme}://other.doctor.example{base}/a"),
    get("a/b"),
    Vector { method: "OPTIONS", target: "*", fields: "", body: "" },
    Vector { method: "CONNECT", target: "other.doctor.example:80", fields: "", body: "" },
    // Methods.
    by("HEAD", ""),
    by("POST", "Content-Length: 0\r\n"),
    by("DELETE", ""),
    by("OPTIONS", ""),
    by("OPTIONS", "Origin: http://other.doctor.example\r\nAccess-Control-Request-Method: DELETE\r\n"),
    by("get", ""),
    by("Get", ""),
    by("TRACE", ""),
    by("PROPFIND", ""),
    by("FROB", ""),
    by("POST", "X-HTTP-Method-Override: DELETE\r\nContent-Length: 0\r\n"),
    Vector {
        method: "POST",
        target: "{base}/a",
        fields: "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n",
        body: "_method=DELETE",
    },
    by("POST", "Content-Length: 0\r\nExpect: 100-continue\r\n"),
    by(
        "GET",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    ),
    by("GET", "Connection: Upgrade\r\nUpgrade: doctor/1\r\n"),
    by("GET", "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: doctor/1\r\n"),
    by("GET", "Connection: Upgrade\r\nUpgrade: doctor/1\r\nUpgrade: websocket\r\n"),
    by("GET", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
    // Hosts.
    by("GET", "Host: other.doctor.example\r\n"),
    by("GET", "Host: OTHER.doctor.example:80\r\n"),
    by("GET", "Host: other.doctor.example.\r\n"),
    by("GET", "Host: user@other.doctor.example\r\n"),
    by("GET", "Host: one.doctor.example\r\nHost: two.doctor.example\r\n"),
    by("GET", "Host:\r\n"),
    Vector {
        method: "GET",
        target: "{scheme}://one.doctor.example{base}/a",
        fields: "Host: two.doctor.example\r\n",
        body: "",
    },
    // Credentials that one side may read otherwise than the other.
    by("GET", "Authorization: Bearer doctor-one\r\nAuthorization: Bearer doctor-two\r\n"),
    by("GET", "Authorization: Bearer doctor-one\r\nConnection: close, Authorization\r\n"),
    by("GET", "Authorization: Bearer doctor-one\r\nProxy-Authorization: Bearer doctor-two\r\n"),
    by("GET", "Cookie: doctor=one\r\nCookie: doctor=two\r\n"),
    by("GET", "X-API-Key: doctor-one\r\nX-API-Key: doctor-two\r\n"),
    by("GET", "X-API-Key: doctor-one\r\nConnection: X-API-Key\r\n"),
];

/// Headers by which a client may say another path, method, host or address than it has, with a value that is recognised.
pub(crate) const ROUTING: &[(&str, &str)] = &[
    ("Forwarded", "for=203.0.113.77;host=forged.doctor.example;proto=https"),
    ("X-Forwarded-For", "203.0.113.77"),
    ("X-Forwarded-Host", "forged.doctor.example"),
    ("X-Forwarded-Port", "47111"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Prefix", "/forged-by-doctor"),
    ("X-Forwarded-Server", "forged.doctor.example"),
    ("X-Forwarded-Uri", "/forged-by-doctor"),
    ("X-Forwarded-Method", "FORGED"),
    ("X-Original-Uri", "/forged-by-doctor"),
    ("X-Original-Url", "/forged-by-doctor"),
    ("X-Original-Method", "FORGED"),
    ("X-Original-Host", "forged.doctor.example"),
    ("X-Rewrite-Url", "/forged-by-doctor"),
    ("X-Http-Method", "FORGED"),
    ("X-Http-Method-Override", "FORGED"),
    ("X-Method-Override", "FORGED"),
    ("X-Real-Ip", "203.0.113.77"),
];

/// Requests whose denial a proxy may lose: each must not arrive.
pub(crate) const DENIED: &[Vector] = &[
    by("GET", ""),
    by("HEAD", ""),
    by("POST", "Content-Length: 0\r\n"),
    by("DELETE", ""),
    by("OPTIONS", ""),
    by("OPTIONS", "Origin: http://other.doctor.example\r\nAccess-Control-Request-Method: DELETE\r\n"),
    by(
        "GET",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    ),
];
