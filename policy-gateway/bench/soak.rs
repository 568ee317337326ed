//! Load under reloads and key changes. Every answer is checked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::keys;
use crate::process::{Folder, Process, free};
use crate::wire::{Wire, question};

/// How long a changed document may take until every answer is by it.
const RELOAD: Duration = Duration::from_secs(5);
/// How long a revocation may take: under a second where the notice arrives, with room for a busy machine.
const REVOCATION: Duration = Duration::from_secs(3);
const WORKERS: usize = 4;

/// What came of it.
pub(crate) struct Report {
    pub(crate) text: String,
    pub(crate) wrong: Vec<String>,
}

/// What is in force, and since when it changes.
struct Truth {
    /// The scope that `GET /items/{id}` requires, the one before it, and when it changed.
    scope: (&'static str, &'static str, Instant),
    /// Keys with `items:read`: what a caller presents, and when it was revoked.
    keys: Vec<(String, Option<Instant>)>,
}

fn lock(truth: &Mutex<Truth>) -> MutexGuard<'_, Truth> {
    truth.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs it for so long.
pub(crate) fn run(time: Duration) -> Report {
    let folder = Folder::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let store = runtime.block_on(keys::open(&folder.path().join("keys.sqlite"), &["items:read"]));
    let mut ids = Vec::new();
    let mut presented = Vec::new();
    for _ in 0..20 {
        let (id, key) = runtime.block_on(keys::issue(&store, &["items:read"]));
        ids.push(id);
        presented.push((key, None));
    }
    let address = free();
    folder.replace("openapi.yaml", &document("items:read"));
    folder.replace("gateway.toml", &configuration(address));
    let gateway = Process::gateway(&folder, address);
    let truth = Mutex::new(Truth { scope: ("items:read", "items:read", Instant::now()), keys: presented });
    let ended = AtomicBool::new(false);
    let (mut reloads, mut revocations) = (0, 0);
    let mut memory = Vec::new();
    let began = Instant::now();
    let (answers, wrong) = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                scope.spawn({
                    let (truth, ended) = (&truth, &ended);
                    move || work(address, worker, truth, ended)
                })
            })
            .collect();
        while began.elapsed() < time {
            std::thread::sleep(Duration::from_millis(500));
            if began.elapsed() >= RELOAD * (reloads + 1) + Duration::from_secs(u64::from(reloads)) {
                let mut truth = lock(&truth);
                let (now, ..) = truth.scope;
                let next = if now == "items:read" { "items:write" } else { "items:read" };
                truth.scope = (next, now, Instant::now());
                folder.replace("openapi.yaml", &document(next));
                reloads += 1;
            }
            // A key that is long revoked is replaced. Until then it was asked with, and denied.
            let is_over = |at: Instant| at.elapsed() > REVOCATION + Duration::from_secs(1);
            let over: Vec<usize> = lock(&truth)
                .keys
                .iter()
                .enumerate()
                .filter_map(|(place, (_, revoked))| revoked.is_some_and(is_over).then_some(place))
                .collect();
            for place in over {
                let (id, key) = runtime.block_on(keys::issue(&store, &["items:read"]));
                *ids.get_mut(place).unwrap() = id;
                *lock(&truth).keys.get_mut(place).unwrap() = (key, None);
            }
            let place = revocations % ids.len();
            let revoked = lock(&truth).keys.get(place).unwrap().1;
            if revoked.is_none() {
                lock(&truth).keys.get_mut(place).unwrap().1 = Some(Instant::now());
                runtime.block_on(async {
                    let mut change = store.begin().await.unwrap();
                    change.revoke_key(ids.get(place).unwrap()).await.unwrap();
                    change.commit().await.unwrap();
                });
                revocations += 1;
            }
            memory.push(gateway.memory());
        }
        ended.store(true, Ordering::Relaxed);
        let mut answers = 0;
        let mut wrong = Vec::new();
        for worker in workers {
            let (count, mut bad) = worker.join().unwrap();
            answers += count;
            wrong.append(&mut bad);
        }
        (answers, wrong)
    });
    runtime.block_on(store.close());
    report(answers, reloads, revocations, &memory, wrong, began.elapsed())
}

