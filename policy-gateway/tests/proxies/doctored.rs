//! The doctor before the real proxies: clean with each ready configuration, and not with what breaks one.

use clap::Parser as _;
use policy_gateway::doctor::{Code, Doctor, Report};

use crate::programs::{ALL, Ports, Proxy, programs};

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    doctor: Doctor,
}

fn examine(proxy: Proxy, edits: &[(&str, &str)]) -> Option<Report> {
    examine_with(proxy, edits, &[])
}

fn examine_with(proxy: Proxy, edits: &[(&str, &str)], options: &[&str]) -> Option<Report> {
    let programs = programs()?;
    let ports = Ports::free();
    let _running = proxy.start(&programs, ports, edits);
    let (echo, authorizer) = (ports.service().to_string(), ports.authorizer().to_string());
    let url = format!("http://{}/v1", ports.proxy());
    let line = [
        "doctor",
        &url,
        "--echo",
        &echo,
        "--authorizer",
        &authorizer,
        "--dialect",
        proxy.dialect(),
        "--route",
        "/admin/",
    ];
    let doctor = Line::parse_from(line.iter().chain(options)).doctor;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut report = runtime.block_on(doctor.examine()).unwrap_or_else(|error| panic!("{}: {error}", proxy.name()));
    report.proxy = proxy.name().to_owned();
    for check in &mut report.checks {
        check.target = check.target.replace(&ports.proxy().to_string(), "127.0.0.1:8080");
    }
    Some(report)
}

#[test]
fn each_ready_configuration_is_clean() {
    for (proxy, report) in at_once(&ALL.map(|proxy| (proxy, [].as_slice()))) {
        assert_eq!(report.count(), 0, "{}", report.to_text());
        insta::assert_snapshot!(format!("doctor_{}", proxy.name()), report.to_text());
    }
}

/// The reports of all of them. Most of their time is spent in waiting for a proxy that waits.
fn at_once<'e>(cases: &[(Proxy, &'e [(&'e str, &'e str)])]) -> Vec<(Proxy, Report)> {
    let mut reports = Vec::new();
    for some in cases.chunks(5) {
        std::thread::scope(|scope| {
            let running: Vec<_> =
                some.iter().map(|(proxy, edits)| (*proxy, scope.spawn(|| examine(*proxy, edits)))).collect();
            for (proxy, report) in running {
                reports.extend(report.join().unwrap().map(|report| (proxy, report)));
            }
        });
    }
    reports
}

/// Each proxy with what lets it speak HTTP/2 without TLS.
const BY_HTTP2: &[(Proxy, &[(&str, &str)])] = &[
    (Proxy::EnvoyGrpc, &[]),
    (Proxy::EnvoyHttp, &[]),
    (Proxy::Traefik, &[]),
    (Proxy::Caddy, &[("\tadmin off\n", "\tadmin off\n\tservers {\n\t\tprotocols h1 h2c\n\t}\n")]),
    (Proxy::Nginx, &[("listen 127.0.0.1:8080;", "listen 127.0.0.1:8080;\n        http2 on;")]),
];

/// What HTTP/1.1 does not let through, Envoy takes by HTTP/2 and tells its authorizer with other bytes.
#[test]
fn a_path_that_envoy_tells_otherwise_than_it_forwards_is_found_by_http2() {
    let edit = (", headers: [{ name: \":path\", string_match: { safe_regex: { regex: \"[!-~]*\" } } }] }", " }");
    let Some(report) = examine_with(Proxy::EnvoyHttp, &[edit], &["--http2"]) else { return };
    let found: Vec<_> = report.checks.iter().filter(|check| !check.findings.is_empty()).collect();
    assert!(found.iter().any(|check| check.target == "/v1/aÿ"), "{}", report.to_text());
    assert!(found.iter().flat_map(|check| &check.findings).all(|finding| finding.code == Code::TargetDiffers));
}

#[test]
fn each_ready_configuration_is_clean_by_http2_too() {
    std::thread::scope(|scope| {
        for (proxy, edits) in BY_HTTP2 {
            scope.spawn(|| {
                let Some(report) = examine_with(*proxy, edits, &["--http2"]) else { return };
                let arrived = report.checks.iter().filter(|check| check.service.is_some()).count();
                assert!(report.count() == 0 && arrived > 60, "{}", report.to_text());
            });
        }
    });
}

