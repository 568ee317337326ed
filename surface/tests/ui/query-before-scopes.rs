mod policy;

use policy::{Api, POLICY};
use policy_core::{Denial, OperationSet, Pending, Principal};

fn decide(caller: Principal<Api>, enabled: &OperationSet<Api>) -> Result<(), Denial<'static, Api>> {
    let operation = POLICY.operations().next().unwrap();
    Pending::start(operation)
        .authenticate(Ok(Some(caller)))?
        .enablement(Ok(enabled))?
        .query(Some("limit=1"))?
        .scopes()?
        .allow();
    Ok(())
}

fn main() {
    let _ = decide;
}
