mod policy;

use policy::Api;
use policy::operations::*;
use policy_axum::{Mount, Permit};
use policy_core::handlers;

async fn list_encounters(_permit: Permit<ListEncounters>) {}
async fn get_encounter(_permit: Permit<GetEncounter>) {}
async fn get_document(_permit: Permit<GetDocument>) {}
async fn health() {}

fn mount(_list: impl FnOnce(Mount<Api, ()>) -> Mount<Api, ()>) {}

fn main() {
    mount(handlers![
        list_encounters,
        get_encounter,
        get_document,
        health,
        pending!(GetAudio, "moves in March"),
        pending!(GetStatus, "moves in March"),
    ]);
}
