//! Shadow mode is named where an operator looks. Alone in its process: which events are of interest is the process's.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
mod entry;

use common::{Api, Captured, Tokens, operation, parts};
use entry::Entry;
use policy_core::OperationSet;
use policy_http::{EnableAll, JsonLines, ManualClock, Options, Shadow, Tracing};

/// 2027-06-30, 12:00 UTC.
const NOON: u64 = 1_814_356_800;

#[tokio::test]
async fn the_log_the_start_and_the_audit_name_the_mode() {
    let (events, lines) = (Captured::default(), Captured::default());
    let writer = events.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let json = JsonLines::new(lines.clone(), 4096).unwrap();
    let options = Options::new()
        .clock(ManualClock::at(NOON))
        .shadow(Shadow::new(OperationSet::all(), "2027-06-30", "partners move").unwrap())
        .log((Tracing, json));
    let audit = options.audit().to_string();
    assert!(
        audit.contains("SHADOW MODE  denials at enablement, scopes, query are not enforced until 2027-06-30"),
        "{audit}"
    );
    assert!(!Options::<Api>::new().audit().to_string().contains("SHADOW"));

    let gate = Entry::new(Tokens, EnableAll, options);
    let known = parts("/v1/files/1", &[("authorization", "Bearer ali/files.read")]);
    assert!(gate.admit(operation("DELETE", "/v1/files/{id}"), &known).await.is_ok());
    drop(gate);
    let events = events.text();
    assert!(
        events.contains("WARN policy: shadow mode is on: denials are logged and not enforced operations=5"),
        "{events}"
    );
    assert!(
        events.contains("WARN policy: shadow mode let a request through that is to be denied decision=\"would-deny\""),
        "{events}"
    );
    let lines = lines.text();
    assert!(
        lines.contains(r#""decision":"would-deny","method":"DELETE","route":"/v1/files/{id}","stage":"scopes""#),
        "{lines}"
    );
}
