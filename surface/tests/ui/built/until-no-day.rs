//! The last day of an operation that is served elsewhere is a day of the calendar, and the error underlines it.
#[path = "../mount/mod.rs"]
mod mount;
#[path = "../policy/mod.rs"]
mod policy;

use mount::mount;
use policy::operations::*;
use policy_core::{Permit, handlers};

async fn list_encounters(_permit: Permit<ListEncounters>) {}

fn main() {
    mount(handlers![
        list_encounters,
        elsewhere!(GetEncounter, "the old routes", until = "2027-06-31"),
        elsewhere!(GetDocument, "the old routes", until = "June"),
        pending!(GetAudio, "moves in March"),
        pending!(GetStatus, "moves in March"),
    ]);
}
