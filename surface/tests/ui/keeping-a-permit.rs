mod policy;

use policy::operations::*;
use policy_core::Permit;

fn clone(permit: &Permit<ListEncounters>) -> Permit<ListEncounters> {
    permit.clone()
}

fn copy(permit: &Permit<ListEncounters>) -> Permit<ListEncounters> {
    *permit
}

fn use_twice(permit: Permit<ListEncounters>) {
    drop(permit);
    drop(permit);
}

fn main() {
    let _ = (clone, copy, use_twice);
}
