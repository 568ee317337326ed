mod policy;

use policy::Api;
use policy::operations::*;
use policy_core::{Permit, Principal};

fn literal(principal: Principal<Api>) -> Permit<ListEncounters> {
    Permit { principal, alternative: 0, operation: std::marker::PhantomData }
}

fn constructor(principal: Principal<Api>) -> Permit<ListEncounters> {
    Permit::new(principal, 0)
}

fn default() -> Permit<ListEncounters> {
    Default::default()
}

fn main() {
    let _ = (literal, constructor, default);
}