#[test]
fn the_documented_router_lets_a_websocket_through_traefik_and_nothing_beside_it() {
    let page = include_str!("../../../docs/gateway/traefik/README.md");
    let block = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let (router, middleware) = block.split_once("  middlewares:\n").unwrap();
    let (router, middleware) = (format!("{router}  middlewares:\n"), format!("{middleware}    policy-gateway:\n"));
    let edits = [("  middlewares:\n", &*router), ("    policy-gateway:\n", &*middleware)];
    let Some(report) = examine(Proxy::Traefik, &edits) else { return };
    assert_eq!(report.count(), 0, "{}", report.to_text());
    let is_websocket =
        |check: &&policy_gateway::doctor::Check| check.fields.contains("Upgrade: websocket, Sec-WebSocket");
    let check = report.checks.iter().find(is_websocket).unwrap();
    let upgrade: Vec<_> =
        check.service.as_ref().unwrap().headers.iter().filter(|(name, _)| name == "upgrade").collect();
    assert!(upgrade.len() == 1 && upgrade[0].1 == "websocket", "{upgrade:?}");
}

/// A proxy, what is replaced in its configuration, and what the doctor says of it.
type Mistake = (Proxy, &'static [(&'static str, &'static str)], Code);

const MISTAKES: &[Mistake] = &[
    (Proxy::EnvoyGrpc, &[("failure_mode_allow: false", "failure_mode_allow: true")], Code::FailsOpen),
    (Proxy::EnvoyHttp, &[("failure_mode_allow: false", "failure_mode_allow: true")], Code::FailsOpen),
    (
        Proxy::EnvoyGrpc,
        &[("failure_mode_allow: false", "failure_mode_allow: false\n              shadow_mode: true")],
        Code::DenialIgnored,
    ),
    (
        Proxy::EnvoyGrpc,
        &[(
            "              routes:\n",
            "              routes:\n              - match: { prefix: /admin/ }\n                route: { cluster: service }\n                typed_per_filter_config:\n                  envoy.filters.http.ext_authz:\n                    \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute\n                    disabled: true\n",
        )],
        Code::NotAsked,
    ),
    (Proxy::EnvoyGrpc, &[("encode_raw_headers: true", "encode_raw_headers: false")], Code::CredentialDiffers),
    (Proxy::EnvoyGrpc, &[("                - remove: x-original-uri\n", "")], Code::HeaderForged),
    (Proxy::EnvoyGrpc, &[("REJECT_REQUEST", "ALLOW")], Code::HeaderForged),
    (
        Proxy::EnvoyGrpc,
        &[("route: { cluster: service, timeout: 15s }", "route: { cluster: service, prefix_rewrite: /v2/ }")],
        Code::TargetDiffers,
    ),
    (Proxy::EnvoyHttp, &[("                    - exact: x-subject\n", "")], Code::HeaderForged),
    (
        Proxy::Traefik,
        &[
            ("trustForwardHeader: false", "trustForwardHeader: true"),
            ("insecure: false", "insecure: true"),
            ("          X-Forwarded-Uri: \"\"\n", ""),
        ],
        Code::TargetDiffers,
    ),
    (Proxy::Traefik, &[("          Upgrade: \"\"\n", "")], Code::TunnelOpens),
    (Proxy::Traefik, &[("X-Subject, ", "")], Code::HeaderForged),
    (Proxy::Traefik, &[("          X_Subject: \"\"\n", "")], Code::HeaderForged),
    (Proxy::Caddy, &[("copy_headers X-Subject", "copy_headers")], Code::HeaderForged),
    (Proxy::Caddy, &[("\t\trespond @tunnel 400\n", "")], Code::TunnelOpens),
    (Proxy::Caddy, &[("\t\trequest_header @websocket Upgrade websocket\n", "")], Code::TunnelOpens),
    (Proxy::Caddy, &[("\t\treverse_proxy", "\t\turi strip_prefix /v1\n\t\treverse_proxy")], Code::TargetDiffers),
    (Proxy::Caddy, &[("\t\trequest_header -X-Rewrite-Url\n", "")], Code::HeaderForged),
    (Proxy::Nginx, &[("proxy_pass http://service;", "proxy_pass http://service/;")], Code::TargetDiffers),
    (Proxy::Nginx, &[("proxy_set_header X-Original-URI $request_uri;", "")], Code::TargetDiffers),
    (
        Proxy::Nginx,
        &[("error_page 500 = @unavailable;", "error_page 500 = @open; location @open { proxy_pass http://service; }")],
        Code::FailsOpen,
    ),
    (Proxy::Nginx, &[("underscores_in_headers off", "underscores_in_headers on")], Code::HeaderForged),
    (Proxy::Nginx, &[("            proxy_set_header X-Subject $policy_subject;\n", "")], Code::HeaderForged),
];

#[test]
fn each_mistake_is_found() {
    let cases: Vec<_> = MISTAKES.iter().map(|(proxy, edits, _)| (*proxy, *edits)).collect();
    let mut missed = Vec::new();
    for ((_, report), (_, edits, code)) in at_once(&cases).iter().zip(MISTAKES) {
        if !report.checks.iter().flat_map(|check| &check.findings).any(|finding| finding.code == *code) {
            missed.push(format!("{edits:?} is not {}:\n{}", code.name(), report.to_text()));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}
