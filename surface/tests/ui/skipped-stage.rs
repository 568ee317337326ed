mod policy;

use policy::{Api, POLICY};
use policy_core::{Denial, OperationSet, Pending, Principal};

fn without_authentication() {
    let operation = POLICY.operations().next().unwrap();
    let _ = Pending::start(operation).allow();
}

fn without_enablement(caller: Principal<Api>) -> Result<(), Denial<'static, Api>> {
    let operation = POLICY.operations().next().unwrap();
    let _ = Pending::start(operation).authenticate(Ok(Some(caller)))?.scopes()?;
    Ok(())
}

fn without_query(caller: Principal<Api>, enabled: &OperationSet<Api>) -> Result<(), Denial<'static, Api>> {
    let operation = POLICY.operations().next().unwrap();
    let _ = Pending::start(operation).authenticate(Ok(Some(caller)))?.enablement(Ok(enabled))?.scopes()?.allow();
    Ok(())
}

fn main() {
    let _ = (without_authentication, without_enablement, without_query);
}
