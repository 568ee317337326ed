mod policy;

use policy::operations::*;
use policy_core::Permit;

/// What request extensions and shared states ask of a value.
fn store<T: Clone + Send + Sync + 'static>(_value: T) {}

fn handler(permit: Permit<ListEncounters>) {
    store(permit);
}

fn borrow(permit: Permit<ListEncounters>) -> &'static Permit<ListEncounters> {
    &permit
}

fn main() {
    let _ = (handler, borrow);
}
