//! What a store enables: by method and template, for a short time, and with a report of what it does not know.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod entry;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Api, Captured, POLICY, Tokens, operation, parts};
use entry::Entry;
use policy_core::{EnablementFailure, OperationSet, Principal};
use policy_http::{
    EnableAll, EnabledRoute, Enablement, EnablementStore, FromSet, ManualClock, Options, Organization,
    StoredEnablement, Unavailable,
};

struct Store {
    organizations: Mutex<HashMap<String, Organization>>,
    down: Mutex<bool>,
    asked: Mutex<usize>,
    revision: Mutex<Option<u64>>,
}

impl Default for Store {
    fn default() -> Self {
        let (organizations, down, asked) = Default::default();
        Self { organizations, down, asked, revision: Mutex::new(Some(7)) }
    }
}

impl Store {
    fn says(&self, name: &str, organization: Organization) {
        self.organizations.lock().unwrap().insert(name.into(), organization);
    }

    fn enables(&self, name: &str, routes: &[(&str, &str)]) {
        self.says(name, Organization::Enabled(routes.iter().copied().map(EnabledRoute::from).collect()));
    }
}

impl EnablementStore for Store {
    async fn organization(&self, name: &str) -> Result<Organization, Unavailable> {
        *self.asked.lock().unwrap() += 1;
        if *self.down.lock().unwrap() {
            return Err(Unavailable::because("down"));
        }
        Ok(self.organizations.lock().unwrap().get(name).cloned().unwrap_or(Organization::Unknown))
    }

    fn revision(&self) -> Option<u64> {
        *self.revision.lock().unwrap()
    }
}

type Stored = StoredEnablement<Api, Arc<Store>, Arc<ManualClock>>;

fn stored() -> (Arc<Store>, Arc<ManualClock>, Stored) {
    let (store, clock) = (Arc::new(Store::default()), Arc::new(ManualClock::at(0)));
    let enablement = StoredEnablement::new(Arc::clone(&store)).with_clock(Arc::clone(&clock));
    (store, clock, enablement)
}

async fn enabled(enablement: &Stored, tenant: &str) -> Result<OperationSet<Api>, EnablementFailure> {
    all_and_each(enablement, &Principal::new("ali").with_tenant(tenant)).await
}

/// What is enabled, by the question for all and by that for each operation, which is what a guard asks.
async fn all_and_each(
    enablement: &impl Enablement<Api>,
    principal: &Principal<Api>,
) -> Result<OperationSet<Api>, EnablementFailure> {
    let all = enablement.enabled(principal).await;
    for operation in POLICY.operations() {
        let one = enablement.is_enabled(principal, operation).await;
        assert_eq!(one, all.as_ref().map(|all| all.contains(operation)).map_err(|failure| *failure), "{operation}");
    }
    all
}

fn set(routes: &[(&str, &str)]) -> OperationSet<Api> {
    routes.iter().map(|(method, template)| operation(method, template)).collect()
}

#[tokio::test]
async fn each_organization_has_its_own_and_what_is_not_known_enables_nothing() {
    let events = Captured::default();
    let writer = events.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let (store, _, enablement) = stored();
    store.enables("north", &[("GET", "/v1/files"), ("get", "/v1/search"), ("GET", "/files"), ("PUT", "/v1/files\nx")]);
    store.enables("south", &[]);
    store.says("closed", Organization::Inactive);
    assert_eq!(enabled(&enablement, "north").await, Ok(set(&[("GET", "/v1/files")])));
    assert_eq!(enabled(&enablement, "south").await, Ok(OperationSet::EMPTY));
    assert_eq!(enabled(&enablement, "closed").await, Err(EnablementFailure::OrganizationInactive));
    assert_eq!(enabled(&enablement, "nowhere").await, Err(EnablementFailure::NoOrganization));
    let homeless = Principal::new("ali");
    assert_eq!(all_and_each(&enablement, &homeless).await, Err(EnablementFailure::NoOrganization));

    let unknown = enablement.unknown("north").await.unwrap();
    assert_eq!(unknown, [("get", "/v1/search").into(), ("GET", "/files").into(), ("PUT", "/v1/files\nx").into()]);
    assert_eq!(enablement.unknown("closed").await.unwrap(), []);
    let events = events.text();
    for entry in ["method=get template=/v1/search", "method=GET template=/files", r"method=PUT template=/v1/files\nx"] {
        assert_eq!(events.matches(&format!("organization=north {entry}")).count(), 1, "{events}");
    }
}

