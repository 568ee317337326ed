//! The list mounts every handler. What is pending, and what is served elsewhere, is passed on with its reason.
#[path = "../mount/mod.rs"]
mod mount;
#[path = "../policy/mod.rs"]
mod policy;

use mount::mount;
use policy::operations::*;
use policy_core::handler_list::Elsewhere;
use policy_core::{Date, OperationRef, Permit, handlers};

async fn list_encounters(_permit: Permit<ListEncounters>) {}
mod encounters {
    use super::*;

    pub async fn get_encounter<S: Default>(_permit: Permit<GetEncounter>, _state: S) {}
}
fn get_document(_permit: Permit<GetDocument>, _: u8, _: &str) {}

fn main() {
    let mounted = mount(handlers![
        list_encounters,
        encounters::get_encounter::<String>,
        get_document,
        pending!(policy::operations::GetAudio, "moves in March"),
        elsewhere!(GetStatus, "the old routes", until = "2027-06-30"),
    ]);
    assert_eq!(
        mounted.handlers,
        [OperationRef::of::<ListEncounters>(), OperationRef::of::<GetEncounter>(), OperationRef::of::<GetDocument>()]
    );
    assert_eq!(
        mounted.pending,
        [(OperationRef::of::<GetAudio>(), "moves in March")]
    );
    assert_eq!(
        mounted.elsewhere,
        [(OperationRef::of::<GetStatus>(), Elsewhere::new("the old routes", Date::parse("2027-06-30")))]
    );
}
