//! What the gateway tells of itself: metrics, readiness, the decision log and traces.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::Value;

use super::running::{Folder, Gateway, ask, until};
use super::{POLICY, document};

fn folder() -> (Folder, String) {
    let folder = Folder::new();
    let key = folder.key(&["notes:read"]);
    folder.write("openapi.yaml", &document("notes:read"));
    (folder, key)
}

#[test]
fn metrics_count_decisions_by_policy_route_and_reason() {
    let (folder, key) = folder();
    let gateway = Gateway::start(&folder, POLICY);
    for (target, key) in [("/notes", Some(&*key)), ("/notes", None), ("/notes?x=1", Some(&*key)), ("/health", None)] {
        gateway.status("GET", target, key);
    }
    let text = gateway.metrics();
    for line in [
        "policy_decisions_total{policy=\"notes\",method=\"GET\",route=\"/notes\",decision=\"allow\"} 1",
        "policy_decisions_total{policy=\"notes\",method=\"GET\",route=\"/notes\",decision=\"deny\",stage=\"authentication\",reason=\"missing_credential\"} 1",
        "policy_decisions_total{policy=\"notes\",method=\"GET\",route=\"/health\",decision=\"allow\"} 1",
        "policy_gateway_decision_seconds_count 4",
        "policy_gateway_in_flight 0",
        "policy_gateway_store_up{store=\"main\"} 1",
        "policy_gateway_policy_operations{policy=\"notes\"} 2",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains(&key), "{text}");
    let page = include_str!("../../../docs/gateway.md");
    let named: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| `policy_")?.split('`').next()).collect();
    assert_eq!(named.len(), text.matches("# TYPE policy_").count(), "{named:?}\n{text}");
    for name in named {
        assert!(text.contains(&format!("# TYPE policy_{name} ")), "{name}\n{text}");
    }
    // A request without the dialect's headers is no question, and is denied.
    assert_ne!(ask(gateway.listener, "/notes", &[]).unwrap().status, 200);
    assert!(
        gateway.metrics().contains("policy_gateway_refused_total{listener=\"edge\",reason="),
        "{}",
        gateway.metrics()
    );
    assert_eq!(ask(gateway.admin, "/healthz", &[]).unwrap().body, "ok\n");
    assert_eq!(ask(gateway.admin, "/", &[]).unwrap().status, 404);
}

#[test]
fn an_upstream_is_told_who_calls_and_nothing_where_nobody_does() {
    let (folder, key) = folder();
    let gateway = Gateway::start(&folder, POLICY);
    let told = |answer: &super::running::Answer, name: &str| {
        let line = answer
            .head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with(name))
            .unwrap_or_else(|| panic!("{answer:?}"));
        line.split_once(':').unwrap().1.trim().to_owned()
    };
    let known = gateway.decide("GET", "/notes", Some(&key));
    assert_eq!(told(&known, "x-scopes:"), "notes:read");
    let nobody = gateway.decide("GET", "/health", None);
    assert_eq!((told(&nobody, "x-scopes:"), told(&nobody, "x-subject:")), (String::new(), String::new()));
}

#[test]
fn every_decision_is_a_line_of_json_and_none_is_lost_at_the_end() {
    let (folder, key) = folder();
    let log = "[log]\ndecisions-file = 'decisions.jsonl'\nreplay = true\n";
    let gateway = Gateway::start(&folder, &format!("{POLICY}{log}"));
    gateway.status("GET", "/notes", Some(&key));
    until("the line is written", || folder.read("decisions.jsonl").ends_with('\n').then_some(()));
    // What `logrotate` does: the file is renamed, and a signal opens it anew.
    fs::rename(folder.0.join("decisions.jsonl"), folder.0.join("decisions.1.jsonl")).unwrap();
    gateway.signal("HUP");
    gateway.until_counted("policy_gateway_reload_total{result=\"loaded\"} 2");
    for _ in 0..50 {
        gateway.status("GET", "/notes", None);
    }
    assert!(gateway.end().success());
    let lines =
        |name: &str| folder.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    let (first, others) = (lines("decisions.1.jsonl"), lines("decisions.jsonl"));
    assert_eq!((first.len(), others.len()), (1, 50));
    assert_eq!((&first[0]["decision"], &first[0]["route"]), (&"allow".into(), &"/notes".into()));
    assert_eq!(others[49]["reason"], "missing_credential");
    assert!(!folder.read("decisions.1.jsonl").contains(&key));
}

