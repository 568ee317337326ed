mod policy;

use policy::Api;
use policy::operations::*;
use policy_core::{Permit, Principal};

fn constructor(principal: Principal<Api>) -> Permit<ListEncounters> {
    Permit::new(principal, 0, None)
}

fn default() -> Permit<ListEncounters> {
    Permit::default()
}

fn main() {
    let _ = (constructor, default);
}
