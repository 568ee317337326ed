//! Policies are replaced as a whole, while requests are decided.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod authorizing;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use authorizing::{by, engine, gate, request, status};
use futures_util::future::BoxFuture;
use policy_core::Identity;
use policy_gateway::Authorizer;
use policy_gateway::authorizer::{PolicyEntry, PolicySet, Selection};
use policy_http::run_time::{Authenticator, Gate, Options, Policy, Presented};
use policy_http::{CredentialFault, EnableAll, Verified};
use tokio::sync::Notify;

/// A document whose one operation needs this scope.
fn needs(scope: &str) -> PolicyEntry {
    let document = authorizing::document("/v1").replace("files:read", scope);
    let engine = engine(&document);
    let gate = gate(&engine, Options::new());
    PolicyEntry::new("v1", engine, gate).with_selection(Selection::default())
}

fn set(scope: &str) -> PolicySet {
    PolicySet::new(vec![needs(scope)]).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_request_is_decided_by_one_set_whole() {
    let authorizer = Arc::new(Authorizer::new(set("one:read")));
    let (is_over, decided) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let asking: Vec<_> = (0..4)
        .map(|_| {
            let (authorizer, is_over, decided) = (Arc::clone(&authorizer), Arc::clone(&is_over), Arc::clone(&decided));
            tokio::spawn(async move {
                // Each token has the scope of one set. With both, a request passes whichever set decides; with none, it never does.
                let both = request("GET", "/v1/files/7", &[("authorization", "Bearer ali/one.read/two.read")]);
                let neither = request("GET", "/v1/files/7", &[("authorization", "Bearer ali/three.read")]);
                while !is_over.load(Ordering::SeqCst) {
                    assert_eq!(status(&authorizer.decide("a", &both).await), 0);
                    assert_eq!(status(&authorizer.decide("a", &neither).await), 403);
                    decided.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut turn = 0;
    while decided.load(Ordering::SeqCst) < 400 || turn < 40 {
        turn += 1;
        authorizer.swap(set(if turn % 2 == 0 { "one:read" } else { "two:read" }));
        let own = if turn % 2 == 0 { "Bearer ali/one.read" } else { "Bearer ali/two.read" };
        let other = if turn % 2 == 0 { "Bearer ali/two.read" } else { "Bearer ali/one.read" };
        for (token, expected) in [(own, 0), (other, 403)] {
            let asked = request("GET", "/v1/files/7", &[("authorization", token)]);
            assert_eq!(status(&authorizer.decide("a", &asked).await), expected, "the new set counts at once");
        }
        tokio::task::yield_now().await;
    }
    is_over.store(true, Ordering::SeqCst);
    for one in asking {
        one.await.unwrap();
    }
}

/// Waits for leave before it answers.
struct Waits(Arc<Notify>, Arc<Notify>);

impl Authenticator for Waits {
    fn verify<'a>(&'a self, _: &'a Presented<'a>) -> BoxFuture<'a, Result<Arc<Verified>, CredentialFault>> {
        Box::pin(async move {
            self.0.notify_one();
            self.1.notified().await;
            Ok(Arc::new(Verified::new(Identity::new("ali"), "one:read")))
        })
    }
}

#[tokio::test]
async fn a_request_in_flight_keeps_the_set_that_it_began_with() {
    let (asked, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let engine = engine(&authorizing::document("/v1").replace("files:read", "one:read"));
    let policy = Policy::new(engine.shared_policy(), "/v1", "fingerprint");
    let gate = Gate::new(policy, Arc::new(EnableAll), Options::new());
    let gate = gate.authenticator("Token", Arc::new(Waits(Arc::clone(&asked), Arc::clone(&leave)))).unwrap();
    let limits = policy_gateway::authorizer::Limits {
        longest_decision: std::time::Duration::from_secs(60),
        ..Default::default()
    };
    let entry = PolicyEntry::new("v1", engine, gate).with_selection(by(&["a"], &[], &[])).with_limits(limits);
    let authorizer = Arc::new(Authorizer::new(PolicySet::new(vec![entry]).unwrap()));
    let old = Arc::downgrade(&authorizer.current());
    let own = Arc::clone(&authorizer);
    let flying = tokio::spawn(async move {
        own.decide("a", &request("GET", "/v1/files/7", &[("authorization", "Bearer x/")])).await
    });
    asked.notified().await;
    authorizer.swap(set("two:read"));
    assert!(old.upgrade().is_some(), "the request still has it");
    leave.notify_one();
    assert_eq!(status(&flying.await.unwrap()), 0);
    assert!(old.upgrade().is_none(), "the last request took the old set along");
    let next = request("GET", "/v1/files/7", &[("authorization", "Bearer ali/one.read")]);
    assert_eq!(status(&authorizer.decide("a", &next).await), 403);
}
