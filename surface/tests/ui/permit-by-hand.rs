mod policy;

use policy::Api;
use policy::operations::*;
use policy_core::{Permit, Principal};

fn permit(principal: Principal<Api>) -> Permit<ListEncounters> {
    Permit { principal, alternative: 0, would_deny: None, operation: std::marker::PhantomData }
}

fn main() {
    let _ = permit;
}