#[tokio::test]
async fn a_change_counts_within_thirty_seconds_and_an_outage_at_once_thereafter() {
    let (store, clock, enablement) = stored();
    let enablement = enablement.with_cache(100, Duration::from_secs(3_600));
    store.enables("north", &[("GET", "/v1/files")]);
    assert_eq!(enabled(&enablement, "north").await, Ok(set(&[("GET", "/v1/files")])));
    assert_eq!(enabled(&enablement, "new").await, Err(EnablementFailure::NoOrganization));
    store.enables("north", &[]);
    store.enables("new", &[("GET", "/v1/files")]);
    clock.advance(Duration::from_millis(4_999));
    assert_eq!(enabled(&enablement, "new").await, Err(EnablementFailure::NoOrganization));
    clock.advance(Duration::from_millis(1));
    assert!(enabled(&enablement, "new").await.is_ok(), "a refusal is repeated briefly");
    clock.advance(Duration::from_millis(24_999));
    assert_eq!(enabled(&enablement, "north").await, Ok(set(&[("GET", "/v1/files")])));
    assert_eq!(*store.asked.lock().unwrap(), 3);
    clock.advance(Duration::from_millis(1));
    assert_eq!(enabled(&enablement, "north").await, Ok(OperationSet::EMPTY));

    *store.down.lock().unwrap() = true;
    assert_eq!(enabled(&enablement, "north").await, Ok(OperationSet::EMPTY));
    clock.advance(Duration::from_secs(30));
    assert_eq!(enabled(&enablement, "north").await, Err(EnablementFailure::Unavailable));
    *store.down.lock().unwrap() = false;
    assert!(enabled(&enablement, "north").await.is_ok(), "the outage itself is not kept");
    assert!(enablement.unknown("north").await.is_ok());
}

#[tokio::test]
async fn a_store_with_a_revision_says_when_an_answer_no_longer_holds() {
    let (store, _, enablement) = stored();
    let files = [("GET", "/v1/files")];
    store.enables("north", &files);
    assert_eq!(enabled(&enablement, "north").await, Ok(set(&files)));
    store.enables("north", &[]);
    assert_eq!(enabled(&enablement, "north").await, Ok(set(&files)));
    *store.revision.lock().unwrap() = None;
    let asked = *store.asked.lock().unwrap();
    let ali = Principal::new("ali").with_tenant("north");
    for _ in 0..2 {
        assert_eq!(enablement.enabled(&ali).await, Ok(OperationSet::EMPTY), "one that cannot tell is asked");
    }
    assert_eq!(*store.asked.lock().unwrap(), asked + 2);
    *store.revision.lock().unwrap() = Some(7);
    assert_eq!(enabled(&enablement, "north").await, Ok(set(&files)), "nothing has changed since this was said");
    *store.revision.lock().unwrap() = Some(8);
    assert_eq!(enabled(&enablement, "north").await, Ok(OperationSet::EMPTY));
    // Refusals too.
    assert_eq!(enabled(&enablement, "new").await, Err(EnablementFailure::NoOrganization));
    store.enables("new", &files);
    assert_eq!(enabled(&enablement, "new").await, Err(EnablementFailure::NoOrganization));
    *store.revision.lock().unwrap() = Some(9);
    assert_eq!(enabled(&enablement, "new").await, Ok(set(&files)));
}

#[tokio::test]
async fn a_store_that_is_asked_at_every_request_is_a_503_when_it_is_down() {
    let (store, _, enablement) = stored();
    store.enables("org-ali", &[("GET", "/v1/files")]);
    let gate = Entry::new(Tokens, enablement.with_cache(0, Duration::ZERO), Options::new());
    let known = parts("/v1/files", &[("authorization", "Bearer ali/files.read")]);
    let list = operation("GET", "/v1/files");
    assert!(gate.admit(list, &known).await.is_ok());
    store.enables("org-ali", &[]);
    assert_eq!(gate.admit(list, &known).await.unwrap_err().status(), 403);
    *store.down.lock().unwrap() = true;
    assert_eq!(gate.admit(list, &known).await.unwrap_err().status(), 503);
}

#[tokio::test]
async fn whoever_is_asked_for_one_operation_says_what_they_say_of_all() {
    /// It answers the one question alone that it must.
    struct Own(Result<OperationSet<Api>, EnablementFailure>);

    impl Enablement<Api> for Own {
        async fn enabled(&self, _: &Principal<Api>) -> Result<OperationSet<Api>, EnablementFailure> {
            self.0
        }
    }

    let (some, down) = (set(&[("GET", "/v1/files"), ("GET", "/v1/search")]), EnablementFailure::Unavailable);
    let ali = Principal::new("ali");
    assert_eq!(all_and_each(&EnableAll, &ali).await, Ok(OperationSet::all()));
    assert_eq!(all_and_each(&some, &ali).await, Ok(some));
    for said in [Ok(some), Ok(OperationSet::EMPTY), Err(down)] {
        assert_eq!(all_and_each(&FromSet(move |_: &Principal<Api>| said), &ali).await, said);
        assert_eq!(all_and_each(&Own(said), &ali).await, said);
        assert_eq!(all_and_each(&Arc::new(Own(said)), &ali).await, said);
    }
}
