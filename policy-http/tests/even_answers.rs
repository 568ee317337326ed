//! A caller who is not known cannot tell an operation from a path that is none: status, headers and body are the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod entry;
mod several;

use entry::Entry;
use http::Response;
use http::header::WWW_AUTHENTICATE;
use policy_core::{Access, Policy};
use policy_http::{Cors, EnableAll, ManualClock, Options};
use several::{Api, Knows, at, parts};

const KNOWN: Knows = Knows(&[
    ("Basic", "a:b", "ali"),
    ("One", "good", "ali"),
    ("Two", "old", "!expired"),
    ("Raw", "old", "!expired"),
    ("One", "down", "!down"),
    ("InCookie", "down", "!down"),
    ("InHeader", "k", "eve"),
    ("InQuery", "k", "eve"),
]);

fn options() -> Options<Api> {
    let cors = Cors::origins(["https://app.example"]).unwrap();
    Options::new().cors(cors).clock(ManualClock::at(1_800_000_000))
}

fn gate() -> Entry<Api, Knows, EnableAll> {
    Entry::new(KNOWN, EnableAll, options())
}

/// All that a caller sees.
fn seen(answer: &Response<String>) -> String {
    let mut headers: Vec<String> = answer.headers().iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    format!("{} {headers:?} {}", answer.status(), answer.body())
}

/// Requests by which nobody is known: none, malformed, invalid, expired, an outage, several, for each scheme of the document.
const UNKNOWN: &[(&str, &[(&str, &str)])] = &[
    ("/x", &[]),
    ("/x", &[("authorization", "")]),
    ("/x", &[("authorization", "Bearer")]),
    ("/x", &[("authorization", "Bearer a b")]),
    ("/x", &[("authorization", "Bearer none")]),
    ("/x", &[("authorization", "Bearer old")]),
    ("/x", &[("authorization", "Bearer down")]),
    ("/x", &[("authorization", "Basic !")]),
    ("/x", &[("authorization", "Basic YTpj")]),
    ("/x", &[("authorization", "Digest x=1")]),
    ("/x", &[("authorization", "DPoP none")]),
    ("/x", &[("authorization", "Negotiate x")]),
    ("/x", &[("authorization", "none")]),
    ("/x", &[("authorization", "old")]),
    ("/x", &[("authorization", "\u{e9}")]),
    ("/x", &[("authorization", "Basic YTpi"), ("authorization", "Basic YTpi")]),
    ("/x", &[("x-key", "none")]),
    ("/x", &[("x-key", "")]),
    ("/x", &[("x-key", "k"), ("x-key", "k")]),
    ("/x", &[("cookie", "session=none")]),
    ("/x", &[("cookie", "session=")]),
    ("/x", &[("cookie", "session=down")]),
    ("/x", &[("cookie", "session=a; session=b")]),
    ("/x?api_key=none", &[]),
    ("/x?api_key", &[]),
    ("/x?api_key=k&api_key=k", &[]),
    ("/x?api_key=none", &[("authorization", "Bearer none"), ("x-key", "none"), ("cookie", "session=none")]),
    ("/x", &[("authorization", "Bearer old"), ("x-key", "none")]),
    ("/x", &[("authorization", "Bearer none"), ("cookie", "session=down")]),
    ("/x", &[("x-key", "none"), ("origin", "https://app.example")]),
];

#[tokio::test]
async fn every_operation_and_every_other_path_answer_an_unknown_caller_alike() {
    let (gate, allow) = (gate(), "GET, POST".parse().unwrap());
    let pending = Entry::pending(KNOWN, EnableAll, options());
    let required = || Policy::<Api>::new().operations().filter(|operation| operation.access() == Access::Required);
    assert_eq!(required().count(), 17);
    for (target, headers) in UNKNOWN {
        let parts = parts(target, headers);
        let nothing = seen(&gate.not_found(&parts).await);
        assert!(!nothing.starts_with("404"), "{target} {headers:?}: {nothing}");
        assert_eq!(seen(&gate.method_not_allowed(&parts, &allow).await), nothing, "{target} {headers:?}");
        for operation in required() {
            let answers = [
                gate.admit(operation, &parts).await.unwrap_err(),
                pending.admit(operation, &parts).await.unwrap_err(),
                gate.head(operation, &parts).await,
            ];
            for answer in answers {
                assert_eq!(seen(&answer), nothing, "{operation} {target} {headers:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_differs_is_what_the_readme_lists() {
    let gate = gate();
    let nobody = parts("/x", &[]);
    assert!(gate.admit(at("/public"), &nobody).await.is_ok());
    assert!(gate.admit(at("/optional"), &nobody).await.is_ok());
    // Whoever is known, though not to this operation, is told what the operation accepts.
    let other = parts("/x", &[("x-key", "k")]);
    let answer = gate.admit(at("/basic"), &other).await.unwrap_err();
    assert_eq!(answer.status(), 401);
    assert!(answer.body().contains("scheme_not_satisfied"), "{}", answer.body());
    assert!(answer.headers().get(WWW_AUTHENTICATE).unwrap().to_str().unwrap().starts_with("Basic "));
    assert_eq!(gate.not_found(&other).await.status(), 404);
}
