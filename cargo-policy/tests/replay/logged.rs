//! Logs that the gate of a gateway wrote, replayed on the document that it decided by.

use std::fs::{self, File};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use policy_core::owned::OwnedOperation;
use policy_core::{EnablementFailure, Identity};
use policy_http::run_time::{Authenticator, Caller, Enablement, Gate, Options, Policy, Presented};
use policy_http::{CredentialFault, JsonLines, Verified};
use policy_spec::{Configuration, Engine, PolicyModel};
use serde_json::Value;

use crate::run::{command, empty_folder, ran};

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Secrets of the form `subject/scope/scope`, with `.` for `:`, and words that are refused.
struct Secrets;

impl Authenticator for Secrets {
    fn verify<'a>(&'a self, presented: &'a Presented<'a>) -> Answer<'a, Result<Arc<Verified>, CredentialFault>> {
        let secret = presented.secret();
        let verified = match (secret, secret.split_once('/')) {
            ("old", _) => Err(CredentialFault::ExpiredKey),
            ("down", _) => Err(CredentialFault::StoreUnavailable),
            (_, None) => Err(CredentialFault::WrongSecret),
            (_, Some((subject, scopes))) => {
                let mut identity = Identity::new(subject);
                identity.tenant = Some(format!("org-{subject}").into()).filter(|_| subject != "alone");
                let scopes: Vec<String> =
                    scopes.split('/').filter(|scope| !scope.is_empty()).map(|scope| scope.replace('.', ":")).collect();
                Ok(Arc::new(Verified::new(identity, scopes.join(" "))))
            }
        };
        Box::pin(std::future::ready(verified))
    }
}

struct Organizations;

impl Enablement for Organizations {
    fn is_enabled<'a>(
        &'a self,
        caller: &'a Caller,
        _: OwnedOperation<'a>,
    ) -> Answer<'a, Result<bool, EnablementFailure>> {
        Box::pin(std::future::ready(match caller.tenant() {
            None => Err(EnablementFailure::NoOrganization),
            Some("org-off") => Ok(false),
            Some("org-gone") => Err(EnablementFailure::OrganizationInactive),
            Some(_) => Ok(true),
        }))
    }
}

/// Everything here is ready at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

fn document() -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents");
    (folder.join("archive.yaml"), folder.join("archive.toml"))
}

fn model() -> PolicyModel {
    let (document, config) = document();
    policy_spec::load(&document, &Configuration::load(&config).unwrap().settings).model.unwrap()
}

/// Sends requests by chance to every operation, and says how many lines the gate wrote.
pub(crate) fn write(log: &Path, requests: u64) -> usize {
    let model = model();
    let engine = Engine::new(&model).unwrap();
    let lines = JsonLines::new(File::create(log).unwrap(), 1 << 26).unwrap().with_replay_fields();
    let policy =
        Policy::new(engine.shared_policy(), &engine.served().base_path, &model.fingerprint()).with_name("archive");
    let mut gate = Gate::new(policy, Arc::new(Organizations), Options::new().log(Arc::new(lines)));
    for scheme in engine.policy().schemes() {
        gate = gate.authenticator(scheme, Arc::new(Secrets)).unwrap();
    }
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    for _ in 0..requests {
        for operation in gate.policy().rules().operations() {
            let request = chance.request();
            let _ = now(gate.admit(operation, &request));
        }
        let request = chance.request();
        let _ = now(gate.not_found(&request));
    }
    drop(gate);
    fs::read_to_string(log).unwrap().lines().count()
}

