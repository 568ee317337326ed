mod policy;

use policy::operations::*;
use policy_core::{Branch, Permit};

fn fields(permit: &Permit<GetAudio>) -> Branch<'_, GetAudio, 1> {
    Branch { permit }
}

fn main() {
    let _ = fields;
}
