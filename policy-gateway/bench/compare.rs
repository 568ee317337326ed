//! Envoy with the gateway, Envoy with an authorizer that allows everything, and Cerbos.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::load::{Asked, Measured, all_out, paced};
use crate::process::{Folder, Process, free};
use crate::{calls, floor, keys};

#[derive(clap::Args)]
pub(crate) struct Compare {
    /// The folder that `policy-gateway/tests/proxies/install` made.
    #[arg(long, default_value = "target/proxies")]
    proxies: PathBuf,
    /// The program of Cerbos. Without it, Cerbos is left out.
    #[arg(long)]
    cerbos: Option<PathBuf>,
    /// How often each is measured. The figures are medians.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each is measured, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many connections ask.
    #[arg(long, default_value_t = 16)]
    connections: usize,
}

/// A server under load.
struct Peer {
    name: &'static str,
    address: SocketAddr,
    asked: Vec<Asked>,
    all_out: Vec<Measured>,
    half: Vec<Measured>,
}

impl Peer {
    fn new(name: &'static str, address: SocketAddr, asked: Vec<Asked>) -> Self {
        Self { name, address, asked, all_out: Vec::new(), half: Vec::new() }
    }
}

/// What is asked: the method, the path, its template, and whether a caller with `items:read` may.
pub(crate) const OPERATIONS: [(&str, &str, &str, bool); 4] = [
    ("GET", "/v1/items/7", "/items/{id}", true),
    ("GET", "/v1/items", "/items", true),
    ("GET", "/v1/report", "/report", true),
    ("DELETE", "/v1/items/7", "/items/{id}", false),
];

impl Compare {
    pub(crate) fn run(&self) {
        let folder = Folder::new();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (store, key) = runtime.block_on(async {
            let store = keys::open(&folder.path().join("keys.sqlite"), &["items:read"]).await;
            let (_, key) = keys::issue(&store, &["items:read"]).await;
            (store, key)
        });
        let (grpc, authzen, service, allows, knows) = (free(), free(), free(), free(), free());
        configure(&folder, grpc, authzen);
        floor::service(service);
        let _gateway = Process::gateway(&folder, grpc);
        let prepared = Folder::new();
        runtime.block_on(calls::keep_answers(grpc, &key, prepared.path()));
        let _floors = [floor::start(allows, None, ""), floor::start(knows, Some(prepared.path()), "")];
        let (before_floor, _floor) = self.envoy(service, allows);
        let (before_prepared, _prepared) = self.envoy(service, knows);
        let (before_gateway, _envoy) = self.envoy(service, grpc);
        let mut peers = vec![
            Peer::new("Envoy, allows everything", before_floor, through_envoy(&key, true)),
            Peer::new("Envoy, prepared answers", before_prepared, through_envoy(&key, false)),
            Peer::new("Envoy, policy-gateway", before_gateway, through_envoy(&key, false)),
            Peer::new("policy-gateway, AuthZEN", authzen, by_authzen(gateway_question)),
        ];
        let _cerbos = self.cerbos.as_ref().map(|program| {
            let (process, address, folder) = cerbos(program);
            peers.push(Peer::new("Cerbos, AuthZEN", address, by_authzen(cerbos_question)));
            (process, folder)
        });
        self.measure(&mut peers);
        print(&peers);
        runtime.block_on(store.close());
    }

