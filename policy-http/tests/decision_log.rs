//! Every decision reaches the log, once and in few words, whatever the sink; no credential ever does.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod entry;

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use common::{Api, Captured, Tokens, operation, parts};
use entry::Entry;
use policy_core::{OperationSet, Principal, Stage};
use policy_http::{Counters, EnableAll, FromSet, JsonLines, ManualClock, Options, Verdict};
use serde_json::Value;

/// 2027-06-30, 12:00 UTC.
const NOON: u64 = 1_814_356_800;

#[tokio::test]
async fn a_line_says_who_what_and_why_and_no_secret() {
    let lines = Captured::default();
    let json = Arc::new(JsonLines::new(lines.clone(), 1 << 16).unwrap());
    let options = || Options::new().clock(ManualClock::at(NOON)).log(Arc::clone(&json));
    let gate = Entry::new(Tokens, EnableAll, options());
    let (list, delete) = (operation("GET", "/v1/files"), operation("DELETE", "/v1/files/{id}"));
    let long = format!("Bearer {}/files.read", "s".repeat(300));
    for (operation, target, token) in [
        (list, "/v1/files?limit=1", "Bearer ali/files.read"),
        (delete, "/v1/files/secret-path", "Bearer ali/files.read"),
        (list, "/v1/files?a%0A%22=1", "Bearer ali/files.read"),
        (list, "/v1/files", "Bearer sesame"),
        (list, "/v1/files", &long),
    ] {
        let _ = gate.admit(operation, &parts(target, &[("authorization", token)])).await;
    }
    let _ = gate.not_found(&parts("/v1/nowhere-secret", &[])).await;
    let pending = Entry::pending(Tokens, EnableAll, options());
    let _ = pending.admit(list, &parts("/v1/files", &[("authorization", "Bearer ali/files.read")])).await;
    drop((gate, pending, json));

    let text = lines.text();
    for secret in ["sesame", "secret", "Bearer", "ali/"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(
        text.lines().nth(1).unwrap(),
        r#"{"schema":1,"unix_ms":1814356800000,"decision":"deny","method":"DELETE","route":"/v1/files/{id}","stage":"scopes","reason":"insufficient_scope","status":403,"missing_scopes":"files:write","credential_id":"id-ali","subject":"ali","tenant":"org-ali","latency_us":0,"fingerprint":"0123456789abcdef"}"#
    );
    assert_eq!(lines[0]["decision"], "allow");
    assert_eq!(lines[2]["query_key"], "a\\n\"");
    assert_eq!(lines[3]["reason"], "invalid_credential");
    assert!(lines[3].get("subject").is_none());
    assert_eq!(lines[4]["subject"].as_str().unwrap().chars().count(), 129);
    assert_eq!((&lines[5]["reason"], lines[5].get("route")), (&Value::from("missing_credential"), None));
    assert_eq!(lines[6]["reason"], "operation_pending");
}

/// The page that describes a line is complete.
#[tokio::test]
async fn the_page_has_every_member_of_a_line_and_no_other() {
    let lines = Captured::default();
    let json = JsonLines::new(lines.clone(), 1 << 16).unwrap().with_replay_fields();
    let gate = Entry::new(Tokens, EnableAll, Options::new().clock(ManualClock::at(NOON)).log(json));
    let many: String = (0..65).map(|name| format!("&n{name}")).collect();
    for (operation, target, token) in [
        (operation("GET", "/v1/files"), format!("/v1/files?limit{many}"), "Bearer ali/files.read"),
        (operation("DELETE", "/v1/files/{id}"), "/v1/files/7".to_owned(), "Bearer ali/files.read"),
    ] {
        let _ = gate.admit(operation, &parts(&target, &[("authorization", token)])).await;
    }
    drop(gate);
    let mut members: Vec<String> = lines
        .text()
        .lines()
        .flat_map(|line| serde_json::from_str::<serde_json::Map<String, Value>>(line).unwrap())
        .map(|(name, _)| name)
        // Only a ready authenticator names a fault, and only a gateway has documents.
        .chain(["fault", "document"].map(str::to_owned))
        .collect();
    members.sort();
    members.dedup();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/decision-log.md")).unwrap();
    // What no policy decided has members of its own, which the gateway tests.
    let sections = page.split("\n## ").filter(|section| !section.starts_with("What no policy decided"));
    let mut described: Vec<&str> =
        sections.flat_map(str::lines).filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    described.sort_unstable();
    assert_eq!(members, described);
}

#[tokio::test]
async fn a_known_caller_who_asks_for_nothing_that_exists_is_in_every_log() {
    let (lines, counters) = (Captured::default(), Arc::new(Counters::<Api>::new()));
    let json = JsonLines::new(lines.clone(), 1 << 16).unwrap();
    let written = Captured::default();
    let traced = written.clone();
    let subscriber = tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(move || traced.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let log = (policy_http::Tracing, Arc::clone(&counters), json);
    let gate = Entry::new(Tokens, EnableAll, Options::new().clock(ManualClock::at(NOON)).log(log));
    let known = ("authorization", "Bearer ali/files.read");
    let allow = "GET".parse().unwrap();
    let _ = gate.not_found(&parts("/v1/secret-path", &[known])).await;
    let _ = gate.method_not_allowed(&common::request("FROB", "/v1/files", &[known]), &allow).await;
    let list = operation("GET", "/v1/files");
    let _ = gate.head(list, &parts("/v1/files", &[known])).await;
    // What lies outside of the base path is not the policy's, and nobody was asked who calls.
    let _ = gate.not_found(&parts("/elsewhere", &[known])).await;
    drop(gate);

    let who = r#""credential_id":"id-ali","subject":"ali","tenant":"org-ali","latency_us":0,"fingerprint":"0123456789abcdef"}"#;
    assert_eq!(
        lines.text(),
        format!(
            r#"{{"schema":1,"unix_ms":1814356800000,"decision":"deny","reason":"not_found","status":404,{who}
{{"schema":1,"unix_ms":1814356800000,"decision":"deny","reason":"method_not_allowed","status":405,{who}
{{"schema":1,"unix_ms":1814356800000,"decision":"deny","method":"GET","route":"/v1/files","reason":"method_not_allowed","status":405,{who}
"#
        )
    );
    let found: Vec<_> =
        counters.counts().map(|count| (count.operation, count.stage, count.reason, count.number)).collect();
    assert_eq!(
        found,
        [
            (Some(list), None, Some("method_not_allowed"), 1),
            (None, None, Some("not_found"), 1),
            (None, None, Some("method_not_allowed"), 1),
        ]
    );
    assert!(counters.prometheus().to_string().contains(r#"total{decision="deny",reason="not_found"} 1"#));
    let traced = written.text();
    assert_eq!(traced.lines().count(), 3, "{traced}");
    assert!(traced.contains(r#"reason="not_found" status=404"#) && !traced.contains("secret"), "{traced}");
}

/// A writer that waits for leave at each write.
struct Slow {
    leave: Receiver<()>,
    asked: Sender<()>,
    lines: Captured,
}

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.asked.send(()).unwrap();
        self.leave.recv().unwrap();
        self.lines.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_slow_writer_costs_lines_and_never_a_wait_and_the_log_says_how_many() {
    let (give, leave) = channel();
    let (asked, wait) = channel();
    let lines = Captured::default();
    let json = Arc::new(JsonLines::new(Slow { leave, asked, lines: lines.clone() }, 1000).unwrap());
    let gate = Entry::new(Tokens, EnableAll, Options::new().log(Arc::clone(&json)));
    let known = parts("/v1/files", &[("authorization", "Bearer ali/files.read")]);
    let list = operation("GET", "/v1/files");
    assert!(gate.admit(list, &known).await.is_ok());
    // The writer holds the first line and does not come back; requests go on.
    wait.recv().unwrap();
    for _ in 0..50 {
        assert!(gate.admit(list, &known).await.is_ok());
    }
    let lost = json.lost();
    assert!(lost > 40, "{lost}");
    drop(gate);
    for _ in 0..16 {
        let _ = give.send(());
    }
    drop(Arc::into_inner(json).unwrap());
    let text = lines.text();
    assert!(text.ends_with(&format!("{{\"lost\":{lost}}}\n")), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains("\"allow\"")).count() as u64 + lost, 51);
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{text}");
}

struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_writer_that_fails_and_a_line_that_fits_nowhere_are_counted() {
    let known = parts("/v1/files", &[("authorization", "Bearer ali/files.read")]);
    for (bytes, writes_fail) in [(4096, true), (10, false)] {
        let json = Arc::new(if writes_fail {
            JsonLines::new(Broken, bytes).unwrap()
        } else {
            JsonLines::new(Captured::default(), bytes).unwrap()
        });
        let gate = Entry::new(Tokens, EnableAll, Options::new().log(Arc::clone(&json)));
        assert!(gate.admit(operation("GET", "/v1/files"), &known).await.is_ok());
        drop(gate);
        while json.lost() == 0 {
            std::thread::yield_now();
        }
        assert_eq!(json.lost(), 1);
    }
}

#[tokio::test]
async fn counters_count_by_operation_outcome_stage_and_reason() {
    let counters = Arc::new(Counters::<Api>::new());
    let enablement = FromSet(|caller: &Principal<Api>| {
        Ok(if caller.subject() == Some("eve") { OperationSet::EMPTY } else { OperationSet::all() })
    });
    let gate = Entry::new(Tokens, enablement, Options::new().log((policy_http::Tracing, Arc::clone(&counters))));
    let (list, delete) = (operation("GET", "/v1/files"), operation("DELETE", "/v1/files/{id}"));
    for (operation, token, times) in
        [(list, "ali/files.read", 3), (list, "nobody", 2), (delete, "ali/files.read", 1), (delete, "eve/files.read", 4)]
    {
        for _ in 0..times {
            let header = format!("Bearer {token}");
            let _ = gate.admit(operation, &parts("/", &[("authorization", &header)])).await;
        }
    }
    let _ = gate.method_not_allowed(&parts("/v1/files", &[]), &"GET".parse().unwrap()).await;
    let found: Vec<_> = counters
        .counts()
        .map(|count| (count.operation, count.verdict, count.stage, count.reason, count.number))
        .collect();
    assert_eq!(
        found,
        [
            (Some(list), Verdict::Allow, None, None, 3),
            (Some(list), Verdict::Deny, Some(Stage::Authentication), Some("invalid_credential"), 2),
            (Some(delete), Verdict::Deny, Some(Stage::Enablement), Some("route_not_enabled"), 4),
            (Some(delete), Verdict::Deny, Some(Stage::Scopes), Some("insufficient_scope"), 1),
            (None, Verdict::Deny, Some(Stage::Authentication), Some("missing_credential"), 1),
        ]
    );
    assert_eq!(
        counters.prometheus().to_string(),
        r#"# HELP policy_decisions_total Decisions of the scope policy.
# TYPE policy_decisions_total counter
policy_decisions_total{method="GET",route="/v1/files",decision="allow"} 3
policy_decisions_total{method="GET",route="/v1/files",decision="deny",stage="authentication",reason="invalid_credential"} 2
policy_decisions_total{method="DELETE",route="/v1/files/{id}",decision="deny",stage="enablement",reason="route_not_enabled"} 4
policy_decisions_total{method="DELETE",route="/v1/files/{id}",decision="deny",stage="scopes",reason="insufficient_scope"} 1
policy_decisions_total{decision="deny",stage="authentication",reason="missing_credential"} 1
"#
    );
}
