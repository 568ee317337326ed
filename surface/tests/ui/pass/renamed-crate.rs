//! The attribute and the list find `policy_core` by whatever name they are called.
#[path = "../mount/mod.rs"]
mod mount;
#[path = "../policy/mod.rs"]
mod policy;

mod renamed {
    pub mod inner {
        pub use policy_core as decisions;
    }
}

use renamed::inner::decisions::{self, Permit, operation};

#[operation(policy::operations::GetDocument)]
async fn get_document(_permit: Permit<policy::operations::GetDocument>) {}

fn main() {
    let mounted = mount::mount(decisions::handlers![
        get_document,
        pending!(policy::operations::ListEncounters, "later"),
        pending!(policy::operations::GetEncounter, "later"),
        pending!(policy::operations::GetAudio, "later"),
        pending!(policy::operations::GetStatus, "later"),
    ]);
    assert_eq!(mounted.handlers, [GET_DOCUMENT]);
    assert_eq!(mounted.pending.len(), 4);
}