#[test]
fn a_denial_that_no_policy_decided_is_a_line_and_is_counted_with_its_reason() {
    let (folder, key) = folder();
    let gateway = Gateway::start(&folder, &format!("{POLICY}[log]\ndecisions-file = 'decisions.jsonl'\n"));
    assert_eq!(ask(gateway.listener, "/", &[]).unwrap().status, 400);
    assert_eq!(gateway.status("GET", "/notes#a", Some(&key)), 400);
    let metrics = gateway.metrics();
    assert!(gateway.end().success());
    let lines = folder.read("decisions.jsonl");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, reason) in lines.iter().zip(["malformed", "ill_formed_target"]) {
        let expected = serde_json::json!({
            "schema": 1, "unix_ms": line["unix_ms"], "decision": "deny", "listener": "edge", "reason": reason, "status": 400
        });
        assert_eq!(*line, expected);
        let count = format!("policy_gateway_refused_total{{listener=\"edge\",reason=\"{reason}\"}} 1");
        assert!(metrics.lines().any(|line| line == count), "{count}\n{metrics}");
    }
}

#[test]
fn connections_that_say_nothing_keep_no_probe_from_its_answer() {
    let (folder, _) = folder();
    let gateway = Gateway::start(&folder, POLICY);
    let mut silent: Vec<TcpStream> =
        (0..400).map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, gateway.admin)).unwrap()).collect();
    for path in ["/healthz", "/ready", "/metrics"] {
        let begin = Instant::now();
        assert_eq!(ask(gateway.admin, path, &[]).unwrap().status, 200);
        assert!(begin.elapsed() < Duration::from_secs(1), "{path} was answered after {:?}", begin.elapsed());
    }
    // The oldest were closed for it, and the youngest still have their place.
    let is_open = |stream: &mut TcpStream| {
        stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
        !matches!(stream.read(&mut [0]), Ok(0))
    };
    let open: Vec<bool> = silent.iter_mut().map(is_open).collect();
    assert!(!open[0] && open[399], "{open:?}");
}

#[test]
fn a_second_signal_cuts_off_what_is_in_flight() {
    let (folder, _) = folder();
    folder.write("secret", "secret");
    // Who would say whether a token is good says nothing.
    let issuer = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = issuer.local_addr().unwrap().port();
    let asked = format!(
        "[policies.schemes.Key.introspection]\nurl = 'http://127.0.0.1:{port}/'\nclient-id = 'a'\nclient-secret-file = 'secret'\n\
         audience = 'a'\nallow-loopback = true\n"
    );
    let rest = POLICY.replace("[policies.schemes.Key]\nstore = 'main'\n", &asked);
    let gateway = Gateway::start_edited(&folder, &rest, |text| {
        format!("drain-seconds = 60\n{}", text.replacen("dialect =", "timeout-ms = 30000\ndialect =", 1))
    });
    let listener = gateway.listener;
    thread::spawn(move || {
        let headers = [
            ("X-Forwarded-Method", "GET"),
            ("X-Forwarded-Uri", "/notes"),
            ("X-Forwarded-Host", "api.example.com"),
            ("X-Forwarded-Proto", "https"),
            ("Authorization", "Bearer a"),
        ];
        ask(listener, "/", &headers)
    });
    gateway.until_counted("policy_gateway_in_flight 1");
    gateway.signal("TERM");
    until("it drains", || (gateway.ready().status == 503).then_some(()));
    let begin = Instant::now();
    assert!(gateway.end().success());
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    assert!(folder.read("stderr").contains("asked again to end"), "{}", folder.read("stderr"));
}

#[cfg(feature = "otlp")]
#[test]
fn a_trace_has_the_route_and_is_below_the_proxys_span() {
    let (folder, key) = folder();
    let collector = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = collector.local_addr().unwrap().port();
    let (sent, got) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = collector.accept().unwrap();
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        // The collector's answer comes once the whole body is there.
        while !bytes.windows(11).any(|window| window == b"fingerprint") {
            let count = stream.read(&mut buffer).unwrap();
            assert_ne!(count, 0, "{}", String::from_utf8_lossy(&bytes));
            bytes.extend_from_slice(&buffer[..count]);
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        sent.send(bytes).unwrap();
    });
    let traces = format!("[traces]\nendpoint = 'http://127.0.0.1:{port}/v1/traces'\n");
    let gateway = Gateway::start(&folder, &format!("{POLICY}{traces}"));
    let (bearer, trace) = (format!("Bearer {key}"), "0af7651916cd43dd8448eb211c80319c");
    let headers = [
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Uri", "/notes"),
        ("X-Forwarded-Host", "api.example.com"),
        ("X-Forwarded-Proto", "https"),
        ("Authorization", &*bearer),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ];
    assert_eq!(ask(gateway.listener, "/", &headers).unwrap().status, 200);
    // At its end the gateway sends what waits.
    assert!(gateway.end().success());
    let bytes = got.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| panic!("{}", folder.read("stderr")));
    let has = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
    for text in ["POST /v1/traces", "http.route", "/notes", "policy.fingerprint", "decide GET /notes", "policy-gateway"]
    {
        assert!(has(text.as_bytes()), "{text}");
    }
    let id: Vec<u8> =
        (0..16).map(|at| u8::from_str_radix(trace.get(at * 2..at * 2 + 2).unwrap(), 16).unwrap()).collect();
    assert!(has(&id) && has(&[0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31]));
    assert!(!has(key.as_bytes()));
}
