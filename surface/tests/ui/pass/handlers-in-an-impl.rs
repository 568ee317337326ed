//! Handlers that are functions of an `impl`, generic ones too, beside free ones; under every lint that an expansion could provoke.
#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]

#[path = "../policy/mod.rs"]
#[expect(unreachable_pub, missing_debug_implementations, reason = "generated for whoever includes it")]
mod policy;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use policy::Api;
use policy::operations::*;
use policy_axum::{Mount, Permit};
use policy_core::{handlers, operation};

struct Encounters {
    names: Vec<String>,
}

impl Encounters {
    /// What `self` would be is the state.
    #[operation(ListEncounters, scopes("encounters:read", "patients:read", "documents:read"))]
    pub(crate) async fn list(_permit: Permit<ListEncounters>, State(own): State<Arc<Self>>) -> String {
        own.names.join("\n")
    }

    #[operation(GetEncounter)]
    async fn get(
        _permit: Permit<GetEncounter>,
        State(own): State<Arc<Encounters>>,
        Path(number): Path<usize>,
    ) -> Result<String, StatusCode> {
        own.names.get(number).cloned().ok_or(StatusCode::NOT_FOUND)
    }

    fn operation() -> &'static str {
        Self::GET.template()
    }
}

struct Documents<Store>(Store);

impl<Store: Clone + Send + Sync + 'static> Documents<Store> {
    #[operation(GetDocument)]
    async fn get(_permit: Permit<GetDocument>, State(_store): State<Store>) {}
}

#[operation(GetAudio)]
async fn get_audio(_permit: Permit<GetAudio>) {}

fn mount(_list: impl FnOnce(Mount<Api, Arc<Encounters>>) -> Mount<Api, Arc<Encounters>>) {}

fn main() {
    mount(handlers![
        Encounters::list,
        Encounters::get,
        Documents::<Arc<Encounters>>::get,
        get_audio,
        pending!(GetStatus, "nobody asked yet"),
    ]);
    assert_eq!(Encounters::operation(), "/v1/encounters/{encounter_id}");
    assert_eq!(Encounters::LIST_SCOPES, [["documents:read", "encounters:read", "patients:read"]]);
    let _ = Documents(Encounters { names: Vec::new() }).0;
}