fn replayed(log: &Path) -> Value {
    let (document, config) = document();
    let mut command = command(log.parent().unwrap());
    command
        .arg("replay")
        .arg(log)
        .arg("--document")
        .arg(document)
        .arg("--config")
        .arg(config)
        .args(["--format", "json"]);
    let ran = ran(command.output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// A sequence that is the same in each run (xorshift).
struct Chance(u64);

impl Chance {
    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        texts[usize::try_from((self.0 >> 11) % texts.len() as u64).unwrap()]
    }

    fn secret(&mut self) -> String {
        let subject = self.of(&["ali", "ali", "ali", "eve", "off", "gone", "alone", "old", "down", "wrong"]);
        if matches!(subject, "old" | "down" | "wrong") {
            return subject.to_owned();
        }
        let scopes = ["files.read", "files.write", "admin", "legal.hold", "links.read", "share.link", "unused", "x.y"];
        let held: Vec<&str> = scopes.into_iter().filter(|_| self.of(&["", "1"]) == "1").collect();
        format!("{subject}/{}", held.join("/"))
    }

    fn request(&mut self) -> http::request::Parts {
        let mut query: Vec<String> = Vec::new();
        for _ in 0..self.of(&["", "", "1", "22"]).len() {
            let names = ["limit=1", "filter%5Bx%5D=1", "owner", "a%20b=1", "", "%F0%9F%98%80=1", "li%6Dit", "limit+=1"];
            query.push(self.of(&names).to_owned());
        }
        if self.of(&["", "", "1"]) == "1" {
            query.push(format!("key={}", self.secret().replace('/', "%2F")));
        }
        let target = if query.is_empty() { "/v2/x".to_owned() } else { format!("/v2/x?{}", query.join("&")) };
        let mut request = http::Request::builder().uri(target);
        for (name, prefix) in [("authorization", "Bearer "), ("authorization", "HMAC "), ("x-key", "")] {
            if self.of(&["", "1"]) == "1" {
                request = request.header(name, format!("{prefix}{}", self.secret()));
            }
        }
        request.body(()).unwrap().into_parts().0
    }
}

#[test]
fn a_log_on_its_own_document_changes_nothing() {
    let log = empty_folder("replay-own").join("log");
    let written = write(&log, 400);
    assert!(written > 3000, "{written}");
    let text = fs::read_to_string(&log).unwrap();
    for word in [
        "\"allow\"",
        "insufficient_scope",
        "expired_credential",
        "route_not_enabled",
        "no_organization",
        "unsupported_query_parameter",
        "scheme_not_satisfied",
        "missing_credential",
        "multiple_credentials",
        "not_found",
    ] {
        assert!(text.contains(word), "no line has {word}");
    }
    assert!(!text.contains("\"lost\""));
    let json = replayed(&log);
    let counts = &json["counts"];
    assert_eq!((&counts["newly_denied"], &counts["newly_allowed"]), (&0.into(), &0.into()), "{json}");
    // Only the requests that reached no operation, whose paths are not logged.
    let groups = json["groups"].as_array().unwrap();
    let untold: Vec<&Value> = groups.iter().filter(|group| group["outcome"] == "cannot-tell").collect();
    assert!(untold.iter().all(|group| group["reason"] == "no-operation"), "{untold:?}");
    assert!(counts["unchanged"].as_u64().unwrap() > 3000, "{counts}");
    assert_eq!(json["lines"]["read"].as_u64().unwrap(), u64::try_from(written).unwrap());
}

/// Of each allowed line, each scope is taken out in turn: exactly those that were needed are found.
#[test]
fn a_needed_scope_that_is_taken_out_of_a_line_is_found() {
    let folder = empty_folder("replay-taken");
    let log = folder.join("log");
    write(&log, 600);
    let model = model();
    let engine = Engine::new(&model).unwrap();
    let (mut edited, mut needed) = (String::new(), 0_u64);
    for line in fs::read_to_string(&log).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["decision"] != "allow" {
            continue;
        }
        let operation = engine
            .policy()
            .operations()
            .find(|one| *one.method() == line["method"] && *one.template() == line["route"]);
        let granted = line["granted"].as_object().unwrap();
        for (scheme, scopes) in granted {
            let scopes: Vec<&str> = scopes.as_str().unwrap().split(' ').filter(|scope| !scope.is_empty()).collect();
            for out in &scopes {
                let mut without = line.clone();
                let left: Vec<&str> = scopes.iter().copied().filter(|scope| scope != out).collect();
                without["granted"][scheme] = left.join(" ").into();
                edited.push_str(&format!("{without}\n"));
                let texts: Vec<(&String, &str)> = without["granted"]
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(scheme, scopes)| (scheme, scopes.as_str().unwrap()))
                    .collect();
                let grants: Vec<_> = texts
                    .iter()
                    .map(|(scheme, scopes)| {
                        engine.policy().grant(scheme, policy_core::ScopeString::new(scopes).unwrap()).unwrap()
                    })
                    .collect();
                needed += u64::from(
                    !operation.unwrap().is_met_by(&grants)
                        && operation.unwrap().access() == policy_core::Access::Required,
                );
            }
        }
    }
    let taken = folder.join("taken");
    fs::write(&taken, edited).unwrap();
    let json = replayed(&taken);
    assert!(needed > 20, "{needed}");
    assert_eq!(json["counts"]["newly_denied"].as_u64().unwrap(), needed);
    assert_eq!((&json["counts"]["newly_allowed"], &json["counts"]["cannot_tell"]), (&0.into(), &0.into()));
}
