mod policy;

use policy_core::ScopeType;

enum PatientsWrite {}

impl ScopeType for PatientsWrite {
    type Document = policy::Api;
    const INDEX: u16 = 0;
}

fn main() {}