fn report(
    answers: u64,
    reloads: u32,
    revocations: usize,
    memory: &[u64],
    mut wrong: Vec<String>,
    took: Duration,
) -> Report {
    let mean = |part: &[u64]| part.iter().sum::<u64>() as f64 / part.len().max(1) as f64 / 1e6;
    // The first third fills what is kept.
    let third = memory.len() / 3;
    let (middle, last) =
        (mean(memory.get(third..2 * third).unwrap_or_default()), mean(memory.get(2 * third..).unwrap_or_default()));
    if last > middle * 1.2 + 8.0 {
        wrong.push(format!("memory grows: {middle:.1} MB in the second third, {last:.1} MB in the last"));
    }
    let text = format!(
        "{answers} answers in {:.0} s, {reloads} reloads, {revocations} keys revoked and issued, {} wrong answers\n\
         memory: {:.1} MB in the first third, {middle:.1} MB in the second, {last:.1} MB in the last\n",
        took.as_secs_f64(),
        wrong.len(),
        mean(memory.get(..third).unwrap_or_default()),
    );
    Report { text, wrong }
}

/// Asks until it is ended: how many answers came, and which were wrong.
fn work(address: SocketAddr, worker: usize, truth: &Mutex<Truth>, ended: &AtomicBool) -> (u64, Vec<String>) {
    let mut wire = Wire::open(address).unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    let mut turn = worker;
    while !ended.load(Ordering::Relaxed) && wrong.len() < 20 {
        turn += 1;
        let place = turn % lock(truth).keys.len();
        let (key, _) = lock(truth).keys.get(place).cloned().unwrap();
        let kind = turn / 7 % 4;
        let began = Instant::now();
        let asked = match kind {
            0 => question("GET", "/v1/items/7", &key),
            1 => question("GET", "/v1/items//7", &key),
            2 => question("DELETE", "/v1/items/7", &key),
            _ => question("GET", "/v1/status", "nobody"),
        };
        let answer = match wire.ask(&asked) {
            Ok(answer) => answer,
            Err(error) => {
                wrong.push(format!("no answer: {error}"));
                wire = Wire::open(address).unwrap();
                continue;
            }
        };
        count += 1;
        let truth = lock(truth);
        // The key may have been revoked, or replaced after that, while this was asked.
        let revoked = match truth.keys.get(place) {
            Some((now, revoked)) if *now == key => *revoked,
            _ => Some(began),
        };
        let (scope, earlier, changed) = truth.scope;
        drop(truth);
        let mut right: Vec<u16> = Vec::new();
        if kind == 3 {
            right.push(200);
        } else {
            if revoked.is_some() {
                right.push(401);
            }
            if revoked.is_none_or(|at| began.saturating_duration_since(at) < REVOCATION) {
                let by = |scope: &str| match kind {
                    0 if scope == "items:read" => 200,
                    0 => 403,
                    // An empty segment is no path of this document.
                    1 => 404,
                    _ => 403,
                };
                right.push(by(scope));
                if began.saturating_duration_since(changed) < RELOAD {
                    right.push(by(earlier));
                }
            }
        }
        if !right.contains(&answer.status) {
            wrong.push(format!("kind {kind}: {} where {right:?} is right, key revoked {revoked:?}", answer.status));
        }
    }
    (count, wrong)
}

fn configuration(address: SocketAddr) -> String {
    format!(
        r#"
[[listeners]]
name = "proxy"
dialect = "forward-auth"
address = "{address}"

[[stores]]
name = "keys"
sqlite = "keys.sqlite"
key-prefix = "{}"

[[policies]]
name = "items"
source = "openapi.yaml"
enablement = "all"

[policies.schemes.Token]
store = "keys"

[log]
decisions = "none"
"#,
        keys::PREFIX
    )
}

fn document(scope: &str) -> String {
    format!(
        r#"openapi: 3.1.0
info: {{ title: Items, version: "1" }}
servers: [{{ url: https://items.example/v1 }}]
security: [{{ Token: [] }}]
paths:
  /items/{{id}}:
    parameters: [{{ name: id, in: path, required: true, schema: {{ type: string }} }}]
    get: {{ operationId: getItem, x-required-scopes: ["{scope}"] }}
    delete: {{ operationId: deleteItem, x-required-scopes: ["items:delete"] }}
  /status:
    get: {{ operationId: getStatus, security: [] }}
components:
  securitySchemes:
    Token:
      type: http
      scheme: bearer
      x-scopes: {{ "items:read": Read., "items:write": Write., "items:delete": Delete. }}
"#
    )
}
