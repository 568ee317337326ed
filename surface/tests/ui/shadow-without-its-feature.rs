mod policy;

use policy::Api;
use policy_core::{Allowed, Denial};

fn let_everybody_through(denial: Denial<'_, Api>) -> Option<Allowed<Api>> {
    denial.let_through().ok()
}

fn main() {
    let _ = let_everybody_through;
}
