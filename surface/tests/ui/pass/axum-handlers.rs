//! The quick start's handlers: extractors, a generic state, alternatives as types, and all of them mounted.
#[path = "../policy/mod.rs"]
mod policy;

use axum::extract::{Path, State};
use policy::operations::*;
use policy::scopes::*;
use policy::{Api, POLICY};
use policy_axum::{Mount, Permit};
use policy_core::{Carries, OperationSet, handlers, operation};

trait Store: Clone + Send + Sync + 'static {
    fn patient(&self, permit: &impl Carries<PatientsRead>, id: &str) -> String;
}

#[derive(Clone)]
struct Memory;

impl Store for Memory {
    fn patient(&self, permit: &impl Carries<PatientsRead>, id: &str) -> String {
        format!("{id} of {:?}", permit.principal().tenant())
    }
}

#[operation(ListEncounters, scopes("encounters:read", "patients:read", "documents:read"))]
async fn list_encounters<S: Store>(permit: Permit<ListEncounters>, State(store): State<S>) -> String {
    store.patient(&permit, "p1")
}

#[operation(GetEncounter, scopes("encounters:read", "patients:read"))]
async fn get_encounter(permit: Permit<GetEncounter>, State(store): State<Memory>, Path(id): Path<String>) -> String {
    store.patient(&permit, &id)
}

#[operation(GetDocument)]
async fn get_document(_permit: Permit<GetDocument>) {}

#[operation(GetAudio, scopes(any(all("admin"), all("encounters:read", "recordings:read"))))]
async fn get_audio(_permit: Permit<GetAudio>) {}

fn mount(_list: impl FnOnce(Mount<Api, Memory>) -> Mount<Api, Memory>) {}

fn main() {
    mount(handlers![
        list_encounters::<Memory>,
        get_encounter,
        get_document,
        get_audio,
        pending!(GetStatus, "nobody asked yet"),
    ]);
    let mut enabled = OperationSet::EMPTY;
    enabled.insert(GET_DOCUMENT);
    assert!(enabled.contains(POLICY.operation("GET", "/v1/documents/{document_id}").unwrap()));
    assert_eq!(GET_AUDIO_SCOPES, [&["encounters:read", "recordings:read"][..], &["admin"]]);
    assert!(POLICY.least_privilege([GET_DOCUMENT, GET_ENCOUNTER]).is_ok());
}
