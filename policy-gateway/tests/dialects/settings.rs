//! What is wrong with a listener's settings, all at once.

use std::time::Duration;

use http::HeaderName;
use policy_gateway::dialects::{AuthZen, Dialect, EnvoyGrpc, EnvoyHttp, EnvoyTarget, ForwardAuth, Nginx};
use policy_gateway::listener::{Address, BindError, Limits, Listener, ListenerSettings};

use crate::script::on_loopback;

fn told(settings: &ListenerSettings) -> Vec<String> {
    settings.faults().iter().map(|fault| format!("{}: {fault}", fault.setting)).collect()
}

#[test]
fn each_dialect_is_right_as_it_comes() {
    for (dialect, name, decision) in [
        (Dialect::EnvoyGrpc(EnvoyGrpc::default()), "envoy-grpc", 150),
        (
            Dialect::EnvoyHttp(EnvoyHttp { target: EnvoyTarget::Prefix("/check".into()), document: None }),
            "envoy-http",
            150,
        ),
        (Dialect::ForwardAuth(ForwardAuth::default()), "forward-auth", 3000),
        (Dialect::Nginx(Nginx::default()), "nginx", 3000),
        (Dialect::AuthZen(AuthZen { policy_decision_point: "https://pdp.example/a".into() }), "authzen", 3000),
    ] {
        assert_eq!(dialect.name(), name);
        assert_eq!(Limits::of(&dialect).decision, Duration::from_millis(decision));
        let connections = Limits::of(&dialect).connections;
        let descriptors = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
        assert_eq!(connections as u64, (descriptors / 4).min(4096));
        let local = Address::Unix { path: "socket".into(), mode: Address::DEFAULT_MODE };
        assert!(local.is_local());
        assert_eq!(told(&ListenerSettings::new("front", local, dialect)), Vec::<String>::new());
    }
    assert!(Address::Tcp("[::1]:1".parse().unwrap()).is_local());
    assert!(!Address::Tcp("0.0.0.0:1".parse().unwrap()).is_local());
}

#[test]
fn each_fault_names_its_setting() {
    let named = |name: &'static str| Some(HeaderName::from_static(name));
    let forward = |name| Dialect::ForwardAuth(ForwardAuth { document: named(name) });
    let envoy =
        |prefix: &str| Dialect::EnvoyHttp(EnvoyHttp { target: EnvoyTarget::Prefix(prefix.into()), document: None });
    let authzen = |identifier: &str| Dialect::AuthZen(AuthZen { policy_decision_point: identifier.into() });
    for (dialect, expected) in [
        (
            Dialect::EnvoyGrpc(EnvoyGrpc { document: String::new() }),
            "dialect.document: the key in `context_extensions` is empty",
        ),
        (forward("x_policy"), "dialect.document: `x_policy` has a `_`"),
        (forward("authorization"), "dialect.document: `authorization` has a meaning of its own"),
        (forward("x-forwarded-for"), "dialect.document: `x-forwarded-for` has a meaning of its own"),
        (
            Dialect::Nginx(Nginx { host: named("host"), document: None }),
            "dialect.host: `host` has a meaning of its own",
        ),
        (
            Dialect::Nginx(Nginx { host: named("x-a"), document: named("x-a") }),
            "dialect.document: `x-a` is told for two things",
        ),
        (
            Dialect::EnvoyHttp(EnvoyHttp {
                target: EnvoyTarget::Header(HeaderName::from_static("cookie")),
                document: None,
            }),
            "dialect.path_header: `cookie` has a meaning of its own",
        ),
        (
            envoy("check"),
            "dialect.path_prefix: `check` cannot be the `path_prefix` of Envoy's http_service: it begins with `/`",
        ),
        (
            envoy("/check/"),
            "dialect.path_prefix: `/check/` cannot be the `path_prefix` of Envoy's http_service: leave out the last `/`",
        ),
        (
            envoy("/"),
            "dialect.path_prefix: `/` cannot be the `path_prefix` of Envoy's http_service: leave out the last `/`",
        ),
        (envoy("/a?b"), "dialect.path_prefix: `/a?b` cannot be"),
        (envoy("/a%62"), "dialect.path_prefix: `/a%62` cannot be"),
        (
            authzen("http://a"),
            "dialect.policy_decision_point: `http://a` cannot identify a policy decision point (AuthZEN 1.0, section 9.1): it begins with `https://`",
        ),
        (authzen("a"), "dialect.policy_decision_point: `a` cannot identify"),
        (authzen(""), "dialect.policy_decision_point: `` cannot identify"),
        (authzen("https://a/"), "dialect.policy_decision_point: `https://a/` cannot identify"),
        (authzen("https://a/b?c"), "dialect.policy_decision_point: `https://a/b?c` cannot identify"),
        (authzen("https://a/b#c"), "dialect.policy_decision_point: `https://a/b#c` cannot identify"),
        (authzen("https://a@b"), "dialect.policy_decision_point: `https://a@b` cannot identify"),
    ] {
        let faults = told(&on_loopback(dialect));
        assert!(matches!(&faults[..], [one] if one.starts_with(expected)), "{faults:?}, and not {expected}");
    }
}

#[tokio::test]
async fn all_faults_are_told_at_once_and_nothing_is_opened() {
    let nothing = Limits {
        decision: Duration::ZERO,
        concurrency: 0,
        connections: 0,
        head: Duration::MAX,
        idle: Duration::ZERO,
        head_bytes: 1,
        body_bytes: 0,
        evaluations: usize::MAX,
        drain: Duration::MAX,
    };
    let address = Address::Unix { path: "a".repeat(107).into(), mode: 0o1000 };
    let mut settings = ListenerSettings::new("", address, Dialect::EnvoyGrpc(EnvoyGrpc { document: String::new() }));
    settings.limits = nothing;
    let faults: Vec<_> = settings.faults().iter().map(|fault| fault.setting).collect();
    assert_eq!(
        faults,
        [
            "name",
            "address",
            "mode",
            "limits.decision",
            "limits.head",
            "limits.idle",
            "limits.drain",
            "limits.concurrency",
            "limits.connections",
            "limits.body_bytes",
            "limits.evaluations",
            "limits.head_bytes",
            "dialect.document"
        ]
    );
    match Listener::bind(settings.clone()).await {
        Err(BindError::Settings(told)) => assert_eq!(told, settings.faults()),
        _ => panic!("it is bound"),
    }
}
