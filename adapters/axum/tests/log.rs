//! One event a decision, with what an operator needs and without any credential.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io;
use std::sync::{Arc, Mutex};

use common::{Runs, ask, guard_of};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_credential_is_in_the_log_and_every_decision_is() {
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let router = guard_of!(enablement_first).with_state(Runs::default());
    for (target, key) in [
        ("/v1/items", "sesame1~items.read"),
        ("/v1/items", "sesame2~"),
        ("/v1/items", "sesame3"),
        ("/v1/items", "sesame4 malformed"),
        ("/v1/none/sesame5", "sesame5~"),
        ("/v1/items?sesame6%0Anew=1", "sesame6~items.read"),
    ] {
        let answer = ask(&router, "GET", target, Some(key)).await;
        assert!(!answer.body.contains(key) && !answer.header("www-authenticate").contains(key));
    }
    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    // The subject is the public part of these keys; what follows the `~` is not.
    for secret in ["sesame1~", "sesame2~", "sesame3", "sesame4", "sesame5~", "none/", "sesame6~"] {
        assert!(!log.contains(secret), "{secret} in\n{log}");
    }
    for expected in [
        "decision=\"allow\" http.request.method=\"GET\" http.route=\"/v1/items\" credential_id=id-sesame1 tenant=org-sesame1 fingerprint=\"00000000000items\"",
        "stage=\"scopes\" reason=\"insufficient_scope\" status=403 missing_scopes=items:read credential_id=id-sesame2",
        "stage=\"authentication\" reason=\"invalid_credential\"",
        "stage=\"authentication\" reason=\"malformed_credential\"",
        "decision=\"deny\" reason=\"not_found\" status=404 credential_id=id-sesame5",
        "stage=\"query\" reason=\"unsupported_query_parameter\"",
    ] {
        assert!(log.contains(expected), "{expected}\nnot in\n{log}");
    }
    assert_eq!(log.lines().count(), 6, "{log}");
}
