//! A gate of a policy that is read at run time decides, answers and logs as the guard that was compiled from the same document.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod at_run_time;
mod common;
mod entry;
mod several;

use std::sync::Arc;

use at_run_time::{NOW, Organizations, Secrets};
use common::Captured;
use entry::{Entry, at};
use http::Response;
use http::request::Parts;
use policy_core::{Document, Policy};
use policy_http::{JsonLines, ManualClock, Options, run_time};

// Included and not a module's file, so that rustfmt leaves it as the build script writes it.
#[allow(
    dead_code,
    missing_docs,
    unused_macros,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
mod clinic {
    include!("../../surface/clinic/policy.rs");
}

/// All that a caller sees.
fn seen(answer: &Response<String>) -> String {
    let mut headers: Vec<String> = answer.headers().iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    format!("{} {headers:?} {}", answer.status(), answer.body())
}

/// Values of `Authorization`, and of the places of API keys: everything that could be presented, alone and beside others.
const FIELDS: &[&str] = &[
    "",
    "Bearer",
    "Bearer a b",
    "Bearer none",
    "Bearer ali/",
    "Bearer ali/files.read",
    "Bearer ali/files.read/files.write",
    "Bearer ali/meta.read",
    "Bearer ali/admin/encounters.read",
    "Bearer ali/encounters.read/patients.read",
    "Bearer eve/files.read/meta.read/admin",
    "Bearer none/files.read/encounters.read/patients.read",
    "Bearer gone/files.read",
    "Bearer out/files.read/encounters.read/patients.read",
    "Bearer alone/files.read/files.write",
    "Bearer late/files.read",
    "Bearer old",
    "Bearer down",
    "Bearer revoked",
    "Bearer unknown",
    "bearer ali/files.read",
    "Basic !",
    "Basic YWxpLzo=",
    "Basic dW5rbm93bjo=",
    "Basic ZG93bjo=",
    "Digest ali/",
    "DPoP ali/",
    "Negotiate x",
    "ali/",
    "old",
];

const KEYS: &[&str] =
    &["", "none", "ali/", "ali/files.write/meta.read", "ali/files.read", "eve/", "old", "down", "unknown"];

/// Every credential alone, and every pair of a field with a key in each place.
fn requests() -> Vec<Parts> {
    let mut all: Vec<Vec<(&str, String)>> = vec![vec![]];
    for field in FIELDS {
        all.push(vec![("authorization", (*field).to_owned())]);
        all.push(vec![("authorization", (*field).to_owned()), ("authorization", (*field).to_owned())]);
        for key in KEYS {
            all.push(vec![("authorization", (*field).to_owned()), ("x-key", (*key).to_owned())]);
            all.push(vec![("authorization", (*field).to_owned()), ("cookie", format!("a=b; session={key}"))]);
        }
    }
    for key in KEYS {
        all.push(vec![("x-key", (*key).to_owned())]);
        all.push(vec![("x-key", (*key).to_owned()), ("x-key", (*key).to_owned())]);
        all.push(vec![("cookie", format!("session={key}; session={key}"))]);
    }
    let mut requests = Vec::new();
    for (at, headers) in all.iter().enumerate() {
        let targets = ["/x", "/x?limit=1", "/x?api_key=ali%2F", "/x?api_key=none&owner=x", "/x?a%0A%22=1&limit"];
        // Each with one target in turn, and those without a pair with all of them.
        for (turn, target) in targets.iter().enumerate() {
            if headers.len() < 2 || turn == at % targets.len() {
                let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
                requests.push(common::parts(target, &headers));
            }
        }
    }
    requests
}

/// Sends every request for every operation to both, and to what is no operation.
async fn compare<D: Document>() -> usize {
    let (compiled_log, read_log) = (Captured::default(), Captured::default());
    let lines = |captured: &Captured| JsonLines::new(captured.clone(), 1 << 24).unwrap().with_replay_fields();
    let clock = || Arc::new(ManualClock::at(NOW));
    let options = Options::new().realm("a \"b\"").clock(clock()).log(lines(&compiled_log));
    let compiled = Entry::<D, _, _>::new(Secrets, Organizations, options);
    let options = run_time::Options::new().realm("a \"b\"").clock(clock()).log(Arc::new(lines(&read_log)));
    let read = at_run_time::gate::<D>(Arc::new(Secrets), Arc::new(Organizations), options);
    let (mut count, allow) = (0, "GET, POST".parse().unwrap());
    for request in requests() {
        let told = format!("{:?} {:?}", request.uri, request.headers);
        for (index, operation) in Policy::<D>::new().operations().enumerate() {
            let own = read.policy().rules().operation(index).unwrap();
            assert_eq!((own.method(), own.template()), (operation.method(), operation.template()));
            let head = at(operation, &request);
            let (expected, found) = (compiled.admit(operation, &request).await, read.admit(own, &head).await);
            match (expected, found) {
                (Ok(mut admitted), Ok(found)) => {
                    let allowed = admitted.take_allowed().unwrap();
                    let caller = allowed.principal();
                    let subject = found.caller.as_ref().map(|caller| caller.subject().to_owned());
                    assert_eq!(subject.as_deref(), caller.subject(), "{operation} {told}");
                }
                (Err(expected), Err(found)) => assert_eq!(seen(&found), seen(&expected), "{operation} {told}"),
                (expected, found) => panic!("{operation} {told}: {expected:?} and {found:?}"),
            }
            count += 1;
        }
        for path in ["/v1/none", "/", "/elsewhere", "//v1/x"] {
            let mut head = common::parts(path, &[]);
            head.headers = request.headers.clone();
            assert_eq!(seen(&read.not_found(&head).await), seen(&compiled.not_found(&head).await), "{path} {told}");
        }
        assert_eq!(
            seen(&read.method_not_allowed(&request, &allow).await),
            seen(&compiled.method_not_allowed(&request, &allow).await)
        );
        let get = Policy::<D>::new().operations().find(|operation| operation.method() == "GET").unwrap();
        let has_head = Policy::<D>::new().operation("HEAD", get.template()).is_some();
        if !has_head {
            let own = read.policy().rules().operation(get.index()).unwrap();
            let allow = compiled.endpoint(get).allow().clone();
            let (expected, found) =
                (compiled.head(get, &request).await, read.admit_head(own, &at(get, &request), &allow).await);
            assert_eq!(seen(&found.unwrap_err()), seen(&expected), "HEAD {told}");
        }
    }
    drop((compiled, read));
    let (expected, found) = (compiled_log.text(), read_log.text());
    assert!(expected.lines().count() > count && !expected.contains("\"lost\""));
    for (expected, found) in expected.lines().zip(found.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), expected.lines().count());
    count
}

