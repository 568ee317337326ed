mod mount;
mod policy;

use mount::mount;
use policy::operations::*;
use policy_core::{Permit, handlers};

async fn list_encounters(_permit: Permit<ListEncounters>) {}
async fn get_encounter(_permit: Permit<GetEncounter>) {}
async fn get_document(_permit: Permit<GetDocument>) {}

async fn get_document_again(_permit: Permit<GetDocument>) {}

fn main() {
    mount(handlers![
        list_encounters,
        get_encounter,
        get_document,
        get_document_again,
        pending!(GetAudio, "moves in March"),
        pending!(GetStatus, "moves in March"),
    ]);
}
