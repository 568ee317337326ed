//! The attribute and the list find `policy_core` where `crate = path` says.
#[path = "../mount/mod.rs"]
mod mount;
#[path = "../policy/mod.rs"]
mod policy;

mod renamed {
    pub mod inner {
        pub use policy_core as decisions;
    }
}

use renamed::inner::decisions::{Permit, handlers, operation};

#[operation(policy::operations::GetDocument, crate = renamed::inner::decisions)]
async fn get_document(_permit: Permit<policy::operations::GetDocument>) {}

fn main() {
    let mounted = mount::mount(handlers![
        crate = crate::renamed::inner::decisions,
        get_document,
        pending!(policy::operations::ListEncounters, "later"),
        pending!(policy::operations::GetEncounter, "later"),
        pending!(policy::operations::GetAudio, "later"),
        pending!(policy::operations::GetStatus, "later"),
    ]);
    assert_eq!(mounted.handlers, [GET_DOCUMENT]);
    assert_eq!(mounted.pending.len(), 4);
}
