mod mount;
mod policy;

use mount::mount;
use policy::operations::*;
use policy_core::{Permit, handlers};

async fn list_encounters(_permit: Permit<ListEncounters>) {}
async fn get_encounter(_permit: Permit<GetEncounter>) {}
async fn get_document(_permit: Permit<GetDocument>) {}

enum DeleteEncounter {}

async fn delete_encounter(_permit: Permit<DeleteEncounter>) {}

fn main() {
    mount(handlers![
        list_encounters,
        get_encounter,
        get_document,
        delete_encounter,
        pending!(GetAudio, "moves in March"),
        pending!(GetStatus, "moves in March"),
    ]);
}
