//! What every example with bodies of its own answers: target, key, status, and a part of the body.

pub(crate) const REQUESTS: [(&str, Option<&str>, u16, &str); 13] = [
    ("/v1/encounters", None, 401, r#"{"error":"missing_credential","stage":"authentication"}"#),
    ("/v1/encounters", Some("guess"), 401, "authentication"),
    ("/v1/encounters?nope=1", Some("north-visits"), 403, "insufficient_scope"),
    ("/v1/encounters?nope=1", Some("north-full"), 400, "unsupported_query_parameter"),
    ("/v1/encounters?limit=1", Some("north-full"), 200, "Ada"),
    ("/v1/encounters/e1", Some("north-visits"), 200, "cough"),
    ("/v1/encounters/e2", Some("north-visits"), 404, ""),
    ("/v1/encounters/e2", Some("south-full"), 200, "check-up"),
    ("/v1/encounters/e1/audio", Some("north-visits"), 403, "insufficient_scope"),
    ("/v1/encounters/e1/audio", Some("north-full"), 403, "operation_pending"),
    ("/v1/patients", Some("north-full"), 404, ""),
    ("/v1/patients", None, 401, ""),
    ("/healthz", None, 204, ""),
];