    fn envoy(&self, service: SocketAddr, authorizer: SocketAddr) -> (SocketAddr, (Process, Folder)) {
        let folder = Folder::new();
        let listening = free();
        let ready = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gateway/envoy-grpc/envoy.yaml");
        let ports = [("8080", listening), ("9000", service), ("9191", authorizer)];
        let text = fs::read_to_string(ready).unwrap();
        let text = ports.iter().fold(text, |text, (known, address)| text.replace(known, &address.port().to_string()));
        folder.replace("envoy.yaml", &text);
        // A path of the command line starts where cargo was called, and not in this folder.
        let folder_of_wheels = fs::canonicalize(&self.proxies).unwrap_or_else(|error| {
            panic!("{}: {error}: run policy-gateway/tests/proxies/install", self.proxies.display())
        });
        let mut envoy = Command::new(folder_of_wheels.join("programs/envoy"));
        envoy.args(["-c", "envoy.yaml", "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]);
        envoy.current_dir(folder.path());
        (listening, (Process::start(envoy, listening), folder))
    }

    /// Each in turn, round after round, so that what else the machine does falls on all of them.
    fn measure(&self, peers: &mut [Peer]) {
        let time = Duration::from_secs(self.seconds);
        for peer in peers.iter() {
            all_out(peer.address, &peer.asked, self.connections, Duration::from_secs(1));
        }
        for round in 0..self.rounds {
            eprintln!("all out, round {} of {}", round + 1, self.rounds);
            for peer in peers.iter_mut() {
                peer.all_out.push(all_out(peer.address, &peer.asked, self.connections, time));
            }
        }
        // Half of what the slower of the two can: both then serve the same load.
        let [by_envoy, alone] = [true, false].map(|envoy| {
            let rates =
                peers.iter().filter(|peer| peer.name.starts_with("Envoy") == envoy).map(|peer| rate(&peer.all_out));
            rates.fold(f64::INFINITY, f64::min) / 2.0
        });
        for round in 0..self.rounds {
            eprintln!("half load, round {} of {}", round + 1, self.rounds);
            for peer in peers.iter_mut() {
                let rate = if peer.name.starts_with("Envoy") { by_envoy } else { alone };
                peer.half.push(paced(peer.address, &peer.asked, self.connections, time, rate));
            }
        }
    }
}

fn print(peers: &[Peer]) {
    let floor = peers.first().map_or(0.0, |peer| rate(&peer.all_out));
    println!("{:<26} {:>12} {:>9} {:>12} {:>10} {:>10}", "", "answers/s", "of floor", "half load/s", "median", "p99");
    for peer in peers {
        let share =
            if peer.name.starts_with("Envoy") { format!("{:.3}", rate(&peer.all_out) / floor) } else { String::new() };
        let (median, p99) =
            (middle(peer.half.iter().map(|one| one.median)), middle(peer.half.iter().map(|one| one.p99)));
        println!(
            "{:<26} {:>12.0} {share:>9} {:>12.0} {:>7.3} ms {:>7.3} ms",
            peer.name,
            rate(&peer.all_out),
            rate(&peer.half),
            median.as_secs_f64() * 1000.0,
            p99.as_secs_f64() * 1000.0
        );
    }
}

fn rate(measured: &[Measured]) -> f64 {
    let mut rates: Vec<f64> = measured.iter().map(|one| one.rate).collect();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

fn middle(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

pub(crate) fn configure(folder: &Folder, grpc: SocketAddr, authzen: SocketAddr) {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance");
    for name in ["openapi.yaml", "policy.toml"] {
        folder.replace(name, &fs::read_to_string(document.join(name)).unwrap());
    }
    let prefix = keys::PREFIX;
    let text = format!(
        r#"
[[listeners]]
name = "envoy"
dialect = "envoy-grpc"
address = "{grpc}"

[[listeners]]
name = "authzen"
dialect = "authzen"
address = "{authzen}"
public-url = "https://pdp.example"
allow-stated-scopes = true

[[stores]]
name = "keys"
sqlite = "keys.sqlite"
key-prefix = "{prefix}"

[[policies]]
name = "items"
source = "openapi.yaml"
enablement = "all"

[policies.schemes]
Token = {{ store = "keys" }}
HeaderKey = {{ store = "keys" }}
CookieKey = {{ store = "keys" }}
QueryKey = {{ store = "keys" }}

[policies.identity]
subject = "X-Subject"
client = "X-Client"
tenant = "X-Tenant"
scopes = "X-Scopes"
operation = "X-Operation"

[log]
decisions = "none"
"#
    );
    folder.replace("gateway.toml", &text);
}

fn through_envoy(key: &str, all_allowed: bool) -> Vec<Asked> {
    let asked = |(method, path, _, allowed): (&str, &str, &str, bool)| Asked {
        bytes: format!("{method} {path} HTTP/1.1\r\nHost: items.example\r\nAuthorization: Bearer {key}\r\n\r\n")
            .into_bytes(),
        is_right: if allowed || all_allowed { |answer| answer.status == 200 } else { |answer| answer.status == 403 },
    };
    OPERATIONS.map(asked).to_vec()
}

fn by_authzen(question: fn(&str, &str) -> String) -> Vec<Asked> {
    let asked = |(method, _, template, allowed): (&str, &str, &str, bool)| {
        let body = question(method, template);
        let head = "POST /access/v1/evaluation HTTP/1.1\r\nHost: pdp.example\r\nContent-Type: application/json\r\n";
        Asked {
            bytes: format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes(),
            is_right: if allowed { |answer| says(answer, true) } else { |answer| says(answer, false) },
        }
    };
    OPERATIONS.map(asked).to_vec()
}

fn says(answer: &crate::wire::Answer, decision: bool) -> bool {
    let json: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    answer.status == 200 && json.is_some_and(|json| json["decision"].as_bool().unwrap_or(false) == decision)
}

fn gateway_question(method: &str, template: &str) -> String {
    serde_json::json!({
        "subject": { "type": "stated", "id": "ali", "properties": { "scopes": { "Token": ["items:read"] } } },
        "action": { "name": method },
        "resource": { "type": "operation", "id": template },
    })
    .to_string()
}

fn cerbos_question(method: &str, template: &str) -> String {
    serde_json::json!({
        "subject": { "type": "user", "id": "ali", "properties": { "cerbos.roles": ["caller"], "scopes": ["items:read"] } },
        "action": { "name": method },
        "resource": { "type": "operation", "id": template },
    })
    .to_string()
}

/// The operations of the document that have one scope, as a policy of Cerbos.
const RULES: [(&str, &str, &str); 11] = [
    ("GET", "/items/{id}", "items:read"),
    ("DELETE", "/items/{id}", "items:delete"),
    ("GET", "/items/mine", "mine:read"),
    ("GET", "/items", "items:read"),
    ("POST", "/items", "items:write"),
    ("GET", "/items/{id}/files/{file}", "files:read"),
    ("GET", "/report", "items:read"),
    ("HEAD", "/report", "items:write"),
    ("GET", "/stream", "items:read"),
    ("GET", "/endless", "items:read"),
    ("GET", "/later", "items:read"),
];

fn cerbos(program: &Path) -> (Process, SocketAddr, Folder) {
    let folder = Folder::new();
    let (http, grpc) = (free(), free());
    let policies = folder.path().join("policies");
    fs::create_dir(&policies).unwrap();
    let rule = |(method, template, scope): (&str, &str, &str)| {
        serde_json::json!({
            "actions": [method],
            "effect": "EFFECT_ALLOW",
            "roles": ["caller"],
            "condition": { "match": { "all": { "of": [
                { "expr": format!("R.id == \"{template}\"") },
                { "expr": format!("\"{scope}\" in P.attr.scopes") },
            ] } } },
        })
    };
    let policy = serde_json::json!({
        "apiVersion": "api.cerbos.dev/v1",
        "resourcePolicy": { "version": "default", "resource": "operation", "rules": RULES.map(rule) },
    });
    fs::write(policies.join("operation.json"), policy.to_string()).unwrap();
    let configuration = serde_json::json!({
        "server": { "httpListenAddr": http.to_string(), "grpcListenAddr": grpc.to_string() },
        "authzen": { "enabled": true },
        "storage": { "driver": "disk", "disk": { "directory": "policies" } },
        "telemetry": { "disabled": true },
    });
    folder.replace("cerbos.yaml", &configuration.to_string());
    let mut cerbos = Command::new(fs::canonicalize(program).unwrap());
    cerbos
        .args(["server", "--config=cerbos.yaml", "--log-level=error"])
        .current_dir(folder.path())
        .stderr(Stdio::inherit());
    (Process::start(cerbos, http), http, folder)
}