#[tokio::test]
async fn every_request_is_decided_answered_and_logged_as_by_the_compiled_guard() {
    assert!(compare::<common::Api>().await > 3000);
    assert!(compare::<several::Api>().await > 10_000);
    assert!(compare::<clinic::Api>().await > 2000);
}

#[tokio::test]
async fn a_line_has_what_a_replay_needs_where_somebody_asked_for_it() {
    let captured = Captured::default();
    let log = Arc::new(JsonLines::new(captured.clone(), 1 << 16).unwrap().with_replay_fields());
    let options = run_time::Options::new().clock(Arc::new(ManualClock::at(NOW))).log(log);
    let policy = at_run_time::policy::<common::Api>().with_name("files");
    let gate = run_time::Gate::new(policy, Arc::new(Organizations), options);
    let gate = gate.authenticator("OAuth2", Arc::new(Secrets)).unwrap();
    assert_eq!(gate.unhandled().collect::<Vec<_>>(), ["Key"]);
    let list = gate.policy().rules().operation(0).unwrap();
    for (target, token) in [
        ("/v1/files?limit=1&limit=2", "Bearer ali/files.read/x.y"),
        ("/v1/files?a%20b", "Bearer ali/meta.read"),
        ("/v1/files", "Bearer none/files.read"),
        ("/v1/files", "Bearer nothing"),
    ] {
        let _ = gate.admit(list, &common::parts(target, &[("authorization", token)])).await;
    }
    drop(gate);
    let lines: Vec<serde_json::Value> =
        captured.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (line, granted, enablement, names) in [
        (&lines[0], r#"{"OAuth2":"files:read"}"#, "enabled", r#"["limit","limit"]"#),
        (&lines[1], r#"{"OAuth2":"meta:read"}"#, "enabled", r#"["a b"]"#),
        (&lines[2], r#"{"OAuth2":"files:read"}"#, "not_enabled", "[]"),
        (&lines[3], "{}", "not_asked", "[]"),
    ] {
        let found =
            (line["granted"].to_string(), line["enablement"].as_str().unwrap(), line["query_names"].to_string());
        assert_eq!(found, (granted.to_owned(), enablement, names.to_owned()), "{line}");
        assert_eq!((&line["document"], &line["schema"]), (&"files".into(), &1.into()));
    }
}

#[tokio::test]
async fn shadow_mode_lets_through_what_it_covers_and_no_unknown_caller() {
    let policy = at_run_time::policy::<common::Api>();
    let covers = |method: &str, template: &str| (method, template) == ("GET", "/v1/files");
    let shadow = run_time::Shadow::new(policy.rules(), covers, "2027-06-30", "partners move").unwrap();
    assert_eq!(shadow.operations(), 1);
    let clock = Arc::new(ManualClock::at(NOW));
    let options = run_time::Options::new().clock(Arc::clone(&clock) as Arc<_>).shadow(shadow);
    let gate = run_time::Gate::new(policy, Arc::new(Organizations), options);
    let gate = gate.authenticator("OAuth2", Arc::new(Secrets)).unwrap();
    let ask = async |index: usize, token: &str| {
        let operation = gate.policy().rules().operation(index).unwrap();
        let allowed = gate.admit(operation, &common::parts("/x", &[("authorization", token)])).await;
        allowed
            .map(|allowed| (allowed.caller.is_some(), allowed.would_deny.map(|stage| stage.as_str())))
            .map_err(|answer| answer.status().as_u16())
    };
    assert_eq!(ask(0, "Bearer ali/").await, Ok((true, Some("scopes"))));
    assert_eq!(ask(0, "Bearer ali/files.read").await, Ok((true, None)));
    assert_eq!(ask(0, "Bearer nothing").await, Err(401), "authentication is enforced");
    assert_eq!(ask(1, "Bearer ali/").await, Err(403), "another operation");
    clock.advance(std::time::Duration::from_secs(400 * 86_400));
    assert_eq!(ask(0, "Bearer ali/").await, Err(403), "the day is over");
}
